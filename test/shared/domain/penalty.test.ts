import { expect, test } from 'vitest'
import { penalty } from '@shared/domain/penalty'

const debt = { debt: 500_000, deadline: '2026-04-15', rateBasisPoints: 950 }

test.each([
  ['2026-04-15', 0, 0, 0, 0],
  ['2026-05-15', 30, 0, 0, 0],
  ['2026-05-16', 31, 1, 0, 158],
  ['2026-07-14', 90, 60, 0, 9500],
  ['2026-07-15', 91, 60, 1, 9865],
  ['2026-07-31', 107, 60, 17, 15712],
])('5 000 ₽ due on 15.04.2026 and paid on %s', (paidOn, daysOverdue, daysAt300, daysAt130, amount) => {
  expect(penalty({ ...debt, paidOn })).toEqual({ amount, daysOverdue, daysAt300, daysAt130 })
})

test('a long debt grows at 1/130 after ninety days', () => {
  expect(penalty({ debt: 123_456, deadline: '2026-03-16', paidOn: '2026-11-22', rateBasisPoints: 950 }))
    .toEqual({ amount: 16871, daysOverdue: 251, daysAt300: 60, daysAt130: 161 })
})

test('a kopeck grows nothing, and neither do an overpayment or a payment before the deadline', () => {
  expect(penalty({ ...debt, debt: 1, paidOn: '2026-11-22' }).amount).toBe(0)
  expect(penalty({ ...debt, debt: -500_000, paidOn: '2026-11-22' }).amount).toBe(0)
  expect(penalty({ ...debt, paidOn: '2026-01-01' })).toMatchObject({ amount: 0, daysOverdue: 0 })
})

test('capital repair stays at 1/300', () => {
  expect(penalty({ ...debt, paidOn: '2026-07-31', isCapitalRepair: true })).toMatchObject({ daysAt300: 77, daysAt130: 0, amount: 12192 })
})
