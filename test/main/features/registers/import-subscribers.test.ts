import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { type Office, registerOffice } from './register-office'

let office: Office
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
})
afterEach(() => office.close())

const header = 'subscriber_id;kind;last_name;first_name;middle_name;birth_date;org_name;inn;snils;doc_type;doc_series;doc_number;phone;email'
const anna = 'S1;person;Соколова;Анна;Петровна;01.02.1980;;;112-233-445 95;паспорт;45 10;123456;8 (912) 345-67-89;Anna@Example.org'

test('a person comes in with passport, phone and e-mail in their comparison forms', async () => {
  const { rows, accepted } = await office.take('subscribers', `${header}\n${anna}\n`)
  expect(rows).toEqual([[2, 'принята', '']])
  expect(accepted).toBe(1)
  expect(await office.rows('subscriber')).toMatchObject([{ external_id: 'S1', last_name: 'Соколова', birth_date: '1980-02-01', snils: '11223344595' }])
  expect(await office.rows('identity_document')).toMatchObject([{ type: 'passport_rf', key: '4510123456', is_current: true }])
  expect(await office.rows('subscriber_contact', 'kind')).toMatchObject([
    { kind: 'email', value: 'anna@example.org', state: 'unconfirmed' },
    { kind: 'phone', value: '+79123456789', key: '9123456789', state: 'unconfirmed' },
  ])
})

test('Russian column names in any order and letter case, windows-1251 and CRLF are the same register', async () => {
  const { rows } = await office.take('subscribers', 'Имя;ВИД;фамилия;Код_Абонента;лишняя\r\nЁлка;ФизЛицо;Щукин;007;да\r\n', { encoding: 'windows-1251' })
  expect(rows).toEqual([[2, 'принята', '']])
  expect(await office.rows('subscriber')).toMatchObject([{ external_id: '007', last_name: 'Щукин', first_name: 'Ёлка', last_name_n: 'щукин', first_name_n: 'елка' }])
})

test('the same file again changes nothing', async () => {
  const file = `${header}\n${anna}\nS2;organisation;;;;;ООО «Ромашка»;7707083893;;;;;;\n`
  await office.take('subscribers', file)
  const { import_batch: _batches, audit_event: _events, ...before } = (await office.contents()) as Record<string, unknown>
  const again = await office.take('subscribers', file)
  const { import_batch: _batchesNow, audit_event: _eventsNow, ...now } = (await office.contents()) as Record<string, unknown>
  expect(again).toMatchObject({ accepted: 0, warned: 0, unchanged: 2, refused: 0 })
  expect(again.rows.map(([, verdict]) => verdict)).toEqual(['без изменений', 'без изменений'])
  expect(now).toEqual(before)
})

test('a repeat under the same operation id returns the first result', async () => {
  const batchId = '6f1c54a2-6d0e-4b7e-9f0a-3d8f6a0d5f11'
  await office.take('subscribers', `${header}\n${anna}\n`, { batchId })
  const path = office.write('other.csv', `${header}\nS9;person;Другой;Иван;;;;;;;;;;\n`)
  const { importRegister } = await import('../../../../src/main/features/registers/import-register')
  const again = await importRegister(office.db, { kind: 'subscribers', path, batchId })
  expect(again).toMatchObject({ batchId, accepted: 1, fileName: 'subscribers.csv', verdictFile: null })
  expect(await office.count('subscriber')).toBe(1)
})

test('empty keeps what is stored and a single minus clears it', async () => {
  await office.take('subscribers', `${header}\n${anna}\n`)
  const { rows } = await office.take('subscribers', 'subscriber_id;kind;middle_name;birth_date\nS1;person;-;\n')
  expect(rows).toEqual([[2, 'принята', '']])
  expect(await office.rows('subscriber')).toMatchObject([{ last_name: 'Соколова', middle_name: null, birth_date: '1980-02-01', version: 2 }])
})

test('what cannot be read refuses the row in a required column and warns in another', async () => {
  const { rows } = await office.take('subscribers', [
    'subscriber_id;kind;last_name;first_name;birth_date;inn',
    'S1;alien;Иванов;Иван;;',
    ';person;Иванов;Иван;;',
    'S3;person;Иванов;Иван;31.02.1980;',
    'S4;person;Иванов;Иван;;770708389',
    `S5;person;${'а'.repeat(101)};Иван;;`,
    'S6;person;;Иван;;',
  ].join('\n'))
  expect(rows).toEqual([
    [2, 'отклонена', 'не удалось прочитать «вид»'],
    [3, 'отклонена', 'не заполнено «код_абонента»'],
    [4, 'принята с замечаниями', 'не удалось прочитать «дата_рождения»'],
    [5, 'принята с замечаниями', 'контрольное число «инн» не сходится'],
    [6, 'отклонена', '«фамилия» длиннее 100 знаков'],
    [7, 'отклонена', 'не заполнено «фамилия»'],
  ])
  expect(await office.rows('subscriber', 'external_id')).toMatchObject([{ external_id: 'S3', birth_date: null }, { external_id: 'S4', inn: '770708389' }])
})

test('rows that are no rows are refused and the ones after them are taken', async () => {
  const { rows } = await office.take('subscribers', Buffer.from([
    'subscriber_id;kind;last_name;first_name',
    'S1;person;Иванов;Иван;лишнее',
    'S2;person;Ива\0нов;Иван',
    'S3;person;"Незакрытов;Иван',
    'S4;person;Петров;Пётр',
    'S5;organisation;;"без ""имени"""',
    '',
    'S6;person;"Двустроч',
    'ный";Иван',
  ].join('\r\n')))
  expect(rows).toEqual([
    [2, 'отклонена', 'столбцов в строке 5, в заголовке 4'],
    [3, 'отклонена', 'в строке нулевой байт'],
    [4, 'отклонена', 'кавычка не закрыта или закрыта не на месте'],
    [5, 'принята', ''],
    [6, 'отклонена', 'не заполнено «наименование»'],
    [8, 'принята', ''],
  ])
})

test('a key met twice in a file is unchanged when identical and refused with the first line when not', async () => {
  const { rows } = await office.take('subscribers', 'subscriber_id;kind;last_name;first_name\nS1;person;Иванов;Иван\nS1;физлицо;Иванов;Иван\nS1;person;Петров;Иван\n')
  expect(rows).toEqual([
    [2, 'принята', ''],
    [3, 'без изменений', ''],
    [4, 'отклонена', 'тот же ключ с другими данными уже в строке 2'],
  ])
  expect(await office.rows('subscriber')).toMatchObject([{ last_name: 'Иванов' }])
})

test('a new passport makes the older one past and a document of another type stays', async () => {
  const columns = 'subscriber_id;kind;last_name;first_name;doc_type;doc_series;doc_number;doc_issued_by'
  await office.take('subscribers', `${columns}\nS1;person;Иванов;Иван;21;4510;123456;ОВД\n`)
  await office.take('subscribers', `${columns}\nS1;person;;;загранпаспорт;75;1234567;\n`)
  const { rows } = await office.take('subscribers', `${columns}\nS1;person;;;паспорт;4520;654321;\n`)
  expect(rows).toEqual([[2, 'принята', '']])
  expect(await office.rows('identity_document', 'key')).toMatchObject([
    { key: '4510123456', is_current: false, issued_by: 'ОВД' },
    { key: '4520654321', is_current: true },
    { key: '751234567', is_current: true },
  ])
})

test('a contact that cannot be used is kept as a note with a warning', async () => {
  const { rows } = await office.take('subscribers', 'subscriber_id;kind;last_name;first_name;phone;email\nS1;person;Иванов;Иван;звонить соседу;ivan@\n')
  expect(rows).toEqual([[2, 'принята с замечаниями', '«телефон» не годится для связи, записано в примечание; «почта» не годится для связи, записано в примечание']])
  expect(await office.rows('subscriber')).toMatchObject([{ contact_note: 'звонить соседу; ivan@' }])
  expect(await office.count('subscriber_contact')).toBe(0)
})

test('a phone of the register gives way to a newer one of the register but not to the one confirmed at the desk', async () => {
  const columns = 'subscriber_id;kind;last_name;first_name;phone'
  await office.take('subscribers', `${columns}\nS1;person;Иванов;Иван;9121111111\nS2;person;Петров;Пётр;9122222222\n`)
  await office.owner.raw(`update subscriber_contact set state = 'confirmed', confirmed_at = now(), confirmed_how = 'codeAtDesk' where key = '9122222222'`)
  const { rows } = await office.take('subscribers', `${columns}\nS1;person;Иванов;Иван;9123333333\nS2;person;Петров;Пётр;9124444444\n`)
  expect(rows).toEqual([
    [2, 'принята', ''],
    [3, 'принята с замечаниями', '«телефон» не заменено: в Okno подтверждено у окна или подтверждается'],
  ])
  const contacts = await office.rows('subscriber_contact', 'id')
  expect(contacts).toMatchObject([
    { key: '9121111111', state: 'replaced', is_current: false },
    { key: '9122222222', state: 'confirmed', is_current: true },
    { key: '9123333333', state: 'unconfirmed', is_current: true, replaces_id: contacts[0]?.['id'] },
  ])
})

test('a register knows the main contacts only: others stay, unless one of them has become the main one', async () => {
  const columns = 'subscriber_id;kind;last_name;first_name;phone'
  await office.take('subscribers', `${columns}\nS1;person;Иванов;Иван;9121111111\n`)
  for (const number of ['9122222222', '9123333333']) {
    await office.owner.raw(`insert into subscriber_contact (subscriber_id, kind, value, key, purpose, state, is_current) select id, 'phone', '+7' || ?, ?, 'extra', 'unconfirmed', true from subscriber`, [number, number])
  }
  await office.take('subscribers', `${columns}\nS1;person;Иванов;Иван;9123333333\n`)
  expect(await office.rows('subscriber_contact', 'id')).toMatchObject([
    { key: '9121111111', purpose: 'main', state: 'replaced' },
    { key: '9122222222', purpose: 'extra', state: 'unconfirmed' },
    { key: '9123333333', purpose: 'extra', state: 'replaced' },
    { key: '9123333333', purpose: 'main', state: 'unconfirmed' },
  ])
})

test('a change that waits for a link holds a register up until the link is past its time', async () => {
  const columns = 'subscriber_id;kind;last_name;first_name;email'
  const register = (email: string) => office.take('subscribers', `${columns}\nS1;person;Иванов;Иван;${email}\n`)
  await register('old@example.org')
  await office.owner.raw(`with k as (insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current) select id, 'email', 'new@example.org', 'new@example.org', 'awaiting', false from subscriber returning id, subscriber_id),
      v as (insert into visit (subscriber_id, staff_id) select k.subscriber_id, (select min(id) from staff) from k returning id)
    insert into contact_confirmation (contact_id, visit_id, way, operation_id, outbox_operation_id, code_hash, expires_at)
      select k.id, v.id, 'link', gen_random_uuid(), gen_random_uuid(), '', now() + interval '1 hour' from k, v`)
  expect((await register('register@example.org')).rows).toMatchObject([[2, 'принята с замечаниями', expect.any(String)]])
  await office.owner.raw(`update contact_confirmation set expires_at = now() - interval '1 second'`)
  expect((await register('register@example.org')).rows).toMatchObject([[2, 'принята', '']])
  expect(await office.rows('subscriber_contact', 'id')).toMatchObject([{ key: 'old@example.org', state: 'replaced' }, { key: 'new@example.org', state: 'cancelled' }, { key: 'register@example.org', is_current: true }])
})

test('the verdict file opens in Excel, shows the rows as they came and runs no formula', async () => {
  const { file } = await office.take('subscribers', 'subscriber_id;kind;last_name;first_name;phone\n=1+1;person;@SUM(A1);"Ив;ан";-5\n')
  expect(file.startsWith('\uFEFFстрока_файла;subscriber_id;kind;last_name;first_name;phone;вердикт;причины\r\n')).toBe(true)
  expect(file).toContain(`\r\n2;'=1+1;person;'@SUM(A1);"Ив;ан";-5;принята с замечаниями;`)
})

test('an import is one event of the audit, with counts and the hash of the file, and no personal data', async () => {
  const { batchId } = await office.take('subscribers', `${header}\n${anna}\n`)
  const events = (await office.rows('audit_event', 'at')).filter(({ staff_login }) => staff_login === office.logins.admin)
  expect(events).toMatchObject([{ action: 'registers.import', staff_login: office.logins.admin, details: { batchId, kind: 'subscribers', accepted: 1, refused: 0 } }])
  expect(JSON.stringify(events[0]?.['details'])).not.toContain('Соколова')
})

test('backslashes, quotes, braces and tabs of a register arrive as they are written', async () => {
  await office.take('subscribers', Buffer.from('subscriber_id;kind;org_name;doc_issued_by;phone\nS1;юрлицо;"ООО ""A\\N {\\.} Б\tВ\n\\"" , Г";\\N;\\\\"\n'))
  expect(await office.rows('subscriber')).toMatchObject([{ org_name: 'ООО "A\\N {\\.} Б В \\" , Г', contact_note: '\\\\"' }])
})
