import LiveDeskPage from '@renderer/features/live-desk/LiveDeskPage.vue'
import { lastsText, lengthOf } from '@renderer/features/live-desk/live-text'
import type { LiveDeskState, LiveVisit, LiveWindow } from '@shared/contract/live-desk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

beforeEach(() => void vi.useFakeTimers({ toFake: ['Date', 'setInterval', 'setTimeout', 'clearInterval', 'clearTimeout'], now: Date.parse('2026-11-22T10:00:00+05:00') }))
afterEach(() => void vi.useRealTimers())

const at = (time: string) => `2026-11-22T${time}:00+05:00`
const visit: LiveVisit = { visitId: 900, subscriberId: 7, account: '04012345', provider: 'ЭнСер', openedAt: at('09:35'), identification: 'document', lastActionAt: at('09:50'), lastKind: 'readings.save', isShown: true }
const window: LiveWindow = {
  sessionId: '00000000-0000-4000-8000-000000000001', staffId: 5, staffName: 'Воронцова-Дашкова Елизавета Константиновна', login: 'window.four', window: '4', desk: 'okno-4', version: '0.1.0', signedInAt: at('08:55'), seenAt: at('09:59'),
  state: 'serving', since: at('09:35'), awayAt: null, visits: [visit], approvals: 0, approvalAskedAt: null, unsent: 0, printers: [],
}
const free: LiveWindow = { ...window, sessionId: '00000000-0000-4000-8000-000000000002', staffId: 6, staffName: 'Петренко Илья Ильич', login: 'window.five', window: '5', state: 'free', since: null, visits: [] }
const state = (change: Partial<LiveDeskState> = {}): LiveDeskState => ({ asOf: at('10:00'), limits: { longMinutes: 10, tooLongMinutes: 20, version: 1 }, windows: [window, free], handOvers: [], drafts: { total: 0, rows: [] }, ...change })
const totals = { visits: 41, medianSeconds: 250, lastHour: 9, perHour: 8.2, longest: { visitId: 3, subscriberId: 9, account: '0701', seconds: 2460, staffName: 'Петренко Илья Ильич', closedAt: at('09:20') }, staff: [{ staffId: 6, visits: 12, medianSeconds: 200, lastClosedAt: at('09:41') }] }

const open = (change: Partial<LiveDeskState> = {}, handlers: Parameters<typeof mountPage>[1] = {}) =>
  mountPage(LiveDeskPage, {
    staff: supervisor,
    handlers: {
      'liveDesk.state': () => state(change), 'liveDesk.totals': () => totals, 'visits.exhausted': () => [], 'visits.colleagues': () => [{ id: 6, fullName: 'Петренко Илья Ильич', window: '5', openVisits: 0 }],
      'liveDesk.name': () => ({ name: 'Абрамова Елена Сергеевна' }), 'visits.reassign': () => ({ visitId: 900 }), ...handlers.handlers,
    },
  })
const rows = () => [...document.querySelectorAll('[data-row]')].map((row) => row.textContent?.replace(/\s+/g, ' ') ?? '')

test('windows are told by account, how long and what is done, never by name', async () => {
  const { text } = await open()
  expect(rows()[0]).toContain('4Воронцова-Дашкова Е. К.обслуживает')
  expect(rows()[0]).toContain('счёт 04012345')
  expect(rows()[0]).toContain('25 мин!!дольше 20 мин, слишком долго')
  // Free since the last visitor.
  expect(rows()[1]).toMatch(/5Петренко И\. И\.свободно ?09:41 ?12$/)
  expect(text()).toContain('обслужено сегодня41')
  expect(text()).not.toContain('Абрамова')
})

test('a name is asked for by a key, and only then', async () => {
  const { bridge, press, text } = await open()
  expect(bridge.inputsOf('liveDesk.name')).toEqual([])
  await press('n', { altKey: true })
  expect(bridge.inputsOf('liveDesk.name')).toEqual([{ visitId: 900 }])
  expect(text()).toContain('Абрамова Елена Сергеевна')
})

test('a visit goes to another window with a reason; without one nothing is asked', async () => {
  const { bridge, press, click, type } = await open()
  await press('p', { altKey: true })
  await click('Передать обслуживание')
  expect(bridge.inputsOf('visits.reassign')).toEqual([])
  document.querySelector<HTMLInputElement>('dialog input')!.focus()
  await type('ушла на обед')
  await click('Передать обслуживание')
  expect(bridge.inputsOf('visits.reassign')).toMatchObject([{ visitId: 900, to: null, reason: 'ушла на обед' }])
  expect(document.querySelector('dialog[open]')).toBeNull()
})

test('arrows go from window to window, the details follow, and a window that is free says why a visit can’t be opened', async () => {
  const { press } = await open()
  document.querySelector<HTMLElement>('[data-row]')!.focus()
  await press('ArrowDown')
  expect(document.activeElement?.textContent).toContain('Петренко')
  expect(document.querySelector('[aria-label="Окно подробно"]')?.textContent).toContain('Открытых обслуживаний нет')
})

test('what a supervisor should notice stands in the row in words', async () => {
  await open({
    windows: [
      { ...window, approvals: 1, approvalAskedAt: at('09:58'), unsent: 2, awayAt: at('09:50'), version: '0.0.9', visits: [visit, { ...visit, visitId: 901, isShown: false }], printers: [{ printer: 'HP', trouble: 'unknownTrouble', held: 3 }] },
      { ...free, state: 'signedOut', sessionId: null, visits: [visit] },
    ],
  })
  for (const words of ['ждёт одобрения', 'принтер: не печатает', 'не записано: 2', 'нет действий 10 мин', '+1 в работе', 'версия 0.0.9']) expect(rows()[0]).toContain(words)
  expect(rows()[1]).toContain('осталось открытым')
})

test('an empty office says what will appear here', async () => {
  const { text } = await open({ windows: [] })
  expect(text()).toContain('Окон пока нет')
})

test('forty windows are forty rows', async () => {
  await open({ windows: Array.from({ length: 40 }, (_, n) => ({ ...window, staffId: n + 1, sessionId: `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`, window: String(n + 1) })) })
  expect(rows()).toHaveLength(40)
})

test('a change is read once however often it is told, at most every three seconds, and not while the desk is locked', async () => {
  const { bridge } = await open()
  const reads = () => bridge.inputsOf('liveDesk.state').length
  expect(reads()).toBe(1)
  for (let n = 0; n < 50; n++) bridge.emit('desk.changed', { subscriberId: 1, by: 'other', kind: 'visits.open' })
  await vi.advanceTimersByTimeAsync(2_900)
  expect(reads()).toBe(1)
  await vi.advanceTimersByTimeAsync(200)
  expect(reads()).toBe(2)
  // Nothing is told: a poll every quarter of a minute.
  await vi.advanceTimersByTimeAsync(60_000)
  expect(reads()).toBeGreaterThanOrEqual(5)
  expect(reads()).toBeLessThanOrEqual(7)
})

test('a read that fails keeps what is on the screen and says so', async () => {
  let works = true
  const { text, press } = await open({}, {
    handlers: {
      'liveDesk.state': () => {
        if (works) return state()
        throw new FakeFailure('databaseUnavailable')
      },
    },
  })
  works = false
  await press('r', { altKey: true })
  expect(text()).toContain('Нет связи с базой данных.')
  expect(rows()).toHaveLength(2)
})

test.each([[0, 'до минуты'], [59, 'до минуты'], [60, '1 мин'], [3599, '59 мин'], [3600, '1 ч 00 мин'], [7500, '2 ч 05 мин']])('%i s is «%s»', (seconds, text) => {
  expect(lastsText(seconds)).toBe(text)
})

test.each([[599, null], [600, 'long'], [1199, 'long'], [1200, 'tooLong']])('%i s with limits of 10 and 20 minutes: %s', (seconds, length) => {
  expect(lengthOf(seconds, { longMinutes: 10, tooLongMinutes: 20, version: 1 })).toBe(length)
})
