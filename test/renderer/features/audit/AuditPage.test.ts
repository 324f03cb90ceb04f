import AuditPage from '@renderer/features/audit/AuditPage.vue'
import { actionText, detailTexts } from '@renderer/features/audit/event-text'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { admin, at, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const migrations = Object.values(import.meta.glob<string>('/src/main/db/migrations/*.sql', { eager: true, query: '?raw', import: 'default' })).join('\n')

const event = { chain: 's17', seq: 1, at: at('09:41'), staffLogin: 'operator', staffName: 'Соколова Анна Викторовна', roles: ['operator'], office: 'Центр', window: '3', address: '10.0.0.7', program: 'okno desk-3', action: 'visits.open', visitId: 900, subscriberId: 1, details: { window: '3' } }
const choices = { offices: [{ id: 1, name: 'Центр' }], staff: [{ login: 'operator', name: 'Соколова Анна Викторовна' }, { login: 'nobody', name: 'Пустой День Иванович' }], windows: ['3'] }
const page = { 'audit.search': () => ({ events: [event], more: false }), 'audit.choices': () => choices }
const open = (handlers: Record<string, (input: never) => unknown> = {}) => mountPage(AuditPage, { staff: supervisor, handlers: { ...page, ...handlers } })
const verdict = { chains: 41, events: 18_232, incremental: false, problems: [], takenBack: [], missingSessions: 0, archived: { months: 0, events: 0 } }

const choose = async (page: Awaited<ReturnType<typeof open>>, label: string) => {
  const radio = page.wrapper.findAll('label.option').find((one) => one.text() === label)
  await radio!.find('input').setValue(true)
  await flushPromises()
}

test('a log nobody has touched is called whole, with what was counted', async () => {
  const { click, text } = await open({ 'audit.verify': () => verdict })
  await click('Проверить журнал')
  expect(text()).toContain('Журнал цел')
  expect(text()).toContain('18 232 записи в 41 цепочке')
})

test('a damaged log names the chain, the record and what is wrong with it', async () => {
  const { click, text } = await open({ 'audit.verify': () => ({ ...verdict, chains: 2, events: 9, problems: [{ chain: 'c-7', seq: 17, problem: 'changed' }, { chain: 'c-8', seq: null, problem: 'truncated' }] }) })
  await click('Проверить журнал')
  expect(text()).toContain('Журнал нарушен')
  expect(text()).toMatch(/Запись изменена после того, как была сделана\s*c-7\s*17/)
  expect(text()).toContain('Последние записи цепочки убраны')
})

test('the number of a visit in a row shows the story of that visit', async () => {
  const { bridge, click } = await open()
  await click('Показать всё обслуживание № 900')
  expect(bridge.inputsOf('audit.search').at(-1)).toEqual({ visitId: 900, limit: 100 })
})

test('what is no number is not sent as a number', async () => {
  const { bridge, wrapper, click, text } = await open()
  await wrapper.findAll('form input').at(-1)?.setValue('9a')
  await click('Показать')
  expect(text()).toContain('Номер состоит из цифр.')
  expect(bridge.inputsOf('audit.search')).toHaveLength(1)
})

test('a filter that finds nothing says so', async () => {
  const { wrapper, click, text, bridge } = await open({ 'audit.search': ({ staffLogin }: { staffLogin?: string }) => ({ events: staffLogin ? [] : [event], more: false }) })
  await wrapper.findAll('form select')[0]?.setValue('nobody')
  await click('Показать')
  expect(bridge.inputsOf('audit.search').at(-1)).toEqual({ staffLogin: 'nobody', limit: 100 })
  expect(text()).toContain('По этому отбору записей нет.')
})

test('the window, the kind of action and the days are asked for as they are chosen', async () => {
  const { wrapper, click, bridge } = await open()
  const [from, to] = wrapper.findAll('form input')
  await from!.setValue('20112026')
  await to!.setValue('21.11.2026')
  const [, , window, group] = wrapper.findAll('form select')
  await window!.setValue('3')
  await group!.setValue('prints')
  await click('Показать')
  expect(bridge.inputsOf('audit.search').at(-1)).toEqual({ from: '2026-11-20', to: '2026-11-21', window: '3', group: 'prints', limit: 100 })
})

test('more is asked for from behind the last record, and joined to it', async () => {
  const { click, wrapper, bridge } = await open({ 'audit.search': ({ before }: { before?: object }) => ({ events: [before ? { ...event, seq: 0 } : event], more: !before }) })
  await click('Показать ещё')
  expect(bridge.inputsOf('audit.search').at(-1)).toEqual({ limit: 100, before: { at: event.at, chain: 's17', seq: 1 } })
  expect(wrapper.findAll('table.events tbody tr')).toHaveLength(2)
})

test('a subscriber is found as at the desk; when several are meant, one is chosen', async () => {
  const hit = { subscriberId: 5, name: 'Соколова Мария Игоревна', kind: 'person', birthDate: null, account: null, accountsCount: 1, match: { kind: 'name', text: 'Соколова', isSimilar: false } }
  const { wrapper, click, press, bridge, text } = await open({ 'desk.search': () => ({ hits: [hit, { ...hit, subscriberId: 6, name: 'Соколов Пётр' }], more: false, closed: [], understood: [], closedHidden: 0, documentsWaitSeconds: 0 }) })
  const field = wrapper.findAll('form input').at(-2)!
  await field.setValue('Соколов')
  ;(field.element as HTMLInputElement).focus()
  await press('Enter')
  await click('Соколов Пётр')
  await click('Показать')
  expect(text()).toContain('Соколов Пётр')
  expect(bridge.inputsOf('audit.search').at(-1)).toEqual({ subscriberId: 6, limit: 100 })
})

test('calls that left no record are told by name and day, and are no damage', async () => {
  const { click, text } = await open({ 'audit.verify': () => ({ ...verdict, takenBack: [{ staffLogin: 'operator', from: at('00:00'), to: at('23:59'), events: 40, previews: 2 }] }) })
  await click('Проверить журнал')
  expect(text()).toContain('Журнал цел')
  expect(text()).toMatch(/Соколова Анна Викторовна, \d\d\.\d\d\.2026: номеров без записи 40, просмотров листов за день 2/)
})

test('an extract needs a ground, and tells the files and their sum', async () => {
  const page = await open({ 'audit.export': () => ({ fileName: 'выписка.csv', noteName: 'выписка.pdf', rows: 12, subscribers: 3, staff: 2, sha256: 'ab'.repeat(32) }) })
  await page.click('Выписка…')
  await page.click('Сохранить файл')
  expect(page.text()).toContain('Напишите основание')
  expect(page.bridge.inputsOf('audit.export')).toEqual([])
  await page.wrapper.findAll('dialog input').at(-1)!.setValue('запрос № 17')
  await page.click('Сохранить файл')
  expect(page.bridge.inputsOf('audit.export').at(-1)).toMatchObject({ basis: 'запрос № 17', from: expect.any(String), to: expect.any(String) })
  expect(page.text()).toContain('Сохранены «выписка.csv» и справка «выписка.pdf»')
  expect(page.text()).toContain('ab'.repeat(32))
})

test('an administrator sees the months, may shorten the term with a warning, and archives the oldest that may go', async () => {
  const part = { events: 9, bytes: 1_048_576, fileName: null, sha256: null, archivedAt: null, archivedBy: null }
  const retention = { months: 36, nextMonths: null, nextOn: null, version: 1, parts: [{ ...part, month: '2026-11', state: 'kept' }, { ...part, month: '2022-11', state: 'mayGo' }, { ...part, month: '2022-10', state: 'mayGo' }] }
  const page = await mountPage(AuditPage, {
    staff: admin,
    handlers: { 'audit.search': () => ({ events: [], more: false }), 'audit.choices': () => choices, 'audit.retention': () => retention, 'audit.saveRetention': () => ({ ...retention, nextMonths: 24, nextOn: '2026-12-22' }), 'audit.archive': () => ({ month: '2022-10', events: 9, fileName: 'a.jsonl.gz', sha256: 'ab' }) },
  })
  await choose(page, 'Хранение')
  await page.wrapper.find('form input').setValue('24')
  expect(page.text()).toContain('начнёт действовать через 30 дней')
  await page.click('Сохранить срок')
  expect(page.bridge.inputsOf('audit.saveRetention').at(-1)).toMatchObject({ months: 24, version: 1 })
  expect(page.text()).toContain('Запрошен срок 24 мес., он начнёт действовать 22.12.2026')
  await page.click('Передать в архив')
  expect(page.bridge.inputsOf('audit.archive').at(-1)).toMatchObject({ month: '2022-10' })
})

test('a change made past Okno stands out', async () => {
  const { wrapper, text } = await open({ 'audit.search': () => ({ events: [{ ...event, action: 'direct.update', details: { table: 'staff', id: 4 } }], more: false }) })
  expect(text()).toContain('Запись изменена в обход Okno')
  expect(wrapper.find('tr.past').exists()).toBe(true)
})

test('details are read as words, codes of the office included, and an unknown action keeps its name', () => {
  expect(detailTexts({ takenOn: '2026-11-22', agrees: false, reasons: ['rollover'], channel: 'phone', to: ['operator', 'admin'], nothing: null, empty: [] })).toEqual([
    { name: 'дата снятия', value: '22.11.2026' },
    { name: 'документ совпал', value: 'нет' },
    { name: 'причины', value: 'счётчик перешёл через ноль' },
    { name: 'способ', value: 'Телефон' },
    { name: 'стало', value: 'оператор, администратор' },
  ])
  expect(detailTexts({ by: ['document', 'name'], identification: 'document' }).map(({ value }) => value)).toEqual(['документ, имя', expect.not.stringMatching(/^документ$/)])
  expect(actionText('future.thing')).toBe('Действие «future.thing»')
})

test('every action the database writes into the log has a name', () => {
  const recorded = [...migrations.matchAll(/(?:audit_record|operation_repeat)\((?:p_operation_id, )?'([a-zA-Z]+\.[a-zA-Z]+)'/g)].map(([, action]) => action ?? '')
  expect(recorded).toContain('desk.openCard')
  expect(recorded).toContain('visits.close')
  expect([...new Set(recorded)].filter((action) => actionText(action) === `Действие «${action}»`)).toEqual([])
})

const day = { staffLogin: 'operator', staffName: 'Соколова Анна Викторовна', day: '2026-11-20', searches: 14, foundNothing: 2, refused: 0, openedAfter: 12, unmasked: 1, openedWithoutVisit: 0 }
const curious = { ...day, staffLogin: 'curious', staffName: 'Петренко Илья Ильич', day: '2026-11-19', searches: 30, foundNothing: 20, refused: 2, openedAfter: 1 }

test('a supervisor sees who looks for whom, and what stands out', async () => {
  const page = await open({ 'audit.lookups': () => [day, curious] })
  await choose(page, 'Поиск по документам и просмотры')
  expect(page.text()).toContain('1 строка требует внимания')
  const row = page.wrapper.find('tr.conspicuous')
  expect(row.text()).toContain('Петренко Илья Ильич')
  expect(row.text()).toContain('поиск остановлен ограничением')
  expect(row.text()).toContain('чаще всего никого не нашлось')
  expect(page.wrapper.findAll('tbody tr')).toHaveLength(2)
})

test('look-ups are sorted by a press on a heading, and screen readers are told', async () => {
  const page = await open({ 'audit.lookups': () => [day, curious] })
  await choose(page, 'Поиск по документам и просмотры')
  const names = () => page.wrapper.findAll('tbody th').map((one) => one.text())
  expect(names()).toEqual(['Соколова Анна Викторовна', 'Петренко Илья Ильич'])
  await page.click('Поисков')
  expect(names()).toEqual(['Петренко Илья Ильич', 'Соколова Анна Викторовна'])
  expect(page.wrapper.findAll('thead th')[2]!.attributes('aria-sort')).toBe('descending')
  await page.click('Поисков')
  expect(names()).toEqual(['Соколова Анна Викторовна', 'Петренко Илья Ильич'])
})

test('a name leads to that day’s events of that member of staff', async () => {
  const page = await open({ 'audit.lookups': () => [day, curious] })
  await choose(page, 'Поиск по документам и просмотры')
  await page.click('Петренко Илья Ильич, 19.11.2026')
  expect(page.bridge.inputsOf('audit.search').at(-1)).toEqual({ staffLogin: 'curious', from: '2026-11-19', to: '2026-11-19', lookups: true, limit: 100 })
  expect(page.text()).toContain('Показан один день, 19.11.2026')
  await page.click('Сбросить')
  expect(page.bridge.inputsOf('audit.search').at(-1)).toEqual({ limit: 100 })
})

test('a wrong period is not asked for', async () => {
  const page = await open({ 'audit.lookups': () => [day] })
  await choose(page, 'Поиск по документам и просмотры')
  const before = page.bridge.inputsOf('audit.lookups').length
  await page.wrapper.findAll('form input')[0]!.setValue('31.02.2026')
  await page.click('Показать')
  expect(page.text()).toContain('Дата пишется так')
  expect(page.bridge.inputsOf('audit.lookups')).toHaveLength(before)
})

test('an administrator sees the log without the look-ups', async () => {
  const { text } = await mountPage(AuditPage, { staff: admin, handlers: page })
  expect(text()).not.toContain('Поиск по документам и просмотры')
})

test('a row says what was done: the number of its operation is left to an extract, a login nobody works under is called so', async () => {
  const { text } = await open({ 'audit.search': () => ({ events: [{ ...event, staffName: null, staffLogin: 'okno_root', details: { operation: '58e45dbe-4d97-4c49-b729-c688c8fc3d19', window: '3' } }], more: false }) })
  expect(text()).not.toContain('58e45dbe')
  expect(text()).toMatch(/служебный вход\s*okno_root/)
})
