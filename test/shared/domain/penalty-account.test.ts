import { expect, test } from 'vitest'
import { penalty } from '@shared/domain/penalty'
import { penaltyOf, type PenaltyFacts, type SettledRow } from '@shared/domain/penalty-account'
import { addMonthsToPeriod } from '@shared/domain/dates'

const rate = [{ since: '2022-02-28', until: '2026-12-31', basisPoints: 950 }]
const row = (period: string, change: Partial<SettledRow> = {}): SettledRow => ({ period, service: 'heat', opening: 0, accrued: 0, recalculated: 0, benefit: 0, penalty: 0, paid: 0, ...change })
const facts = (rows: SettledRow[], payments: PenaltyFacts['payments'] = [], change: Partial<PenaltyFacts> = {}): PenaltyFacts => ({ rows, payments, penaltyRates: rate, payerKind: 'person', provider: { kind: 'utility' }, ...change })
const months = (from: string, count: number) => Array.from({ length: count }, (_, index) => addMonthsToPeriod(from, index))

// March 2026 is due on 15.04.2026 (domain: vectors of ЖК РФ ст. 155 ч. 14).
const unpaid = facts(months('2026-03', 8).map((period) => row(period, { accrued: period === '2026-03' ? 500_000 : 0 })))

test('months of a debt add up to the пени of the whole debt, rounding apart', () => {
  const each = months('2026-04', 7).map((period) => penaltyOf(unpaid, period))
  const whole = penalty({ debt: 500_000, deadline: '2026-04-15', paidOn: '2026-10-31', rateBasisPoints: 950 }).amount
  expect(Math.abs(each.reduce((sum, { reckoned }) => sum + (reckoned ?? 0), 0) - whole)).toBeLessThanOrEqual(each.length)
})

test('the thirtieth day costs nothing, the thirty-first does; from the ninety-first the rate is higher', () => {
  expect(penaltyOf(unpaid, '2026-04')).toMatchObject({ reckoned: 0, lines: [] })
  expect(penaltyOf(unpaid, '2026-05').lines).toEqual([{ period: '2026-03', capitalRepair: false, debt: 500_000, deadline: '2026-04-15', daysAt300: 16, daysAt130: 0, amount: 2533 }])
  // 14.07.2026 is the ninetieth day.
  expect(penaltyOf(unpaid, '2026-07').lines).toMatchObject([{ daysAt300: 14, daysAt130: 17 }])
})

test('a payment settles the oldest debt, and its own day still counts', () => {
  const rows = months('2026-03', 4).map((period) => row(period, { accrued: 100_000, paid: period === '2026-06' ? 150_000 : 0 }))
  const { lines } = penaltyOf(facts(rows, [{ paidOn: '2026-06-10', amount: 150_000 }]), '2026-06')
  expect(lines).toMatchObject([
    { period: '2026-03', debt: 100_000, daysAt300: 10 },
    // April is due on 15.05.2026: its days begin on 15.06, for the half that is left.
    { period: '2026-04', debt: 50_000, daysAt300: 16 },
  ])
})

test('an advance leaves nothing to grow, and no пени grow on пени', () => {
  expect(penaltyOf(facts([row('2026-03', { opening: -500_000, accrued: 400_000 }), ...months('2026-04', 4).map((period) => row(period))]), '2026-07')).toMatchObject({ reckoned: 0, lines: [] })
  const withPenalty = facts(months('2026-03', 8).map((period) => row(period, { accrued: period === '2026-03' ? 500_000 : 0, penalty: period === '2026-05' ? 100_000 : 0 })))
  expect(penaltyOf(withPenalty, '2026-10').reckoned).toBe(penaltyOf(unpaid, '2026-10').reckoned)
})

test('capital repair stays at 1/300 and is a line of its own', () => {
  const rows = months('2026-03', 8).flatMap((period) => [row(period, { accrued: period === '2026-03' ? 100_000 : 0 }), row(period, { service: 'capital_repair', accrued: period === '2026-03' ? 100_000 : 0 })])
  expect(penaltyOf(facts(rows), '2026-10').lines).toMatchObject([{ capitalRepair: false, daysAt300: 0, daysAt130: 31 }, { capitalRepair: true, daysAt300: 31, daysAt130: 0 }])
})

test('what billing charged is told, and nothing is reckoned where the law or the rate is not known', () => {
  const asked = (change: Partial<PenaltyFacts>) => penaltyOf(facts([row('2026-10', { penalty: 777 })], [], change), '2026-10')
  expect(asked({})).toMatchObject({ billed: 777, reckoned: 0, why: null })
  expect(asked({ payerKind: 'organisation' })).toMatchObject({ billed: 777, reckoned: null, why: 'organisation' })
  expect(asked({ provider: { kind: 'internet' } })).toMatchObject({ why: 'internet' })
  expect(asked({ penaltyRates: [] })).toMatchObject({ why: 'noRate' })
  // Until 01.01.2027 and no day longer.
  expect(penaltyOf(facts([row('2027-01', { penalty: 1 })]), '2027-01')).toMatchObject({ reckoned: null, why: 'noRate' })
})
