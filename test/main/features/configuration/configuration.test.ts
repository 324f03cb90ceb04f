import { createHash, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import knex from 'knex'
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest'
import type { ConfigurationPart, ConfigurationPreview } from '@shared/contract/configuration'
import type { ProviderCard } from '@shared/domain/provider-profile'
import { migrate } from '../../../../src/main/db/migrate'
import { createOffice } from '../../../../src/main/office'
import { writeConfiguration, type ConfigurationItem } from '../../../../src/main/features/configuration/configuration-file'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf } from '../../../support/visit'

let office: TestOffice
let admin: TestDesk
let path: string

beforeEach(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
  path = join(admin.folder.path, 'configuration.json')
  admin.saveTo.path = path
})
afterEach(() => office.close())

const api = () => admin.api.configuration
const exported = async (): Promise<string> => {
  await api().export({ operationId: operation() })
  return readFileSync(path, 'utf8')
}
const itemsOf = (text: string) => (JSON.parse(text) as { items: ConfigurationItem[] }).items
const provider = (items: ConfigurationItem[], code: string) => items.find(({ part, key }) => part === 'providers' && key === code)!.value as ProviderCard
/** A file of another office, with something changed. */
async function fileWith(change: (items: ConfigurationItem[]) => ConfigurationItem[]): Promise<void> {
  writeFileSync(path, writeConfiguration(change(itemsOf(await exported()))).text)
}
const withProvider = (code: string, change: (card: ProviderCard) => void) => (items: ConfigurationItem[]) => {
  change(provider(items, code))
  return items
}
const item = (preview: ConfigurationPreview, part: ConfigurationPart, key: string) => preview.items.find((one) => one.part === part && one.key === key)
const take = async (choice: { part: ConfigurationPart; key: string }[], preview?: ConfigurationPreview) => {
  const { checksum, state } = preview ?? (await api().preview({ file: path }))
  return api().import({ operationId: operation(), file: path, checksum, state, choice })
}
const cardOf = async (code: string) => (await admin.api.providers.list({})).find((one) => one.code === code)!

describe('the file', () => {
  test('of the same configuration is the same to the byte, and has no staff, secret or personal data', async () => {
    await admin.api.settings.saveMail({ host: 'mail.example.org', port: 587, security: 'starttls', username: 'post-login', password: 'post-secret-1', fromAddress: 'office@example.org', fromName: 'Офис' })
    const first = await exported()
    expect(await exported()).toBe(first)
    expect(new Set(itemsOf(first).map(({ part }) => part))).toEqual(new Set(['office', 'providers', 'consentTexts', 'liveLimits']))
    for (const secret of ['post-secret-1', 'post-login', 'mail.example.org', ...Object.values(staff).flatMap(({ login, fullName, password }) => [login, fullName, password])]) expect(first).not.toContain(secret)
  })

  test('compared with the office it came from has nothing to take in', async () => {
    await exported()
    const preview = await api().preview({ file: path })
    expect(preview.items.length).toBeGreaterThan(8)
    expect(preview.items.filter(({ state }) => state !== 'same')).toEqual([])
  })

  test('leaves a trace, and «Отмена» in the dialog leaves none', async () => {
    admin.saveTo.path = null
    expect(await failureOf(admin, 'configuration.export', { operationId: operation() })).toMatchObject({ code: 'conflict', reason: 'saveCancelled' })
    expect((await office.owner('audit_event').where({ action: 'configuration.export' })).length).toBe(0)
    admin.saveTo.path = path
    await exported()
    expect(await office.owner('audit_event').where({ action: 'configuration.export' }).first()).toMatchObject({ staff_login: staff.admin.login })
  })
})

test('the differences of a file are told field by field, and what is chosen of them is taken in at once', async () => {
  await fileWith(
    withProvider('enser', (card) => {
      card.profile.password.length = 14
      card.profile.tariffs = [{ service: card.services[0]!.code, name: null, zone: null, price: '48.37', since: '2026-10-01', basis: null }]
    }),
  )
  const preview = await api().preview({ file: path })
  expect(preview.items.filter(({ state }) => state !== 'same').map(({ part, key }) => `${part} ${key}`)).toEqual(['providers enser'])
  const before = await cardOf('enser')
  expect(item(preview, 'providers', 'enser')).toMatchObject({
    state: 'changed', isOwn: false,
    changes: [
      { kind: 'changed', path: 'profile.password.length', before: before.profile.password.length, after: 14 },
      { kind: 'added', path: 'profile.tariffs', after: { price: '48.37', since: '2026-10-01' } },
    ],
  })
  expect(item(preview, 'office', 'office')).toMatchObject({ isOwn: true })
  expect(await cardOf('enser')).toEqual(before)

  await take([{ part: 'providers', key: 'enser' }], preview)
  expect(await cardOf('enser')).toMatchObject({ version: before.version + 1, profile: { password: { length: 14 }, tariffs: [{ price: '48.37' }] } })
  const [newest] = await admin.api.providers.history({ code: 'enser' })
  expect(newest).toMatchObject({ how: 'configuration.import', staffName: staff.admin.fullName })
})

test('an import repeated under its id takes in nothing twice', async () => {
  await fileWith(withProvider('enser', (card) => void (card.profile.password.length = 14)))
  const { checksum, state } = await api().preview({ file: path })
  const input = { operationId: operation(), file: path, checksum, state, choice: [{ part: 'providers' as const, key: 'enser' }] }
  const first = await api().import(input)
  expect(await api().import(input)).toEqual(first)
  expect((await api().imports({})).length).toBe(1)
})

test('what somebody saves while the differences are looked at is not overwritten', async () => {
  await fileWith(withProvider('enser', (card) => void (card.profile.password.length = 14)))
  const preview = await api().preview({ file: path })
  const { id: _, ...card } = await cardOf('eis24')
  await admin.api.providers.save({ ...card, name: 'Другое имя' })
  const { checksum, state } = preview
  expect(await failureOf(admin, 'configuration.import', { operationId: operation(), file: path, checksum, state, choice: [{ part: 'providers', key: 'enser' }] })).toMatchObject({ code: 'conflict', reason: 'configurationChanged' })
  expect((await cardOf('enser')).profile.password.length).not.toBe(14)
})

test('a file that changes between the look and the word is not taken in', async () => {
  await fileWith(withProvider('enser', (card) => void (card.profile.password.length = 14)))
  const { checksum, state } = await api().preview({ file: path })
  await fileWith(withProvider('enser', (card) => void (card.profile.password.length = 15)))
  expect(await failureOf(admin, 'configuration.import', { operationId: operation(), file: path, checksum, state, choice: [{ part: 'providers', key: 'enser' }] })).toMatchObject({ reason: 'configurationFileChanged' })
})

test('an import is undone as a whole: what it changed is as before, what it made is gone', async () => {
  const before = await exported()
  await fileWith((items) => {
    const fresh = structuredClone(provider(items, 'enser'))
    fresh.code = 'new-one'
    fresh.services.push({ code: 'lift', name: 'Лифт', unit: null })
    provider(items, 'enser').services.push({ code: 'lift', name: 'Лифт', unit: null })
    return [
      ...items,
      { part: 'providers', key: 'new-one', value: fresh },
      { part: 'sheetTemplates', key: 'f0f0d0a0-1111-4222-8333-444455556666', value: { kind: 'application', provider: 'new-one', requestKind: 'letter', title: 'Обращение', text: '# Обращение\n{signature}', isActive: true } },
      { part: 'flagRules', key: 'massLookups', value: { isOn: true, params: { count: 60 } } },
      { part: 'reportSettings', key: 'operations/мои', value: { name: 'Мои', report: 'operations', filters: { preset: 'week', from: null, to: null, officeId: null, provider: null, staffId: null, window: null, grain: null, days: null, compare: false }, sort: null } },
    ]
  })
  const preview = await api().preview({ file: path })
  expect(item(preview, 'providers', 'new-one')).toMatchObject({ state: 'new' })
  const choice = preview.items.filter(({ state }) => state === 'new' || state === 'changed').map(({ part, key }) => ({ part, key }))
  expect(choice.length).toBe(5)
  const { importId } = await take(choice, preview)
  expect((await admin.api.sheetTemplates.list({})).templates).toMatchObject([{ title: 'Обращение', provider: 'new-one' }])

  const revert = await api().previewRevert({ importId })
  expect(revert.changedSince).toEqual([])
  expect(revert.items.find(({ key }) => key === 'new-one')).toMatchObject({ isRemoved: true })
  expect(revert.items.find(({ key }) => key === 'enser')).toMatchObject({ changes: [{ kind: 'removed', path: 'services', before: { code: 'lift' } }] })
  await api().revert({ operationId: operation(), importId })
  expect(await exported()).toBe(before)
  expect(await failureOf(admin, 'configuration.revert', { operationId: operation(), importId })).toMatchObject({ reason: 'configurationReverted', details: { staffName: staff.admin.fullName } })
})

test('an import with something changed after it is not undone over that change', async () => {
  await fileWith(withProvider('enser', (card) => void (card.profile.password.length = 14)))
  const { importId } = await take([{ part: 'providers', key: 'enser' }])
  const { id: _, ...card } = await cardOf('enser')
  await admin.api.providers.save({ ...card, name: 'Другое имя' })
  expect((await api().previewRevert({ importId })).changedSince).toEqual([card.name])
  expect(await failureOf(admin, 'configuration.revert', { operationId: operation(), importId })).toMatchObject({ code: 'conflict', reason: 'configurationChangedSince' })
  expect((await cardOf('enser')).name).toBe('Другое имя')
})

test('forms may change places for a kind of request in one import', async () => {
  const form = (title: string, requestKind: 'letter' | null) => ({ id: null, version: null, kind: 'application' as const, provider: null, requestKind, title, text: '{signature}', isActive: true })
  await admin.api.sheetTemplates.save(form('Первый', 'letter'))
  await admin.api.sheetTemplates.save(form('Второй', null))
  await fileWith((items) => items.map((one) => (one.part === 'sheetTemplates' ? { ...one, value: { ...(one.value as object), requestKind: (one.value as { title: string }).title === 'Второй' ? 'letter' : null } } : one)))
  const preview = await api().preview({ file: path })
  await take(preview.items.filter(({ state }) => state === 'changed').map(({ part, key }) => ({ part, key })), preview)
  expect((await admin.api.sheetTemplates.list({})).templates.map(({ title, requestKind }) => [title, requestKind])).toEqual([['Второй', 'letter'], ['Первый', null]])
  expect((await admin.api.sheetTemplates.history({ id: (await admin.api.sheetTemplates.list({})).templates[0]!.id })).length).toBe(2)
})

test('the same ready form of two offices is one form', async () => {
  const own = await admin.api.sheetTemplates.save({ id: null, version: null, kind: 'application', provider: null, requestKind: null, title: 'Справка', text: 'здесь', isActive: true })
  await fileWith((items) => items.map((one) => (one.part === 'sheetTemplates' ? { ...one, key: 'f0f0d0a0-1111-4222-8333-444455556666', value: { ...(one.value as object), text: 'там' } } : one)))
  const preview = await api().preview({ file: path })
  const forms = preview.items.filter(({ part }) => part === 'sheetTemplates')
  expect(forms).toMatchObject([{ state: 'changed', changes: [{ path: 'text', before: 'здесь', after: 'там' }] }])
  await take([{ part: 'sheetTemplates', key: forms[0]!.key }], preview)
  expect((await admin.api.sheetTemplates.list({})).templates).toMatchObject([{ id: own.id, text: 'там', version: 2 }])
})

test('a form whose provider is not taken in is refused with its name', async () => {
  await fileWith((items) => [...items, { part: 'sheetTemplates', key: 'f0f0d0a0-1111-4222-8333-444455556666', value: { kind: 'act', provider: 'nobody', requestKind: null, title: 'Акт осмотра', text: '{signature}', isActive: true } }])
  const { checksum, state } = await api().preview({ file: path })
  expect(await failureOf(admin, 'configuration.import', { operationId: operation(), file: path, checksum, state, choice: [{ part: 'sheetTemplates', key: 'f0f0d0a0-1111-4222-8333-444455556666' }] })).toMatchObject({
    reason: 'configurationNeedsProvider', details: { provider: 'nobody', title: 'Акт осмотра' },
  })
})

describe('hostile and damaged files are refused with the reason', () => {
  const good = async () => JSON.parse(await exported()) as Record<string, unknown>
  const text = (value: unknown) => (typeof value === 'string' ? value : JSON.stringify(value))
  test.each<[string, string, (file: Record<string, unknown>) => unknown]>([
    ['no JSON', 'configurationMalformed', () => 'реестр;счёт'],
    ['another JSON', 'configurationForeign', () => ({ hello: 'world' })],
    ['a list', 'configurationForeign', () => [1, 2, 3]],
    ['a value changed by hand', 'configurationDamaged', (file) => ({ ...file, items: (file['items'] as ConfigurationItem[]).slice(1) })],
    ['a newer version', 'configurationNewer', (file) => ({ ...file, version: 7 })],
    ['a key besides', 'configurationMalformed', (file) => ({ ...file, staff: [] })],
    ['a depth no value of ours has', 'configurationMalformed', (file) => text(file).replace('"items":[', `"items":[${'['.repeat(5000)}${']'.repeat(5000)},`)],
    ['a part nobody knows', 'configurationMalformed', () => sealed([{ key: 'it.admin', part: 'staff', value: {} }])],
    ['an item twice', 'configurationMalformed', () => writeConfigurationOf([{ part: 'liveLimits', key: 'limits', value: {} }, { part: 'liveLimits', key: 'limits', value: {} }])],
    ['a key that is another thing', 'configurationMalformed', () => writeConfigurationOf([{ part: 'flagRules', key: "x'; drop table provider", value: {} }])],
    ['a character the database has no place for', 'configurationMalformed', () => writeConfigurationOf([{ part: 'office', key: 'office', value: { name: 'а\u0000б', address: '', phone: '', hours: '', timeZone: 'Europe/Moscow' } }])],
    ['a key that would be a prototype', 'configurationMalformed', (file) => text(file).replace('"format"', '"__proto__":{"x":1},"format"')],
  ])('%s', async (_, reason, change) => {
    writeFileSync(path, text(change(await good())))
    expect(await failureOf(admin, 'configuration.preview', { file: path })).toMatchObject({ reason })
  })
  /** Of items whose keys stand in order already. */
  const sealed = (items: unknown[]) => ({ format: 'okno-configuration', version: 1, checksum: createHash('sha256').update(JSON.stringify(items)).digest('hex'), items })
  const writeConfigurationOf = (items: unknown[]) => writeConfiguration(items as ConfigurationItem[]).text

  test('bytes that are no text, and a file that is not there', async () => {
    writeFileSync(path, Buffer.from([0xff, 0xfe, 0x00, 0x80]))
    expect(await failureOf(admin, 'configuration.preview', { file: path })).toMatchObject({ code: 'invalidInput', reason: 'configurationMalformed' })
    expect(await failureOf(admin, 'configuration.preview', { file: `${path}.gone` })).toMatchObject({ code: 'notFound', reason: 'configurationFile' })
    expect(await failureOf(admin, 'configuration.preview', { file: admin.folder.path })).toMatchObject({ code: 'notFound', reason: 'configurationFile' })
  })

  test('a value that is not in order is named at its field and can’t be taken in', async () => {
    await fileWith(withProvider('enser', (card) => {
      card.inn = '7700000001'
      card.profile.password.min = 90
    }))
    const preview = await api().preview({ file: path })
    expect(item(preview, 'providers', 'enser')).toMatchObject({ state: 'wrong', problems: [{ path: 'profile.password.max', problem: 'maxBelowMin' }, { path: 'profile.password.length', problem: 'lengthBelowMin' }, { path: 'inn', problem: 'innWrong' }] })
    const { checksum, state } = preview
    expect(await failureOf(admin, 'configuration.import', { operationId: operation(), file: path, checksum, state, choice: [{ part: 'providers', key: 'enser' }] })).toMatchObject({ code: 'invalidInput', reason: 'configurationWrong' })
  })

  test('thresholds outside their bounds are refused by the database too', async () => {
    await fileWith((items) => [...items, { part: 'flagRules', key: 'offHours', value: { isOn: true, params: { fromHour: 20, toHour: 7 } } }])
    const { checksum, state } = await api().preview({ file: path })
    expect(await failureOf(admin, 'configuration.import', { operationId: operation(), file: path, checksum, state, choice: [{ part: 'flagRules', key: 'offHours' }] })).toMatchObject({ code: 'invalidInput' })
  })

  test('a text somebody has agreed to is never written anew', async () => {
    await office.owner.raw(`insert into consent (subscriber_id, provider_id, purpose, channel, text_version) select s.id, p.id, 'service', 'sms', '2026-1' from subscriber s, provider p limit 1 on conflict do nothing`)
    await fileWith((items) => items.map((one) => (one.key === 'service/sms/2026-1' ? { ...one, value: { ...(one.value as object), text: 'Я согласен на всё от {provider}, что бы ни было.' } } : one)))
    const { checksum, state } = await api().preview({ file: path })
    expect(await failureOf(admin, 'configuration.import', { operationId: operation(), file: path, checksum, state, choice: [{ part: 'consentTexts', key: 'service/sms/2026-1' }] })).toMatchObject({ reason: 'consentTextGiven', details: { version: '2026-1' } })
  })
})

describe('history', () => {
  test('tells who changed what, and an earlier state is put in force again', async () => {
    const senior = await office.desk('senior')
    const usual = (await senior.api.flags.rules({})).find(({ rule }) => rule === 'massLookups')!
    await senior.api.flags.tune({ operationId: operation(), rule: 'massLookups', isOn: true, params: { count: 60 }, version: usual.version })
    await senior.api.flags.tune({ operationId: operation(), rule: 'massLookups', isOn: false, params: { count: 70 }, version: usual.version + 1 })
    const history = await api().history({ part: 'flagRules', key: 'massLookups' })
    expect(history).toMatchObject([
      { version: 2, isInForce: true, staffName: staff.senior.fullName, how: 'flags.tune', changes: [{ path: 'isOn', before: true, after: false }, { path: 'params.count', before: 60, after: 70 }] },
      { version: 1, isInForce: false, changes: [{ path: 'params.count', before: usual.defaults['count'], after: 60 }] },
    ])
    const restore = await api().previewRestore({ part: 'flagRules', key: 'massLookups', version: 1 })
    expect(restore).toMatchObject({ current: 2, changes: [{ path: 'isOn', after: true }, { path: 'params.count', before: 70, after: 60 }] })
    await api().restore({ operationId: operation(), part: 'flagRules', key: 'massLookups', version: 1, current: 2 })
    expect((await senior.api.flags.rules({})).find(({ rule }) => rule === 'massLookups')).toMatchObject({ isOn: true, params: { count: 60 } })
    expect(await failureOf(admin, 'configuration.restore', { operationId: operation(), part: 'flagRules', key: 'massLookups', version: 2, current: 2 })).toMatchObject({
      code: 'conflict', reason: 'changedByAnotherDesk', details: { staffName: staff.admin.fullName, kind: 'configuration.restore' },
    })
  })

  test('of a provider and a form returns to what they were', async () => {
    const { id: _, ...card } = await cardOf('enser')
    await admin.api.providers.save({ ...card, services: [...card.services, { code: 'lift', name: 'Лифт', unit: null }] })
    const form = await admin.api.sheetTemplates.save({ id: null, version: null, kind: 'act', provider: null, requestKind: null, title: 'Акт', text: 'один\nдва', isActive: true })
    await admin.api.sheetTemplates.save({ ...form, text: 'один\nтри' })
    const all = await api().history({ limit: 300 })
    const newest = all.filter(({ isInForce }) => isInForce)
    expect(newest.find(({ key }) => key === 'enser')).toMatchObject({ part: 'providers', changes: [{ kind: 'added', path: 'services', after: { name: 'Лифт' } }] })
    const changed = newest.find(({ part }) => part === 'sheetTemplates')!
    expect(changed).toMatchObject({ name: 'Акт', how: 'sheetTemplates.save', changes: [{ kind: 'removed', path: 'text', before: 'два' }, { kind: 'added', path: 'text', after: 'три' }] })
    await api().restore({ operationId: operation(), part: 'providers', key: 'enser', version: card.version, current: card.version + 1 })
    await api().restore({ operationId: operation(), part: 'sheetTemplates', key: changed.key, version: 1, current: 2 })
    expect((await cardOf('enser')).services).toEqual(card.services)
    expect((await admin.api.sheetTemplates.list({})).templates).toMatchObject([{ text: 'один\nдва', version: 3 }])
  })

  test('of the limits and the flags is a supervisor’s too, the rest is not', async () => {
    const senior = await office.desk('senior')
    await senior.api.liveDesk.limits({ operationId: operation(), longMinutes: 7, tooLongMinutes: 15, version: 1 })
    expect((await senior.api.configuration.history({ part: 'liveLimits', key: 'limits' }))[0]).toMatchObject({ how: 'liveDesk.limits', changes: [{ path: 'longMinutes', after: 7 }, { path: 'tooLongMinutes', after: 15 }] })
    expect(await failureOf(senior, 'configuration.history', {})).toMatchObject({ code: 'forbidden', reason: 'adminsOnly' })
  })
})

test.each(['first', 'senior'] as const)('%s takes nothing out and brings nothing in, in psql neither', async (person) => {
  const desk = await office.desk(person)
  for (const [name, input] of [
    ['export', { operationId: operation() }], ['preview', { file: path }], ['imports', {}], ['restore', { operationId: operation(), part: 'providers', key: 'enser', version: 1, current: 1 }],
  ] as const) expect(await failureOf(desk, `configuration.${name}`, input)).toMatchObject({ code: 'forbidden' })
  const psql = await office.psql(person)
  for (const sql of ['select configuration_state()', 'select configuration_items(1)', 'select * from configuration_import', 'select * from configuration_version', `select configuration_put('liveLimits', 'limits', '{}', null)`, 'select provider_write(null)']) {
    await expect(psql.query(sql)).rejects.toMatchObject({ code: '42501' })
  }
})

test('a second office made empty works as the first after the file: its own file is the same to the byte', async () => {
  const { id: _, ...card } = await cardOf('enser')
  await admin.api.providers.save({ ...card, profile: { ...card.profile, tariffs: [{ service: card.services[0]!.code, name: null, zone: 1, price: '5.75', since: '2026-10-01', basis: 'Постановление № 1' }] } })
  await admin.api.sheetTemplates.save({ id: null, version: null, kind: 'application', provider: 'enser', requestKind: 'letter', title: 'Обращение', text: '# Обращение\n{signature}', isActive: true })
  await (await office.desk('senior')).api.flags.tune({ operationId: operation(), rule: 'massLookups', isOn: false, params: { count: 60 }, version: 0 })
  const file = await exported()

  const second = await emptyOffice()
  try {
    second.desk.saveTo.path = join(second.desk.folder.path, 'second.json')
    const preview = await second.desk.api.configuration.preview({ file: path })
    const choice = preview.items.filter(({ state }) => state === 'new' || state === 'changed').map(({ part, key }) => ({ part, key }))
    expect(choice.map(({ part }) => part)).toEqual(expect.arrayContaining(['office', 'providers', 'sheetTemplates', 'flagRules']))
    await second.desk.api.configuration.import({ operationId: operation(), file: path, checksum: preview.checksum, state: preview.state, choice })
    await second.desk.api.configuration.export({ operationId: operation() })
    expect(readFileSync(second.desk.saveTo.path, 'utf8')).toBe(file)
  } finally {
    await second.close()
  }
})

async function emptyOffice(): Promise<{ desk: TestDesk; close(): Promise<void> }> {
  const { user, password, host, port } = inject('postgres')
  const database = `empty_${randomBytes(6).toString('hex')}`
  const login = `conf_${database.slice(-6)}`
  const cluster = knex({ client: 'pg', connection: { host, port, user, password, database: 'postgres' }, pool: { min: 0, max: 1 } })
  await cluster.raw('create database ??', [database])
  const owner = knex({ client: 'pg', connection: { host, port, user, password, database }, pool: { min: 0, max: 2 } })
  await migrate(owner, { appVersion: 'test' })
  await owner.destroy()
  await createOffice({ address: { host, port, database }, login: { user, password } }, { folder: admin.folder }, { training: false, name: 'Второй офис', admin: { login, password: 'a-password-of-it', fullName: 'Администратор' } })
  const second = await openTestOffice(undefined, database)
  const desk = await second.desk(null)
  await desk.api.session.signIn({ login, password: 'a-password-of-it' })
  return {
    desk,
    async close() {
      await second.close()
      await cluster.raw('drop database ?? with (force)', [database])
      await cluster.raw('drop role ??', [login])
      await cluster.destroy()
    },
  }
}
