import { expect, test } from 'vitest'
import { figuresOf, inTurns, percentile, timesTarget } from './harness'
import { readOptions } from './options'
import { tableOf } from './report'

test('percentiles are values that were measured, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => index + 1)
  expect([0.5, 0.95, 0.99, 1].map((part) => percentile(hundred, part))).toEqual([50, 95, 99, 100])
  expect([0.5, 0.99].map((part) => percentile([7], part))).toEqual([7, 7])
  expect(percentile([], 0.5)).toBeNaN()
})

test('figures do not depend on the order of the times', () => {
  expect(figuresOf([5, 1, 4, 2, 3], 9)).toEqual({ count: 5, first: 9, p50: 3, p95: 5, p99: 5 })
  expect(figuresOf([100, 9, 20]).p50).toBe(20)
})

test('subjects take turns, the warm-up is not counted, what is prepared is not timed', async () => {
  const calls: string[] = []
  const subject = (name: string) => ({ name, before: async () => calls.push(`before ${name}`), run: async (round: number) => calls.push(`${name}${round}`) })
  const figures = await inTurns([subject('a'), subject('b')], { rounds: 3, warmUp: 1 })
  expect(calls.filter((call) => !call.startsWith('before'))).toEqual(['a0', 'b0', 'b1', 'a1', 'a2', 'b2', 'b3', 'a3'])
  expect(calls.length).toBe(16)
  expect(figures.get('a')).toMatchObject({ count: 3 })
})

test('a target of ratios is met by the figures of the same run only', () => {
  const of = (p50: number, p99: number) => ({ count: 1, first: 0, p50, p95: p99, p99 })
  expect(timesTarget(of(3, 8), of(1, 1), { p50: 3, p99: 8 })).toEqual({ text: 'p50 ≤ 3 ×, p99 ≤ 8 ×', met: true })
  expect(timesTarget(of(3.1, 8), of(1, 1), { p50: 3, p99: 8 }).met).toBe(false)
  expect(timesTarget(of(3, 8.1), of(1, 1), { p50: 3, p99: 8 }).met).toBe(false)
})

test('fewer people have fewer of everything; what makes no sense is refused', () => {
  expect(readOptions(['--subscribers', '100_000'], [])).toMatchObject({ subscribers: 100_000, accounts: 120_000, meters: 200_000, charges: 600_000 })
  expect(readOptions(['--readings', '12000000'], [])).toMatchObject({ subscribers: 1_000_000, readings: 12_000_000 })
  expect(() => readOptions(['--subscribers', 'many'], [])).toThrow('--subscribers')
  expect(() => readOptions(['--only', 'search,weather'], ['search'])).toThrow('weather')
})

test('the table marks what was missed', () => {
  const times = { count: 1, first: 2, p50: 1, p95: 1, p99: 1 }
  const table = tableOf(new Map([['search', [{ what: 'a name', times, target: { text: 'p50 ≤ 3 ms', met: true } }, { what: 'a passport', times, target: { text: 'p50 ≤ 0.5 ms', met: false } }]]]))
  expect(table).toMatch(/a name .* met$/m)
  expect(table).toMatch(/a passport .* MISSED$/m)
})
