import { groupByVisit, mergedEntries, minutesOf } from '@renderer/features/desk/timeline-groups'
import type { Card, CardVisit, TimelineEntry } from '@shared/contract/desk'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { at, card } from '../../../support/fake-office'
import { click, press, text } from '../../../support/fake-page'
import { openTimeline } from './open-overview'

const [own, closed, readings, printed] = card.timeline as [TimelineEntry, TimelineEntry, TimelineEntry, TimelineEntry]
const uuid = (n: number) => `6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f2${String(n).padStart(3, '0')}`
const note = (n: number, when = at('12:00', '2026-03-01')): TimelineEntry => ({ ...readings, operationId: uuid(n), visitId: null, at: when, kind: 'desk.addNote', group: 'notes', details: {} })
/** As many as the card brings at most: there may be more before them. */
const full: Card = { ...card, timeline: Array.from({ length: 60 }, (_, n) => ({ ...readings, operationId: uuid(n), at: at('12:00', `2026-09-${String(30 - Math.floor(n / 3)).padStart(2, '0')}`) })) }

async function choose(filter: string) {
  const select = document.querySelector('select')!
  select.value = filter
  select.dispatchEvent(new Event('change'))
  await flushPromises()
}

test('what was done in one visit stands together, also when another desk did something in between', () => {
  const other = { ...readings, operationId: uuid(1), visitId: 812, at: at('15:19', '2026-10-21') }
  const groups = groupByVisit([own, closed, other, readings, printed], card.visits)
  expect(groups.map(({ key, entries }) => [key, entries.length])).toEqual([['visit 900', 1], ['visit 811', 3], ['visit 812', 1]])
  expect(groups.map(({ visit }) => visit?.id)).toEqual([900, 811, undefined])
})

test('what was done without a visit stands by the office’s days', () => {
  const groups = groupByVisit([note(1, '2026-03-01T20:30:00Z'), note(2, '2026-03-01T10:00:00Z')], [], 'Asia/Yekaterinburg')
  expect(groups.map(({ key }) => key)).toEqual(['day 2026-03-02', 'day 2026-03-01'])
})

test('an entry is there once, as the card knows it now', () => {
  const stale = { ...readings, undone: false }
  const now = { ...readings, undone: true }
  expect(mergedEntries([now], [stale, note(1)]).map(({ operationId, undone }) => [operationId, undone])).toEqual([[readings.operationId, true], [uuid(1), false]])
})

test.each([
  [at('15:20', '2026-10-21'), 3],
  [at('15:17', '2026-10-21'), 1],
  [null, null],
])('a visit closed at %s took %s minutes', (closedAt, minutes) => {
  expect(minutesOf({ ...(card.visits[1] as CardVisit), closedAt })).toBe(minutes)
})

test('a visit is told with its day, window, member of staff, identification and duration', async () => {
  await openTimeline()
  expect(text()).toContain('Это обслуживание')
  expect(text()).toContain('21 октября 2026 г.')
  expect(text()).toMatch(/окно 2 · Петренко И\. И\. · по документу · 3 минуты/)
})

test('a filter shows one kind and says when there is none; Alt+T goes to it', async () => {
  const { bridge } = await openTimeline()
  await press('KeyT', { altKey: true })
  expect(document.activeElement).toBe(document.querySelector('select'))
  await choose('readings')
  expect(text()).toContain('Внесены показания, счёт 740015023')
  expect(text()).not.toContain('Напечатана квитанция')
  await choose('portal')
  expect(text()).toContain('Такого здесь ещё не было')
  await choose('own')
  expect(text()).toContain('Начато обслуживание')
  expect(text()).not.toContain('Внесены показания')
  // Fewer than the card can hold: there is nothing before them to ask for.
  expect(bridge.inputsOf('desk.timeline')).toEqual([])
})

test('earlier ones come by pages, without a gap and without an end that is none', async () => {
  const pages = [{ entries: [note(101)], more: true }, { entries: [note(102, at('12:00', '2026-02-01'))], more: false }]
  const { bridge } = await openTimeline({ card: full, handlers: { 'desk.timeline': () => pages.shift() } })
  await click('Показать раньше')
  await click('Показать раньше')
  expect(bridge.inputsOf('desk.timeline')).toEqual([
    { subscriberId: 1, before: full.timeline.at(-1)!.at },
    { subscriberId: 1, before: note(101).at },
  ])
  expect(text()).toContain('1 марта 2026 г.')
  expect(text()).toContain('1 февраля 2026 г.')
  expect(text()).not.toContain('Показать раньше')
})

test('a kind that is not among the latest is looked for among the earlier ones', async () => {
  const { bridge } = await openTimeline({ card: full, handlers: { 'desk.timeline': () => ({ entries: [note(101)], more: false }) } })
  await choose('notes')
  expect(bridge.inputsOf('desk.timeline')).toEqual([{ subscriberId: 1, before: full.timeline.at(-1)!.at, group: 'notes' }])
  expect(text()).toContain('Записана заметка')
})

test('earlier ones that can not be read are told, and what is shown stays', async () => {
  await openTimeline({
    card: full,
    handlers: {
      'desk.timeline': () => {
        throw new FakeFailure('databaseUnavailable')
      },
    },
  })
  await click('Показать раньше')
  expect(text()).toContain('Нет связи с базой данных.')
  expect(text()).toContain('Внесены показания')
})

test('an own action of this visit is taken back after a question that repeats whose card it is', async () => {
  const mine = { ...own, operationId: uuid(7), kind: 'contacts.changeEmail', group: 'contacts' as const, canUndo: true, details: { to: 'e***@mail.ru' } }
  const { bridge } = await openTimeline({ card: { ...card, timeline: [mine, own] } })
  await click('Отменить')
  expect(document.querySelector('dialog[open]')?.textContent).toContain(card.subscriber.name)
  document.querySelector('dialog[open] form')!.dispatchEvent(new Event('submit', { cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('visits.undo')).toMatchObject([{ target: uuid(7) }])
})
