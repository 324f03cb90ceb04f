import { afterEach, beforeEach, expect, test } from 'vitest'
import { blankProvider, readyProviders } from '../../../../src/main/features/providers/ready-profiles'
import { staff } from '../../../support/staff'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'
import { infoOf, textOf } from '../../../support/pdf/read-pdf'
import { savedPassword } from '../portal-access/memo'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('admin')
})
afterEach(() => office.close())

const card = async (code: string) => (await desk.api.providers.list({})).find((provider) => provider.code === code)!

test('the ready providers come out of the database as they were put in', async () => {
  const listed = await desk.api.providers.list({})
  expect(listed.map(({ code }) => code).sort()).toEqual(readyProviders.map(({ code }) => code).sort())
  for (const ready of readyProviders) {
    const { id, version, ...stored } = listed.find(({ code }) => code === ready.code)!
    expect(stored).toEqual(ready)
    expect([id > 0, version]).toEqual([true, 1])
  }
})

test('a new policy holds from the next password on, at every desk', async () => {
  const before = await card('enser')
  const { id: _, ...changed } = { ...before, profile: { ...before.profile, password: { ...before.profile.password, length: 16, alphabet: 'ABCDEFGH23456789', chosenBy: 'office' as const, oneTime: false, ttlHours: null } } }
  expect(await desk.api.providers.save(changed)).toMatchObject({ code: 'enser', version: 2 })

  const window = await office.desk('first')
  const { visit, account } = await openVisit(window, cast.maria)
  const target = { visitId: visit.id, accountId: account('enser').id }
  expect(await window.api.portalAccess.impact(target)).toMatchObject({ policy: { length: 16, oneTime: false, ttlHours: null } })
  await window.api.portalAccess.reissuePassword({ operationId: operation(), ...target, output: { how: 'save' } })
  expect(savedPassword(window.saveTo.path!, 16)).toMatch(/^[A-H2-9]{16}$/)
})

test('two administrators at one card: the second is told, and nothing of the first is lost', async () => {
  const { id: _, ...mine } = await card('tctr')
  await desk.api.providers.save({ ...mine, phone: '8-800-000-11-11' })
  expect(await failureOf(desk, 'providers.save', { ...mine, phone: '8-800-000-22-22' })).toMatchObject({
    code: 'conflict', reason: 'changedByAnotherDesk', details: { staffName: staff.admin.fullName, kind: 'providers.save', current: { name: mine.name, version: 2 } },
  })
  expect(await card('tctr')).toMatchObject({ phone: '8-800-000-11-11', version: 2 })
})

test('a card sent without a version makes a provider, and never overwrites the one there is', async () => {
  const { id: _, version: __, ...mine } = await card('tctr')
  expect(await failureOf(desk, 'providers.save', { ...mine, phone: '8-800-000-33-33' })).toMatchObject({ code: 'conflict', reason: 'providerExists', details: { current: { version: 1 } } })
  const { id: ___, version, ...stored } = await card('tctr')
  expect({ version, stored }).toEqual({ version: 1, stored: mine })
})

test('a provider nobody had thought of needs no program: its card is enough', async () => {
  const { id: _, version: __, ...tctr } = await card('tctr')
  const saved = await desk.api.providers.save({ ...tctr, code: 'nowhere-net', name: 'Нигде-Нет', services: [{ code: 'internet', name: 'Интернет', unit: 'мес.' }] })
  expect(saved).toMatchObject({ code: 'nowhere-net', version: 1, services: [{ code: 'internet' }] })
  expect(await desk.api.providers.list({})).toHaveLength(readyProviders.length + 1)
})

test('a card that cannot work is refused where it is wrong', async () => {
  const { id: _, ...enser } = await card('enser')
  const wrong = { ...enser, profile: { ...enser.profile, password: { ...enser.profile.password, length: 40 } } }
  expect(await failureOf(desk, 'providers.save', wrong)).toMatchObject({ code: 'invalidInput', reason: 'shape', details: { fields: [{ path: 'profile.password.length' }] } })
  expect(await failureOf(desk, 'providers.save', { ...enser, services: [...enser.services, enser.services[0]!] })).toMatchObject({ details: { fields: [{ path: 'services' }] } })
  expect(await card('enser')).toMatchObject({ version: 1 })
})

test('a service that was billed stays listed when it is left out of the card', async () => {
  const { id: _, ...enser } = await card('enser')
  await desk.api.providers.save({ ...enser, services: enser.services.filter(({ code }) => code !== 'heat') })
  expect((await card('enser')).services.map(({ code }) => code)).toContain('heat')
})

const withoutId = async (code: string) => {
  const { id: _, ...own } = await card(code)
  return own
}

test('requisites whose check digits are wrong never reach a payment document', async () => {
  const enser = await withoutId('enser')
  const wrong = { ...enser, inn: '9803001031', ogrn: '1114980000124', settlementAccount: '40702810272000000103', correspondentAccount: '30101810800000000602' }
  expect(await failureOf(desk, 'providers.save', wrong)).toMatchObject({
    code: 'invalidInput', details: { fields: [{ path: 'inn' }, { path: 'ogrn' }, { path: 'settlementAccount' }, { path: 'correspondentAccount' }] },
  })
})

test.each<[string, object, string]>([
  ['a link with nowhere to lead', { portal: { confirmUrl: null } }, 'profile.portal.confirmUrl'],
  ['a link whose token a web server would log', { portal: { confirmUrl: 'https://rm-enser.ru/confirm?token={token}' } }, 'profile.portal.confirmUrl'],
  ['no way to confirm anything', { portal: { confirmations: [] } }, 'profile.portal.confirmations'],
  ['a password that can’t be had on paper', { password: { deliverBy: ['email'] } }, 'profile.password.deliverBy'],
  ['a generated password that stays where the subscriber chooses', { password: { chosenBy: 'subscriber', oneTime: false } }, 'profile.password.oneTime'],
  ['a letter with a placeholder nobody fills in', { messages: { contactCode: { text: 'Код {code}, {surname}' } } }, 'profile.messages.contactCode.text'],
  ['a password in a subject', { messages: { portalPassword: { subject: 'Пароль {password}' } } }, 'profile.messages.portalPassword.subject'],
  ['a memo with a placeholder nobody fills in', { memo: { howToPay: ['В {bank}'] } }, 'profile.memo.howToPay.0'],
  ['a change taken back for a week', { safety: { revertHours: 168 } }, 'profile.safety.revertHours'],
])('%s is refused at its field', async (_, changes, path) => {
  const enser = await withoutId('enser')
  const profile = Object.fromEntries(Object.entries(enser.profile).map(([part, value]) => [part, { ...(value as object), ...(changes as Record<string, object>)[part] }]))
  expect(await failureOf(desk, 'providers.save', { ...enser, profile: { ...enser.profile, ...profile, phones: enser.profile.phones, hours: enser.profile.hours, emergency: enser.profile.emergency } })).toMatchObject({
    code: 'invalidInput', details: { fields: [{ path }] },
  })
  expect(await card('enser')).toMatchObject({ version: 1 })
})

test('a blank provider lacks exactly what only its papers tell, and becomes one when that is filled in', async () => {
  const { blank, ready } = await desk.api.providers.templates({})
  expect(ready.map(({ code }) => code)).toEqual(readyProviders.map(({ code }) => code))
  for (const kind of ['utility', 'internet'] as const) {
    expect(blank[kind]).toEqual(blankProvider(kind))
    const failure = await failureOf(desk, 'providers.save', blank[kind])
    const { fields } = failure.details as { fields: { path: string }[] }
    expect(new Set(fields.map(({ path }) => path))).toEqual(
      new Set(['code', 'name', 'legalName', 'inn', 'bankName', 'bic', 'settlementAccount', 'correspondentAccount', 'address', 'phone', 'profile.portal.url', 'profile.phones.0.phone', 'profile.hours']),
    )
  }
  const { code: _, name: __, profile, services, kpp, email, site, ...requisites } = await withoutId('tctr')
  const { version: ___, ...filled } = { ...requisites, code: 'new-net', name: 'Новая сеть', kpp, email, site, services, profile: { ...blank.internet.profile, portal: { ...blank.internet.profile.portal, url: 'https://lk.new-net.example.org/' }, phones: profile.phones, hours: profile.hours } }
  expect(await desk.api.providers.save(filled)).toMatchObject({ code: 'new-net', version: 1 })
})

test('every saved version is kept: what changed, who, when; and an earlier one can be put in force again', async () => {
  const enser = await withoutId('enser')
  const first = { ...enser, phone: '8-800-000-11-11', profile: { ...enser.profile, password: { ...enser.profile.password, length: 16 } } }
  await desk.api.providers.save(first)
  await desk.api.providers.save({ ...first, version: 2, services: [...enser.services, { code: 'new_one', name: 'Новая услуга', unit: null }] })
  const history = await desk.api.providers.history({ code: 'enser' })
  expect(history.map(({ version, staffName, how }) => ({ version, staffName, how }))).toEqual([
    { version: 3, staffName: staff.admin.fullName, how: 'providers.save' },
    { version: 2, staffName: staff.admin.fullName, how: 'providers.save' },
    { version: 1, staffName: null, how: expect.any(String) },
  ])
  expect(history[0]!.changes).toMatchObject([{ kind: 'added', path: 'services', after: { name: 'Новая услуга' } }])
  expect(history[1]!.changes).toMatchObject([
    { path: 'phone', before: enser.phone, after: '8-800-000-11-11' },
    { path: 'profile.password.length', before: 12, after: 16 },
  ])
  expect(history[2]!.changes).toBeNull()
  expect(Date.parse(history[0]!.at)).toBeGreaterThanOrEqual(Date.parse(history[1]!.at))

  const { version: _, ...before } = enser
  const old = await desk.api.providers.version({ code: 'enser', version: 1 })
  expect(old).toEqual(before)
  expect(await desk.api.providers.save({ ...old, version: 3 })).toMatchObject({ version: 4, phone: enser.phone, profile: { password: { length: 12 } } })
  expect(await failureOf(desk, 'providers.version', { code: 'enser', version: 9 })).toMatchObject({ code: 'notFound', reason: 'providerVersion' })
  expect(await failureOf(desk, 'providers.history', { code: 'nobody' })).toMatchObject({ code: 'notFound', reason: 'provider' })
})

test('a supervisor’s tuning of a rule is a version as well', async () => {
  const senior = await office.desk('senior')
  await senior.api.readings.tuneRules({ operationId: operation(), provider: 'enser', rules: [{ rule: 'aboveUsual', desk: 'inform' }], version: 1 })
  const [newest] = await desk.api.providers.history({ code: 'enser' })
  expect(newest).toMatchObject({ version: 2, staffName: staff.senior.fullName, how: 'readings.tuneRules', changes: [{ path: 'profile.readings.rules' }] })
})

test('versions are the administrators’ alone', async () => {
  const senior = await office.desk('senior')
  expect(await failureOf(senior, 'providers.history', { code: 'enser' })).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
  const client = await office.psql('senior')
  await expect(client.query(`select provider_history('enser')`)).rejects.toMatchObject({ code: '42501' })
  await expect((await office.psql('admin')).query('select card from provider_version')).rejects.toMatchObject({ code: '42501' })
})

test('the memo of values that nobody has saved is a real one, for nobody, and leaves no trace', async () => {
  const kept = async () => (await office.owner.raw(`select (select count(*) from portal_credential) as credentials, (select count(*) from provider) as providers, (select count(*) from outbox_message) as messages, (select count(*) from operation) as operations`)).rows
  const before = await kept()
  const { blank } = await desk.api.providers.templates({})
  const { portal, phones } = blank.utility.profile
  const unsaved = { ...blank.utility, name: 'Тепло Энска', legalName: 'ООО «Тепло Энска»', address: 'г. Энск', phone: '8-800-000-00-00', profile: { ...blank.utility.profile, portal: { ...portal, url: 'https://lk.heat.example.org/' }, phones: phones.map((line) => ({ ...line, phone: '8-800-000-00-00' })), hours: 'пн–пт 9:00–18:00' } }
  const { pdf } = await desk.api.providers.previewMemo({ card: unsaved, large: false, format: 'a4' })
  const words = textOf(pdf)
  for (const expected of ['Тепло Энска', 'https://lk.heat.example.org/', 'Образцова Мария Ивановна']) expect(words).toContain(expected)
  expect(words.replaceAll(' ', '')).toContain('Образец')
  const large = await desk.api.providers.previewMemo({ card: unsaved, large: true, format: 'a4' })
  // The same words in larger letters need more paper.
  expect(Number(infoOf(large.pdf)['Pages'])).toBeGreaterThan(Number(infoOf(pdf)['Pages']))
  expect(await failureOf(desk, 'providers.previewMemo', { card: blank.utility, large: false, format: 'a4' })).toMatchObject({ code: 'invalidInput' })
  expect(await kept()).toEqual(before)
})

test('everybody of the staff reads the cards, the administrator alone changes them, and the log tells who did', async () => {
  const { id: _, ...enser } = await card('enser')
  for (const person of ['first', 'senior'] as const) {
    const other = await office.desk(person)
    expect(await other.api.providers.list({})).toHaveLength(readyProviders.length)
    expect(await failureOf(other, 'providers.save', enser)).toMatchObject({ code: 'forbidden', reason: 'roleMissing' })
    const client = await office.psql(person)
    await expect(client.query('select provider_save($1)', [JSON.stringify(enser)])).rejects.toMatchObject({ code: '42501' })
    await expect(client.query(`update provider set settlement_account = '40702810000000000000'`)).rejects.toMatchObject({ code: '42501' })
  }
  await desk.api.providers.save(enser)
  const { rows } = await office.owner.raw(`select staff_login, details from audit_event where action = 'providers.save' and staff_login <> 'postgres'`)
  expect(rows).toEqual([{ staff_login: 'it.admin', details: { code: 'enser', version: 2 } }])
})
