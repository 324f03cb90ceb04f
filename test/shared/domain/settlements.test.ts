import fc from 'fast-check'
import { expect, test } from 'vitest'
import { addMonthsToPeriod } from '@shared/domain/dates'
import { settlementOf, usualStatement, type SettlementRow } from '@shared/domain/settlements'

const row = (period: string, change: Partial<SettlementRow> = {}): SettlementRow => {
  const own = { period, service: 'heat', name: 'Отопление', opening: 0, accrued: 0, recalculated: 0, benefit: 0, penalty: 0, paid: 0, ...change }
  return { ...own, closing: change.closing ?? own.opening + own.accrued + own.recalculated - own.benefit + own.penalty - own.paid }
}

test('payments stand on their days, charges on the last day of their month, and the balance runs through', () => {
  const { lines, ...sums } = settlementOf({
    from: '2026-09', to: '2026-10', chargedThrough: '2026-10',
    rows: [row('2026-09', { opening: 1000, accrued: 500, paid: 1000 }), row('2026-10', { opening: 500, accrued: 700, benefit: 100, penalty: 5 })],
    payments: [{ paidOn: '2026-09-12', amount: 1000, channel: 'банк' }],
  })
  expect(lines.map(({ kind, on, amount, balance }) => [kind, on, amount, balance])).toEqual([['payment', '2026-09-12', 1000, 0], ['charge', '2026-09-30', 500, 500], ['charge', '2026-10-31', 605, 1105]])
  expect(sums).toEqual({ opening: 1000, accrued: 1105, paid: 1000, difference: 0, closing: 1105 })
})

test('where payments and billing disagree a line says so and billing’s balance is the one', () => {
  const { lines, closing, difference } = settlementOf({ from: '2026-10', to: '2026-10', chargedThrough: '2026-10', rows: [row('2026-10', { accrued: 700, paid: 300 })], payments: [] })
  expect(lines.at(-1)).toMatchObject({ kind: 'difference', amount: -300, balance: 400 })
  expect([closing, difference]).toEqual([400, -300])
})

test('payments of the month that goes on come after the last charge', () => {
  const { closing } = settlementOf({ from: '2026-10', to: '2026-11', chargedThrough: '2026-10', rows: [row('2026-10', { accrued: 700 })], payments: [{ paidOn: '2026-11-03', amount: 200, channel: null }] })
  expect(closing).toBe(500)
})

test('the sums always make up the closing balance, and that is billing’s of the last month', () => {
  const money = fc.integer({ min: -1_000_00, max: 1_000_00 })
  const months = fc.array(fc.record({ opening: money, accrued: money, paid: money, closing: money, payment: money.filter((sum) => sum !== 0) }), { minLength: 1, maxLength: 6 })
  fc.assert(
    fc.property(months, (list) => {
      const from = '2026-01'
      const rows = list.map(({ opening, accrued, paid, closing }, index) => row(addMonthsToPeriod(from, index), { opening, accrued, paid, closing }))
      const payments = list.map(({ payment }, index) => ({ paidOn: `${addMonthsToPeriod(from, index)}-15`, amount: payment, channel: null }))
      const { opening, accrued, paid, difference, closing } = settlementOf({ from, to: addMonthsToPeriod(from, list.length - 1), chargedThrough: null, rows, payments })
      return opening + accrued - paid + difference === closing && closing === list.at(-1)!.closing
    }),
  )
})

test('the months proposed are the last twelve that are charged, or all there are', () => {
  expect(usualStatement(['2026-10', '2025-01', '2026-09'])).toEqual({ from: '2025-11', to: '2026-10' })
  expect(usualStatement(['2026-10', '2026-08'])).toEqual({ from: '2026-08', to: '2026-10' })
  expect(usualStatement([])).toBeNull()
})
