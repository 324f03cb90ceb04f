import ReportsPage from '@renderer/features/reports/ReportsPage.vue'
import { operator, supervisor } from '../../../support/fake-office'
import { FakeFailure } from '../../../support/fake-bridge'
import type { StaffMember } from '@shared/contract/session'
import { flushPromises } from '@vue/test-utils'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { mountPage } from '../mount-page'

// The picture needs a real window; what it is of is tested in chart-options.
vi.mock('@renderer/features/reports/ChartCanvas.vue', () => ({ __esModule: true, default: { render: () => null } }))

const senior: StaffMember = { ...supervisor, roles: ['supervisor'], grants: [] }
const choices = { offices: [{ id: 1, name: 'Энский центр' }], providers: [{ code: 'enser', name: 'ЭнСер' }], staff: [{ id: 1, fullName: operator.fullName }], windows: ['3'] }
const debts = [
  { provider: 'ЭнСер', providerCode: 'enser', debtors: 12, debt: 1234567, to30: 1234567, to60: 0, to90: 0, to180: 0, to365: 0, over365: 0 },
  { provider: 'Водоканал', providerCode: 'voda', debtors: 3, debt: 5000, to30: 5000, to60: 0, to90: 0, to180: 0, to365: 0, over365: 0 },
]
const totals = { debtors: 15, debt: 1239567, to30: 1239567, to60: 0, to90: 0, to180: 0, to365: 0, over365: 0 }
const looks = [{ staffName: 'Соколова Анна', staffId: 1, cards: 9, subscribers: 7, otherLooks: 1, days: 3, mostInADay: 4 }]
const figures = (rows: object[], of: object = {}) => ({ rows, totals: of, asOf: '2026-11-22T09:00:00Z', source: 'replica', lagSeconds: 4 })
const visit = { visit: { id: 77, subscriberId: 5, openedAt: '2026-11-22T08:00:00Z', closedAt: '2026-11-22T08:04:00Z', closedHow: 'served', staffName: 'Соколова Анна', officeName: 'Энский центр', window: '3', identification: 'document', seconds: 240 }, entries: [] }
const detail = { at: '2026-11-22T08:00:00Z', kind: 'desk.openCard', visitId: 77, subscriberId: 5, accountNumber: null, staffName: 'Соколова Анна', officeName: null, window: '3', seconds: null, note: null }

type Asked = { runId: string; report: string; filters: Record<string, unknown> }
const open = (handlers: Record<string, (input: never) => unknown> = {}, staff = senior) =>
  mountPage(ReportsPage, {
    staff,
    handlers: {
      'reports.choices': () => choices,
      'reports.settings': () => [],
      'reports.run': ({ report }: Asked) => (report === 'debtAging' ? figures(debts, totals) : report === 'cardsWithoutVisit' ? figures(looks, { cards: 9, subscribers: 7, otherLooks: 1, days: 3, mostInADay: 4 }) : figures([])),
      'reports.details': () => ({ rows: [detail], more: false }),
      'reports.visit': () => visit,
      ...handlers,
    },
  })
const cells = (row: Element | undefined) => [...(row?.querySelectorAll('th, td') ?? [])].map((cell) => cell.textContent?.replaceAll('\u00a0', ' ').trim())
const bodyRows = () => [...document.querySelectorAll('tbody tr:not([aria-hidden])')]

beforeEach(() => vi.useFakeTimers({ now: new Date('2026-11-22T09:00:00Z'), toFake: ['Date'] }))
afterEach(() => vi.useRealTimers())

test('a report is found by typing and opened by Enter, without a mouse; figures and totals are written the Russian way', async () => {
  const { type, press, text } = await open()
  expect(document.activeElement?.tagName).toBe('INPUT')
  await type('долги по срок')
  await press('Enter')
  expect(cells(bodyRows()[0])?.slice(0, 3)).toEqual(['ЭнСер', '12', '12 345,67'])
  expect(cells(document.querySelector('tfoot tr')!)?.slice(0, 3)).toEqual(['Итого', '15', '12 395,67'])
  expect(text()).toContain('с копии базы, отставание 4 с')
  expect(text()).toContain('Как считается')
})

test('a column sorts its rows: numbers with the largest first, then the other way', async () => {
  const { type, press, click } = await open()
  await type('долги по срок')
  await press('Enter')
  await click('Должников')
  expect(bodyRows().map((row) => cells(row)?.[0])).toEqual(['ЭнСер', 'Водоканал'])
  await click('Должников')
  expect(bodyRows().map((row) => cells(row)?.[0])).toEqual(['Водоканал', 'ЭнСер'])
  expect(document.querySelectorAll('thead th')[1]?.getAttribute('aria-sort')).toBe('ascending')
})

test('Enter on a row leads to what is behind it and to the visit, Esc back step by step to the same row', async () => {
  const { bridge, type, press, text } = await open()
  await type('карточки без')
  await press('Enter')
  document.querySelector<HTMLElement>('[data-row="0"]')!.click()
  await flushPromises()
  expect(bridge.inputsOf('reports.details')).toEqual([{ report: 'cardsWithoutVisit', filters: { from: '2026-11-01', to: '2026-11-22', staffId: 1 } }])
  expect(text()).toContain('Просмотр карточки')
  document.querySelector<HTMLElement>('[data-row="0"]')!.click()
  await flushPromises()
  expect(text()).toContain('Обслуживание № 77')
  expect(text()).toContain('4 мин 00 с')
  await press('Escape')
  expect(text()).toContain('Что за этим стоит')
  await press('Escape')
  expect(cells(bodyRows()[0])?.[0]).toBe('Соколова Анна')
  expect(bridge.inputsOf('reports.run'), 'what was counted is not counted again').toHaveLength(1)
})

test('a row that leads to another report narrows it', async () => {
  const { bridge, type, press, text } = await open()
  await type('долги по срок')
  await press('Enter')
  document.querySelectorAll<HTMLElement>('[data-row]')[1]!.click()
  await flushPromises()
  expect(bridge.inputsOf('reports.run')[1]).toMatchObject({ report: 'debtByStreet', filters: { provider: 'voda' } })
  expect(text()).toContain('Отбор по строке: Водоканал')
})

test('another period is counted at once; compared, the same is counted for the period before', async () => {
  const { bridge, type, press, text } = await open()
  await type('карточки без')
  await press('Enter')
  const period = [...document.querySelectorAll('select')][0]!
  period.value = 'yesterday'
  period.dispatchEvent(new Event('change'))
  await flushPromises()
  expect(bridge.inputsOf('reports.run').at(-1)).toMatchObject({ filters: { from: '2026-11-21', to: '2026-11-21' } })
  document.querySelector<HTMLInputElement>('.check input')!.click()
  await flushPromises()
  const [now, before] = bridge.inputsOf('reports.run').slice(-2) as unknown as Asked[]
  expect(before).toMatchObject({ runId: now!.runId, filters: { from: '2026-11-20', to: '2026-11-20' } })
  expect(text()).toContain('без изменений')
})

test('Esc stops a long count on the server, and says so', async () => {
  let fail: (cause: unknown) => void = () => undefined
  const { bridge, type, press, text } = await open({
    'reports.run': () => new Promise((_, reject) => (fail = reject)),
    'reports.stop': () => {
      fail(new FakeFailure('conflict', 'reportStopped'))
      return { stopped: true }
    },
  })
  await type('карточки без')
  await press('Enter')
  await press('Escape')
  const [asked] = bridge.inputsOf('reports.run') as unknown as Asked[]
  expect(bridge.inputsOf('reports.stop')).toEqual([{ runId: asked!.runId }])
  expect(text()).toContain('Подсчёт остановлен')
})

test('a failure says what to do and can be tried again; no rows is not a failure', async () => {
  let tries = 0
  const { type, press, click, text } = await open({
    'reports.run': () => {
      if (tries++ === 0) throw new FakeFailure('databaseUnavailable', 'unreachable')
      return figures([])
    },
  })
  await type('карточки без')
  await press('Enter')
  expect(document.querySelector('[role=alert]')).not.toBeNull()
  await click('Повторить')
  expect(text()).toContain('нет ни одной строки')
})

test('of five thousand rows only those in sight are in the page, and End still leads to the last', async () => {
  const rows = Array.from({ length: 5000 }, (_, index) => ({ ...looks[0], staffName: `Сотрудник ${index + 1}` }))
  const { type, press } = await open({ 'reports.run': () => figures(rows) })
  await type('карточки без')
  await press('Enter')
  expect(bodyRows().length).toBeLessThan(100)
  expect(document.querySelector('table')?.getAttribute('aria-rowcount')).toBe('5002')
  document.querySelector<HTMLElement>('[data-row="0"]')!.focus()
  await press('End')
  expect(document.activeElement?.textContent).toBe('Сотрудник 5000')
  await press('ArrowUp')
  expect(document.activeElement?.textContent).toBe('Сотрудник 4999')
})

test('what is asked is saved under a name, for the office and as the first page', async () => {
  const saved = { id: 4, name: 'Карточки', report: 'cardsWithoutVisit', isShared: true, isOwn: true, staffName: senior.fullName, isHome: false, version: 1 }
  const { bridge, type, press, click } = await open({
    'reports.saveSetting': (input: object) => ({ ...saved, ...input, id: 4 }),
    'reports.chooseHome': () => ({}),
  })
  await type('карточки без')
  await press('Enter')
  await press('s', { altKey: true })
  await type('Карточки')
  const [share, home] = [...document.querySelectorAll<HTMLInputElement>('dialog input[type=checkbox]')]
  share!.click()
  home!.click()
  await flushPromises()
  await click(/^Сохранить\s*Enter/)
  expect(bridge.inputsOf('reports.saveSetting')).toEqual([expect.objectContaining({ id: null, name: 'Карточки', report: 'cardsWithoutVisit', isShared: true, filters: expect.objectContaining({ preset: 'month' }) })])
  expect(bridge.inputsOf('reports.chooseHome')).toEqual([expect.objectContaining({ id: 4 })])
})

test('without the right only PDF is offered, and it says who gives the right; with it XLSX is asked of main with the order of rows', async () => {
  const without = await open()
  await without.type('долги по срок')
  await without.press('Enter')
  await without.press('s', { ctrlKey: true })
  expect([...document.querySelectorAll<HTMLInputElement>('input[type=radio]')].map(({ value, disabled }) => [value, disabled])).toEqual([['pdf', false], ['xlsx', true], ['csv', true]])
  expect(without.text()).toContain('разрешает администратор')
  without.wrapper.unmount()
  document.body.innerHTML = ''

  const { bridge, type, press, click, text } = await open({ 'reports.export': () => ({ printer: null, jobId: null, fileName: 'Долги.xlsx', rows: 2 }) }, { ...senior, grants: ['exportReports'] })
  await type('долги по срок')
  await press('Enter')
  await click('Долг,')
  await press('s', { ctrlKey: true })
  document.querySelector<HTMLInputElement>('input[value=xlsx]')!.click()
  await flushPromises()
  await click('Сохранить…')
  expect(bridge.inputsOf('reports.export')).toEqual([expect.objectContaining({ report: 'debtAging', format: 'xlsx', sort: { key: 'debt', down: true }, output: { how: 'save' } })])
  expect(text()).toContain('Долги.xlsx')
})
