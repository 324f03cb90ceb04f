import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { ReportAsk } from '@shared/contract/report-settings'
import type { StaffMember } from '@shared/contract/session'
import type { Grant } from '@shared/roles'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { staff } from '../../../support/staff'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { numberOf } from '../visits/visit-of'
import { sheetOf, textsOf } from './read-xlsx'

let office: TestOffice
let admin: TestDesk
let senior: TestDesk
/** Another supervisor of the same office. */
let colleague: TestDesk
let today: string

const failure = (code: string, reason: string) => ({ failure: { code, reason } })
const ask: ReportAsk = { preset: 'week', from: null, to: null, officeId: null, provider: null, staffId: null, window: null, grain: null, days: null, compare: true }
const save = (desk: TestDesk, name: string, more: object = {}) =>
  desk.api.reports.saveSetting({ operationId: operation(), id: null, name, report: 'cardsWithoutVisit', filters: ask, sort: { key: 'cards', down: true }, isShared: false, version: 1, ...more })

async function grant(login: string, grants: Grant[]): Promise<StaffMember> {
  const { version } = (await admin.api.staff.list({})).find((one) => one.login === login)!
  return admin.api.staff.setGrants({ login, grants, version })
}

beforeAll(async () => {
  office = await openTestOffice()
  admin = await office.desk('admin')
  senior = await office.desk('senior')
  // Logins belong to the server that all tests share.
  const login = `t${operation().slice(0, 8)}`
  await admin.api.staff.create({ login, fullName: 'Зимин Олег Петрович', roles: ['supervisor'], window: null, password: 'first-password-1' })
  colleague = await office.desk(null)
  await colleague.api.session.signIn({ login, password: 'first-password-1' })
  await colleague.api.session.changePassword({ current: 'first-password-1', next: 'second-password-2' })
  today = (await office.owner.raw(`select (now() at time zone time_zone)::date::text as today from office`)).rows[0].today
  // What the reports of looks count: a supervisor opens cards without a visit.
  for (const person of [cast.maria, cast.alyona, cast.maria]) {
    const { hits } = await senior.api.desk.search({ text: numberOf(person) })
    await senior.api.desk.card({ subscriberId: hits[0]!.subscriberId })
  }
})
afterAll(() => office.close())

describe('rights beyond the roles', () => {
  test('an administrator gives and takes them; the journal keeps what it was and what it is', async () => {
    expect(await grant(staff.senior.login, ['exportReports'])).toMatchObject({ grants: ['exportReports'] })
    expect(await grant(staff.senior.login, [])).toMatchObject({ grants: [] })
    const events = (await admin.api.audit.events({ staffLogin: staff.admin.login, limit: 20 })).filter(({ action }) => action === 'staff.setGrants')
    expect(events.slice(0, 2).map(({ details }) => details)).toEqual([
      expect.objectContaining({ login: staff.senior.login, from: ['exportReports'], to: [] }),
      expect.objectContaining({ login: staff.senior.login, from: [], to: ['exportReports'] }),
    ])
  })
  test('nobody else gives them, nor over a newer version, nor one that does not exist', async () => {
    await expect(senior.api.staff.setGrants({ login: staff.senior.login, grants: ['exportReports'], version: 1 })).rejects.toMatchObject({ failure: { code: 'forbidden' } })
    await expect((await office.psql('senior')).query(`select staff_set_grants('${staff.senior.login}', '{exportReports}', 1)`)).rejects.toMatchObject({ code: '42501' })
    await expect(admin.api.staff.setGrants({ login: staff.senior.login, grants: ['allOffices'], version: 999 })).rejects.toMatchObject(failure('conflict', 'changedByAnotherDesk'))
    await expect((await office.psql('admin')).query(`select staff_set_grants('${staff.senior.login}', '{superuser}', 1)`)).rejects.toMatchObject({ message: 'grantUnknown' })
  })
})

describe('saved settings', () => {
  test('come back as they were saved, one’s own before those a colleague shares', async () => {
    await save(colleague, 'Общая', { isShared: true })
    await save(colleague, 'Только моя')
    const own = await save(senior, 'Карточки за неделю')
    const list = await senior.api.reports.settings({})
    expect(list.map(({ name, isOwn }) => [name, isOwn])).toEqual([['Карточки за неделю', true], ['Общая', false]])
    expect(list[0]).toEqual({ ...own, filters: ask, sort: { key: 'cards', down: true }, staffName: staff.senior.fullName, isHome: false })
  })
  test('a second press saves once; a name is given once, in whatever letters', async () => {
    const input = { operationId: operation(), id: null, name: 'Дважды', report: 'debtAging' as const, filters: ask, sort: null, isShared: false, version: 1 }
    const [first, second] = [await senior.api.reports.saveSetting(input), await senior.api.reports.saveSetting(input)]
    expect(second.id).toBe(first.id)
    await expect(save(senior, 'ДВАЖДЫ')).rejects.toMatchObject(failure('conflict', 'reportSettingNameTaken'))
    await expect(save(colleague, 'Дважды')).resolves.toMatchObject({ name: 'Дважды' })
  })
  test('only their owner changes and removes them, and not over a newer version', async () => {
    const shared = (await senior.api.reports.settings({})).find(({ name }) => name === 'Общая')!
    await expect(save(senior, 'Чужая', { id: shared.id })).rejects.toMatchObject(failure('notFound', 'reportSetting'))
    await expect(senior.api.reports.removeSetting({ operationId: operation(), id: shared.id })).rejects.toMatchObject(failure('notFound', 'reportSetting'))
    await expect(save(colleague, 'Общая-2', { id: shared.id, isShared: true, version: 7 })).rejects.toMatchObject(failure('conflict', 'changedByAnotherDesk'))
    expect(await save(colleague, 'Общая-2', { id: shared.id, isShared: true })).toMatchObject({ id: shared.id, name: 'Общая-2', version: 2 })
  })
  test('one’s program opens with one of them, also with a colleague’s; removed, the search is first again', async () => {
    const shared = (await senior.api.reports.settings({})).find(({ name }) => name === 'Общая-2')!
    await senior.api.reports.chooseHome({ operationId: operation(), id: shared.id })
    expect((await senior.api.reports.settings({})).filter(({ isHome }) => isHome).map(({ name }) => name)).toEqual(['Общая-2'])
    expect((await colleague.api.reports.settings({})).filter(({ isHome }) => isHome)).toEqual([])
    const hidden = (await colleague.api.reports.settings({})).find(({ name }) => name === 'Только моя')!
    await expect(senior.api.reports.chooseHome({ operationId: operation(), id: hidden.id })).rejects.toMatchObject(failure('notFound', 'reportSetting'))
    await colleague.api.reports.removeSetting({ operationId: operation(), id: shared.id })
    expect((await senior.api.reports.settings({})).filter(({ isHome }) => isHome)).toEqual([])
  })
  test('an operator has none, in the program or in psql', async () => {
    const window = await office.desk('first')
    await expect(window.api.reports.settings({})).rejects.toMatchObject(failure('forbidden', 'roleMissing'))
    await expect((await office.psql('first')).query('select report_settings()')).rejects.toMatchObject({ code: '42501' })
  })
})

describe('a report leaves the program', () => {
  const filters = () => ({ from: today, to: today })
  const give = (format: 'pdf' | 'xlsx' | 'csv', more: object = {}) =>
    senior.api.reports.export({ operationId: operation(), report: 'cardsWithoutVisit', filters: filters(), sort: null, format, output: { how: 'save' }, ...more })
  const inFolder = (name: string) => (senior.saveTo.path = join(senior.folder.path, name))
  const counted = async () => (await office.owner.raw(`select count(*)::int as cards, count(distinct subscriber_id)::int as subscribers from audit_event where action = 'desk.openCard' and (details ->> 'withoutVisit')::boolean and staff_login = ?`, [staff.senior.login])).rows[0]

  test('as XLSX or CSV only with the right: without it nothing is asked, written or recorded as done', async () => {
    const path = inFolder('no.xlsx')
    await expect(give('xlsx')).rejects.toMatchObject(failure('forbidden', 'exportNotGranted'))
    await expect(give('csv')).rejects.toMatchObject(failure('forbidden', 'exportNotGranted'))
    expect(existsSync(path)).toBe(false)
    expect((await office.owner.raw(`select count(*)::int as n from operation where kind = 'reports.export'`)).rows[0].n).toBe(0)
    await expect((await office.psql('senior')).query(`select report_export(gen_random_uuid(), 'debtAging', '{}', 'csv', 5, 'save')`)).rejects.toMatchObject({ message: 'exportNotGranted' })
  })

  test('as XLSX with the figures the database counts, totals, what was asked, and who took it', async () => {
    await grant(staff.senior.login, ['exportReports'])
    const path = inFolder('cards.xlsx')
    expect(await give('xlsx')).toMatchObject({ fileName: 'cards.xlsx', rows: 1, printer: null })
    const bytes = readFileSync(path)
    const { cards, subscribers } = await counted()
    expect(cards).toBe(3)
    const { cells } = sheetOf(bytes, 1)
    expect(cells['A2']).toMatchObject({ text: staff.senior.fullName })
    expect([cells['B2']!.number, cells['C2']!.number]).toEqual([cards, subscribers])
    expect([cells['A3']!.text, cells['B3']!.number]).toEqual(['Итого', cards])
    expect(textsOf(bytes, 2).join(' ')).toMatch(new RegExp(`Выгрузил\\(а\\): ${staff.senior.fullName}, .*№ [0-9A-F]{8}`))
  })

  test('as CSV with the same figures', async () => {
    const path = inFolder('cards.csv')
    await give('csv', { sort: { key: 'cards', down: true } })
    const text = readFileSync(path, 'utf8')
    const { cards, subscribers } = await counted()
    expect(text).toMatch(new RegExp(`\r\n${staff.senior.fullName};${cards};${subscribers};`))
    expect(text).toMatch(new RegExp(`\r\nИтого;${cards};`))
  })

  test('as PDF without that right', async () => {
    await grant(staff.senior.login, [])
    const path = inFolder('cards.pdf')
    await give('pdf')
    const text = textOf(readFileSync(path))
    const { cards, subscribers } = await counted()
    expect(text).toContain(`${staff.senior.fullName} ${cards} ${subscribers}`)
    expect(text).toContain('Лист 1 из 1')
    expect(text).toContain('Карточки без обслуживания')
  })

  test('each is in the journal with report, filters, rows and format, and nothing of what it held', async () => {
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'reports.export' order by at`)
    expect(rows.map(({ details }: { details: object }) => details)).toEqual(
      ['xlsx', 'csv', 'pdf'].map((format) => ({ report: 'cardsWithoutVisit', filters: filters(), rows: 1, format, delivered: 'save', operation: expect.any(String) })),
    )
  })

  test('a second press of the same is the same file, not another one', async () => {
    const operationId = operation()
    inFolder('once.pdf')
    const first = await give('pdf', { operationId })
    inFolder('twice.pdf')
    expect(await give('pdf', { operationId })).toMatchObject({ fileName: first.fileName })
    expect(existsSync(join(senior.folder.path, 'twice.pdf'))).toBe(false)
  })

  test('«Отмена» in the dialog, or a disk that refuses, leaves no file and no record', async () => {
    const recorded = async () => (await office.owner.raw(`select count(*)::int as n from operation where kind = 'reports.export'`)).rows[0].n
    const before = await recorded()
    senior.saveTo.path = null
    await expect(give('pdf')).rejects.toMatchObject(failure('conflict', 'saveCancelled'))
    senior.saveTo.path = join(senior.folder.path, 'no-such-folder', 'x.pdf')
    await expect(give('pdf')).rejects.toMatchObject(failure('printerUnavailable', 'fileNotWritten'))
    expect(await recorded()).toBe(before)
  })

  test('a file another program counts with is never sent to a printer', async () => {
    await expect(give('csv', { output: { how: 'print', printer: null } })).rejects.toMatchObject({ failure: { code: 'invalidInput' } })
  })
})
