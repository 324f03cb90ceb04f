import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import type { RegisterMapping, SavedMapping } from '../../../../src/shared/contract/registers'
import { checkRegister } from '../../../../src/main/features/registers/check-register'
import { previewRegister } from '../../../../src/main/features/registers/preview-register'
import { checkMapping, chooseMapping } from '../../../../src/main/features/registers/register-mapping'
import { asWritten, cell, isOurs } from '../../../../src/main/features/registers/verdict-file'
import { writeWorkbook } from '../../../support/xlsx'
import { type Office, registerOffice } from './register-office'

let office: Office
beforeEach(async () => {
  office = await registerOffice(inject('postgres'))
})
afterEach(() => office.close())

const accounts: RegisterMapping = { columns: [{ from: 'ЛС', to: 'account' }, { from: 'Код клиента', to: 'subscriber_id' }, { from: 'Дом №', to: 'house' }, { from: 'Тариф', to: null }], fixed: [{ column: 'provider', value: 'eis24' }] }
const foreign = 'лс;КОД_КЛИЕНТА;Дом №;Тариф\n0700012345;S1;5;Безлимит\n0700012346;S2;5;\n'
const person = 'subscriber_id;kind;last_name;first_name\nS1;person;Иванов;Иван\n'
const save = (mapping: RegisterMapping, provider: string | null, baseVersion: number | null = null) =>
  office.db.call<SavedMapping>('register_mapping_save', { kind: 'accounts', provider, columns: JSON.stringify(mapping.columns), fixed: JSON.stringify(mapping.fixed), baseVersion })

test('a file with names of its own is taken by what is remembered for its header, and again changes nothing', async () => {
  await office.take('subscribers', person)
  await save(accounts, 'eis24')
  const path = office.write('ls.csv', foreign)
  const preview = await previewRegister(office.db, { path })
  expect(preview).toMatchObject({ kind: 'accounts', missing: [], mapping: { provider: 'eis24', version: 1 }, columns: [{ column: 'account' }, { column: 'subscriber_id' }, { column: 'house' }, { name: 'Тариф', column: null }], rows: [{ verdict: 'accepted' }, { verdict: 'refused', reasons: [{ code: 'unknownSubscriber' }] }] })
  expect(preview.ours.slice(0, 4)).toEqual([{ column: 'provider', russian: 'поставщик', required: true }, { column: 'account', russian: 'лицевой_счет', required: true }, { column: 'subscriber_id', russian: 'код_абонента', required: true }, expect.objectContaining({ required: false })])
  expect(await office.take('accounts', '', { path, mapping: accounts })).toMatchObject({ accepted: 1, refused: 1 })
  expect(await office.take('accounts', '', { path, mapping: accounts })).toMatchObject({ unchanged: 1, refused: 1 })
  expect(await office.rows('account')).toMatchObject([{ number: '0700012345', tariff: null }])
  expect((await office.rows('import_batch', 'started_at')).at(-1)).toMatchObject({ mapping: accounts })
  const [{ details }] = (await office.owner.raw(`select details from audit_event where action = 'registers.import' order by at desc limit 1`)).rows
  expect(details.mapping.fixed).toEqual(accounts.fixed)
})

test('its verdict file, mended, is itself a register of the same columns', async () => {
  const path = office.write('ls.csv', foreign)
  const { file } = await office.take('accounts', '', { path, mapping: accounts })
  await office.take('subscribers', person)
  expect(await office.take('accounts', file, { mapping: accounts })).toMatchObject({ accepted: 1, refused: 1 })
})

test('a workbook is previewed, taken and given a verdict for each row as a text file is', async () => {
  const path = join(office.folder, 'люди.xlsx')
  await writeWorkbook(path, [['Код_абонента', 'вид', 'фамилия', 'имя', 'телефон'], ['S1', 'физлицо', '=Иванов', 'Иван', '8 912 000-00-01'], [], ['S2', 'физлицо', '', 'Пётр', '']])
  expect(await previewRegister(office.db, { path })).toMatchObject({ format: 'xlsx', sheet: 'Лист1', encoding: null, separator: null, kind: 'subscribers', rows: [{ line: 2, verdict: 'accepted' }, { line: 4, verdict: 'refused' }] })
  const { file, rows, ...counts } = await office.take('subscribers', '', { path })
  expect(counts).toMatchObject({ accepted: 1, refused: 1 })
  expect(rows).toEqual([[2, 'принята', ''], [4, 'отклонена', 'не заполнено «фамилия»']])
  // What a spreadsheet would run is disarmed in the verdict file, and read back from there as it was.
  expect(file).toContain(";'=Иванов;")
  expect(await office.take('subscribers', file)).toMatchObject({ unchanged: 1, refused: 1 })
})

test('two that fit equally well are chosen between by a person; our own names need none', async () => {
  await save({ ...accounts, fixed: [{ column: 'provider', value: 'eis24' }] }, 'eis24')
  await save({ ...accounts, fixed: [{ column: 'provider', value: 'enser' }] }, 'enser')
  const saved = await office.db.call<SavedMapping[]>('register_mappings')
  expect(chooseMapping(['ЛС', 'Код клиента', 'Дом №'], saved, 'accounts')).toEqual({ kind: 'accounts', mapping: null })
  expect(chooseMapping(['ЛС', 'Код клиента', 'Дом №'], saved.slice(0, 1)).mapping?.provider).toBe(saved[0]?.provider)
  expect(chooseMapping(['provider', 'account', 'subscriber_id', 'house'], saved)).toEqual({ kind: 'accounts', mapping: null })
  expect(chooseMapping(['цвет'], saved)).toEqual({ kind: null, mapping: null })
})

test.each([
  ['цвет', 'unknownColumn', { columns: [{ from: 'a', to: 'цвет' }], fixed: [] }],
  ['account', 'columnTwice', { columns: [{ from: 'a', to: 'account' }, { from: 'b', to: 'account' }], fixed: [] }],
  ['house', 'columnTwice', { columns: [{ from: 'a', to: 'house' }], fixed: [{ column: 'house', value: '5' }] }],
  ['A_b', 'columnTwice', { columns: [{ from: 'a b', to: 'house' }, { from: 'A_b', to: null }], fixed: [] }],
  ['opened_on', 'unreadable', { columns: [], fixed: [{ column: 'opened_on', value: 'вчера' }] }],
])('a mapping that is wrong about %s is refused: %s', (column, problem, mapping) => {
  expect(() => checkMapping('accounts', mapping)).toThrow(expect.objectContaining({ reason: 'mappingInvalid', details: { problem, ...(/^[a-z_]+$/.test(column) && { column }) } }))
})

test('who saves second is told; what is removed is gone; an operator does neither', async () => {
  expect(await save(accounts, 'eis24', 0)).toMatchObject({ version: 1 })
  await expect(save({ ...accounts, fixed: [] }, 'eis24', 0)).rejects.toMatchObject({ code: 'OK409', message: expect.stringContaining('mappingChanged') })
  expect(await save({ ...accounts, columns: [] }, 'eis24', 1)).toMatchObject({ version: 2, columns: [] })
  expect(await save({ ...accounts, columns: [] }, 'eis24', 2)).toMatchObject({ version: 2 })
  await expect(save(accounts, 'nobody')).rejects.toMatchObject({ code: 'OK404' })
  await expect(office.operatorDb.call('register_mappings')).rejects.toMatchObject({ code: '42501' })
  expect(await office.db.call('register_mapping_remove', { kind: 'accounts', provider: 'eis24' })).toBe(true)
  expect(await office.db.call('register_mapping_remove', { kind: 'accounts', provider: 'eis24' })).toBe(false)
  expect(await office.db.call('register_mappings')).toEqual([])
  await expect(office.db.call('register_mapping_save', { kind: 'accounts', provider: null, columns: '[{"from":1}]', fixed: '[]' })).rejects.toMatchObject({ code: 'OK400' })
})

test('a look through the whole file counts troubles far from its beginning, tries a sample, and writes nothing', async () => {
  await office.take('subscribers', person)
  const before = await office.contents()
  const line = (n: number) => (n === 4_000 ? 'eis24;0700012345;S1\n' : n % 1_000 === 7 ? `eis24;${70_000_000 + n};S1;\n` : `eis24;07${String(n).padStart(8, '0')};${n % 2 ? 'S1' : 'нет'};5\n`)
  const path = office.write('accounts.csv', `provider;account;subscriber_id;house\n${Array.from({ length: 5_000 }, (_, n) => line(n)).join('')}`)
  const found = await checkRegister(office.db, { checkId: randomUUID(), path, kind: 'accounts' })
  expect(found).toMatchObject({
    rows: 5_000, isWhole: true, refused: 6,
    troubles: [{ verdict: 'refused', code: 'accountFormat', rows: 5, line: 9 }, { verdict: 'refused', code: 'wrongColumnCount', rows: 1, line: 4_002 }],
    sample: { rows: 1_000, troubles: [{ code: 'unknownSubscriber' }] },
  })
  expect(found.first.map(({ line }) => line)).toEqual([9, 1_009, 2_009, 3_009, 4_002, 4_009])
  // Half of the good rows name nobody; the chance to be outside of these bounds is less than one in a billion.
  expect(found.sample!.refused).toBeGreaterThan(380)
  expect(found.sample!.refused).toBeLessThan(620)
  expect(await office.contents()).toEqual(before)
})

test('a look that takes too long tells what it has; one that is stopped says so', async () => {
  const path = office.write('people.csv', `subscriber_id;kind;last_name;first_name\n${'S1;person;;\n'.repeat(60_000)}`)
  const found = await checkRegister(office.db, { checkId: randomUUID(), path, kind: 'subscribers', withinMs: 0 })
  expect(found).toMatchObject({ isWhole: false, sample: null })
  expect(found.rows).toBeLessThan(60_000)
  const controller = new AbortController()
  await expect(checkRegister(office.db, { checkId: randomUUID(), path, kind: 'subscribers', signal: controller.signal, onProgress: () => controller.abort() })).rejects.toMatchObject({ reason: 'importCancelled' })
})

test.each(['=1+1', '+7 (912)', '-х', '@я', "'=1", "''-б", "О'Нил", "'кавычка", '-5', '+79120000001', '- 12,5'])('«%s» comes back from a file of ours as it was, and is no formula there', (value) => {
  const written = cell(value)
  expect(asWritten(written.startsWith('"') ? written.slice(1, -1).replaceAll('""', '"') : written)).toBe(value)
  expect(/^"?[=@]|^"?[+-](?![\d\s.,]*"?$)/.test(written)).toBe(false)
})

test('only what we have written is read so: an apostrophe of billing’s own stays', async () => {
  expect(isOurs(['строка_файла', 'код_абонента', 'вердикт', 'причины'])).toBe(true)
  expect(isOurs(['код_абонента', 'вердикт'])).toBe(false)
  await office.take('subscribers', "subscriber_id;kind;last_name;first_name\nS1;person;'=Иванов;Иван\n")
  expect(await office.rows('subscriber')).toMatchObject([{ last_name: "'=Иванов" }])
})
