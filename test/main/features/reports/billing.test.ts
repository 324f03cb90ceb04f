import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { openTestOffice, type TestDesk, type TestOffice } from '../../../support/test-app'
import { byHand, officeDay, reportsOf } from './asked'

// Debts and their ages, counted here once more by putting every payment on the oldest charge, one after another.

let office: TestOffice
let seniorDesk: TestDesk
let senior: ReturnType<typeof reportsOf>
let today: string

beforeAll(async () => {
  office = await openTestOffice()
  seniorDesk = await office.desk('senior')
  senior = reportsOf(seniorDesk)
  today = await officeDay(office)
})
afterAll(() => office.close())

interface Ledger {
  /** The balance before the first period. */
  opening: number
  periods: { period: string; net: number; paid: number }[]
  paidAfter: number
}

/** What is left of each period when credits are put on the oldest debits. */
function leftOf({ opening, periods, paidAfter }: Ledger): Map<string, number> {
  const debits = periods.map(({ period, net }, i) => ({ period, left: Math.max(net, 0) + (i === 0 ? Math.max(opening, 0) : 0) }))
  let credit = paidAfter + Math.max(-opening, 0) + periods.reduce((sum, { net, paid }) => sum + paid + Math.max(-net, 0), 0)
  for (const debit of debits) {
    const used = Math.min(debit.left, credit)
    debit.left -= used
    credit -= used
  }
  return new Map(debits.filter(({ left }) => left > 0).map(({ period, left }) => [period, left]))
}

/** ЖК РФ ст. 155 ч. 1 and ГК РФ ст. 193: by the 15th of the next month (before March 2026 the 10th), moved off a weekend; telecom by the end of the month. */
function dueOf(period: string, kind: string): Date {
  const [year = 0, month = 0] = period.split('-').map(Number)
  if (kind !== 'utility') return new Date(Date.UTC(year, month, 0))
  const due = new Date(Date.UTC(year, month, period >= '2026-03-01' ? 15 : 10))
  due.setUTCDate(due.getUTCDate() + ({ 6: 2, 0: 1 }[due.getUTCDay()] ?? 0))
  return due
}
const ageOf = (period: string, kind: string) => Math.round((Date.parse(today) - dueOf(period, kind).getTime()) / 86_400_000)
const bucketOf = (days: number) => (days <= 30 ? 'to30' : days <= 60 ? 'to60' : days <= 90 ? 'to90' : days <= 180 ? 'to180' : days <= 365 ? 'to365' : 'over365')

/** Every account's ledger as billing has it. */
async function ledgers() {
  const rows = await byHand<{ account: string; provider: string; kind: string; street: string; number: string; opening: string; periods: { period: string; net: number; paid: number }[]; after: string }>(
    office,
    `select a.id as account, p.name as provider, p.profile #>> '{paymentDocument,kind}' as kind, h.locality || ', ' || h.street as street, a.number,
       (select sum(opening) from charge c where c.account_id = a.id and c.period = (select min(period) from charge where account_id = a.id)) as opening,
       (select json_agg(json_build_object('period', x.period, 'net', x.net, 'paid', x.paid) order by x.period) from
          (select period, sum(accrued) + sum(accrued_common) + sum(recalculated) - sum(benefit) + sum(penalty) as net, sum(paid) as paid from charge where account_id = a.id group by period) x) as periods,
       coalesce((select sum(amount) from payment y where y.account_id = a.id and y.paid_on > (select max(period) + interval '1 month' - interval '1 day' from charge where account_id = a.id)), 0) as after
     from account a join provider p on p.id = a.provider_id join address h on h.id = a.address_id where exists (select from charge where account_id = a.id)`,
  )
  return rows.map((row) => ({ ...row, left: leftOf({ opening: Number(row.opening), periods: row.periods, paidAfter: Number(row.after) }) }))
}

const ages = ['to30', 'to60', 'to90', 'to180', 'to365', 'over365'] as const
/** The sums a report must show of some accounts. */
function summed(accounts: Awaited<ReturnType<typeof ledgers>>) {
  const sums = { debtors: 0, debt: 0, to30: 0, to60: 0, to90: 0, to180: 0, to365: 0, over365: 0 }
  for (const { left, kind } of accounts) {
    if (left.size > 0) sums.debtors++
    for (const [period, amount] of left) {
      sums.debt += amount
      sums[bucketOf(ageOf(period, kind))] += amount
    }
  }
  return sums
}
const figures = (row: Record<string, unknown>) => Object.fromEntries(['debtors', 'debt', ...ages].map((key) => [key, row[key]]))
function grouped(accounts: Awaited<ReturnType<typeof ledgers>>, key: (account: (typeof accounts)[number]) => string) {
  const groups = new Map<string, typeof accounts>()
  for (const account of accounts) if (account.left.size > 0) groups.set(key(account), [...(groups.get(key(account)) ?? []), account])
  return groups
}

async function equalByHand() {
  const all = await ledgers()
  const { rows, totals } = await senior.run('debtAging', {})
  expect(Object.fromEntries(rows.map((row) => [row['provider'], figures(row)]))).toEqual(Object.fromEntries([...grouped(all, ({ provider }) => provider)].map(([provider, accounts]) => [provider, summed(accounts)])))
  expect(figures(totals)).toEqual(summed(all))

  const streets = await senior.run('debtByStreet', {})
  const expected = [...grouped(all, ({ provider, street }) => `${provider} ${street}`)].map(([key, accounts]) => [key, summed(accounts)])
  expect(Object.fromEntries(streets.rows.map((row) => [`${row['provider']} ${row['street']}`, figures(row)]))).toEqual(Object.fromEntries(expected))
  expect(figures(streets.totals)).toEqual(summed(all))

  const debtors = await senior.rows('topDebtors', {})
  const largest = all.filter(({ left }) => left.size > 0).map((account) => ({ number: account.number, debt: summed([account]).debt })).sort((a, b) => b.debt - a.debt).slice(0, 100)
  expect(debtors.map(({ debt }) => debt)).toEqual(largest.map(({ debt }) => debt))
  expect(Object.fromEntries(debtors.map((row) => [row['accountNumber'], row['debt']]))).toEqual(Object.fromEntries(largest.map(({ number, debt }) => [number, debt])))
  return summed(all)
}

describe('debts of the training office', () => {
  test('by provider, street and account are what the ledger says', async () => {
    const all = await equalByHand()
    expect(all.debtors).toBeGreaterThan(10)
    expect(ages.filter((age) => all[age] > 0).length).toBeGreaterThan(3)
  })

  test('are what the card says', async () => {
    const [row] = (await senior.rows('topDebtors', {})).filter(({ accountNumber }) => accountNumber === cast.maria.accounts[0]!.account)
    const card = await seniorDesk.api.desk.card({ subscriberId: Number(row!['subscriberId']) })
    const balance = card.accounts.find(({ number }) => number === row!['accountNumber'])!.balance!
    expect(row!['debt']).toBe(balance.closing - balance.paidAfter)
    // Nothing that names her.
    expect(JSON.stringify(row)).not.toContain('Соколова')
  })

  test('that are kept are the same, and a payment that comes afterwards is counted at once', async () => {
    const kept = async () => (await byHand<{ changed: number; n: number }>(office, `select (select count(*)::int from report_changed_account where what = 'debt') as changed, (select count(*)::int from report_debt) as n`))[0]!
    await office.owner.raw('select report_fold_debt()')
    const before = await kept()
    expect(before.changed).toBe(0)
    const all = await equalByHand()
    expect(before.n).toBe(all.debtors)

    const [debtor] = await senior.rows('topDebtors', {})
    await office.owner.raw(
      `insert into payment (provider_id, payment_id, account_id, paid_on, amount) select a.provider_id, 'late', a.id, ?, ? from account a where a.number = ?`,
      [today, Number(debtor!['debt']) - 1, debtor!['accountNumber'] as string],
    )
    expect(await kept()).toEqual({ changed: 1, n: before.n })
    const after = await equalByHand()
    expect(after.debt).toBe(all.debt - Number(debtor!['debt']) + 1)
    expect(after.debtors).toBe(all.debtors)
    // One more kopeck, and there is one debtor less.
    await office.owner.raw(`insert into payment (provider_id, payment_id, account_id, paid_on, amount) select a.provider_id, 'last', a.id, ?, 1 from account a where a.number = ?`, [today, debtor!['accountNumber'] as string])
    expect((await equalByHand()).debtors).toBe(all.debtors - 1)
    await office.owner.raw('select report_fold_debt()')
    expect(await kept()).toEqual({ changed: 0, n: before.n - 1 })
    await equalByHand()
  })

  test('lead from a provider to its streets and from a street to its accounts', async () => {
    const [provider] = await senior.rows('debtAging', {})
    const streets = await senior.rows('debtByStreet', { provider: String(provider!['providerCode']) })
    expect(streets.reduce((sum, { debt }) => sum + Number(debt), 0)).toBe(provider!['debt'])
    const [street] = streets
    const debtors = await senior.rows('topDebtors', { provider: String(street!['providerCode']), locality: String(street!['locality']), streetName: String(street!['streetName']) })
    expect(debtors.reduce((sum, { debt }) => sum + Number(debt), 0)).toBe(street!['debt'])
    expect(debtors).toHaveLength(Number(street!['debtors']))
  })
})

test('debts of random ledgers are what putting each payment on the oldest charge leaves', async () => {
  let seed = 2026
  const next = (below: number) => (seed = (seed * 48_271) % 2_147_483_647) % below
  const accounts = await byHand<{ id: number }>(office, 'select id from account order by id limit 40')
  const made = accounts.map(({ id }) => {
    const months = 1 + next(14)
    const opening = next(3) === 0 ? next(50_000) - 20_000 : 0
    const periods = Array.from({ length: months }, (_, i) => ({ period: `${2025 + Math.floor((i + 8) / 12)}-${String(((i + 8) % 12) + 1).padStart(2, '0')}-01`, net: next(6) === 0 ? -next(30_000) : next(90_000), paid: next(3) === 0 ? 0 : next(100_000) }))
    return { id: Number(id), ledger: { opening, periods, paidAfter: next(4) === 0 ? next(60_000) - 5_000 : 0 } }
  })
  await office.owner.raw('delete from charge; delete from payment')
  for (const { id, ledger } of made) {
    let balance = ledger.opening
    for (const { period, net, paid } of ledger.periods) {
      const closing = balance + net - paid
      await office.owner.raw(`insert into charge (account_id, period, service, accrued, recalculated, opening, paid, closing) values (?, ?, 'heat', ?, ?, ?, ?, ?)`, [id, period, Math.max(net, 0), Math.min(net, 0), balance, paid, closing])
      balance = closing
    }
    if (ledger.paidAfter !== 0) {
      await office.owner.raw(`insert into payment (provider_id, payment_id, account_id, paid_on, amount) select provider_id, 'after ' || id, id, date '2027-01-05', ? from account where id = ?`, [ledger.paidAfter, id])
    }
  }
  const rows = await byHand<{ account: number; period: string; amount: number }>(office, `select account_id as account, period::text, amount from account_debts() order by 1, 2`)
  const left = (ledger: Ledger) => [...leftOf(ledger)].map(([period, amount]) => [period, amount])
  expect(made.map(({ id }) => [id, rows.filter(({ account }) => Number(account) === id).map(({ period, amount }) => [period, amount])])).toEqual(made.map(({ id, ledger }) => [id, left(ledger)]))
  expect(rows.length).toBeGreaterThan(30)
  await equalByHand()
})

describe('verification', () => {
  const days = { from: '2020-01-01', to: '2024-12-31' }

  beforeAll(async () => {
    // Six dates around the ends of months, one of a removed meter, one of a closed account.
    await office.owner.raw(`update meter set verified_until = null where verified_until between '2020-01-01' and '2024-12-31'`)
    const plan = [['0701000104', '2023-01-31'], ['0701000102', '2023-02-01'], ['0701000103', '2023-02-28'], ['0701000106', '2023-03-01'], ['А-012345', '2023-02-14']]
    for (const [number, date] of plan) {
      await office.owner.raw(`update meter set verified_until = ? where id = (select m.id from meter m join account a on a.id = m.account_id where a.number = ? and m.removed_on is null order by m.id limit 1)`, [date!, number!])
    }
    await office.owner.raw(`update meter set verified_until = '2023-02-02' where removed_on is not null`)
    await office.owner.raw(`update account set status = 'closed' where number = 'А-012345'`)
  })

  test('is due by month and service, without removed meters and closed accounts', async () => {
    const { rows, totals } = await senior.run('verificationDue', days)
    const hand = await byHand<{ month: string; service: string; meters: number }>(
      office,
      `select left(m.verified_until::text, 7) as month, m.service, count(*)::int as meters from meter m, account a where a.id = m.account_id and m.removed_on is null and a.status in ('active', 'suspended')
         and m.verified_until::text between '2020-01-01' and '2024-12-31' group by 1, 2 order by 1, 2`,
    )
    expect(rows.map(({ month, service, meters }) => ({ month, service, meters }))).toEqual(hand)
    expect(rows.map(({ month, meters, overdue }) => [month, meters, overdue])).toEqual([['2023-01', 1, 1], ['2023-02', 2, 2], ['2023-03', 1, 1]])
    expect(totals).toEqual({ meters: 4, overdue: 4 })
    expect(await senior.totals('verificationDue', { from: '2023-02-01', to: '2023-02-28' })).toMatchObject({ meters: 2 })
    expect(await senior.totals('verificationDue', { from: '2023-02-02', to: '2023-02-27' })).toMatchObject({ meters: 0 })
    expect(await senior.totals('verificationDue', { ...days, provider: 'enser' })).toMatchObject({ meters: 0 })
  })

  test('leads to houses and from a house to its meters, without names', async () => {
    const houses = await senior.rows('verificationByHouse', { ...days, month: '2023-02', service: 'cold_water' })
    expect(houses.map(({ house, meters }) => [house, meters])).toEqual([['г. Энск, пр-т Мира, д. 4', 1], ['г. Энск, ул. Ленина, д. 22', 1]])
    const { rows: [meter, ...more] } = await senior.run('verificationMeters', { ...days, locality: 'г. Энск', streetName: 'ул. Ленина', houseName: '22', service: 'cold_water' })
    expect(more).toEqual([])
    expect(meter).toMatchObject({ verifiedUntil: '2023-02-28', accountNumber: '0701000103', serial: '00120103', provider: 'EIS24' })
    expect(JSON.stringify(meter)).not.toContain('Иванов')
  })
})

test('debts that are kept are those counted anew after whatever befalls charges, payments, accounts and streets', async () => {
  const streets = 'select provider_id, locality, street, period::text, sum(debtors)::int as debtors, sum(amount) as amount from report_debt_streets($changed) group by 1, 2, 3, 4 having sum(amount) <> 0 order by 1, 2, 3, 4'
  const one = (table: string, seed: number) => `(select id from ${table} order by md5(id::text || '${seed}') limit 1)`
  const happenings = [
    (n: number) => `insert into payment (provider_id, payment_id, account_id, paid_on, amount) select a.provider_id, 'n${n}-' || a.id, a.id, date '${today}', 1000 * ${n} from account a where a.id % 5 = ${n % 5}`,
    (n: number) => `update payment set amount = amount + 700 where id % 7 = ${n % 7}`,
    (n: number) => `delete from payment where payment_id like 'n${n - 4}-%'`,
    (n: number) => `update charge set closing = closing + 12345, accrued = accrued + 12345 where account_id % 11 = ${n % 11}`,
    (n: number) => `delete from charge where account_id = ${one('account', n)} and period = (select max(period) from charge)`,
    (n: number) => `update account set address_id = ${one('address', n)} where id = ${one('account', n + 1)}`,
    (n: number) => `update address set street = 'ул. Новая ${n}' where id = ${one('address', n)}`,
    () => `update report_changed_account set account_id = null`,
  ]
  for (let n = 1; n <= 40; n++) {
    await office.owner.raw(happenings[n % happenings.length]!(n))
    if (n % 3 === 0) await office.owner.raw('select report_fold_debt()')
    const now = await byHand(office, streets.replace('$changed', `report_changed('debt')`))
    expect(now.length).toBeGreaterThan(5)
    expect(now).toEqual(await byHand(office, streets.replace('$changed', 'null')))
  }
  await office.owner.raw('select report_fold_debt()')
  expect(await byHand(office, 'select * from report_debt order by account_id')).toEqual(await byHand(office, 'select * from report_debts_counted() order by account_id'))
})

test('verification that is kept is what the meters say, whatever befalls meters, accounts and houses', async () => {
  const days = { from: '2024-01-01', to: '2028-12-31' }
  const one = (table: string, seed: number) => `(select id from ${table} order by md5(id::text || '${seed}') limit 1)`
  const happenings = [
    (n: number) => `update meter set verified_until = date '2027-01-01' + ${n} where id % 9 = ${n % 9}`,
    (n: number) => `update meter set removed_on = case when removed_on is null then date '2026-11-01' end, serial = serial || '-${n}' where id = ${one('meter', n)}`,
    (n: number) => `update account set status = case status when 'closed' then 'active' else 'closed' end where id = ${one('account', n)}`,
    (n: number) => `update account set address_id = ${one('address', n)} where id = ${one('account', n + 1)}`,
    (n: number) => `update address set house = '${n}', building = '${n % 2 ? n : ''}' where id = ${one('address', n)}`,
    (n: number) => `insert into meter (account_id, serial, service, digits, verified_until) select id, 'N${n}-' || id, 'gas', 6, date '2027-05-05' from account where id % 20 = ${n % 20}`,
  ]
  const byHouse = async () => Object.fromEntries((await senior.rows('verificationByHouse', days)).map(({ house, service, meters, overdue }) => [`${house} ${service}`, `${meters} ${overdue}`]))
  for (let n = 1; n <= 24; n++) {
    await office.owner.raw(happenings[n % happenings.length]!(n))
    if (n % 4 === 0) await office.owner.raw('select report_fold_due()')
    const rows = await byHand<{ house: string; n: string }>(office, `
      select h.locality || ', ' || h.street || ', д. ' || h.house || case h.building when '' then '' else ', корп. ' || h.building end || ' ' || m.service as house,
        count(*) || ' ' || count(case when m.verified_until < '${today}' then 1 end) as n
      from meter m, account a, address h where a.id = m.account_id and h.id = a.address_id and m.removed_on is null and a.status in ('active', 'suspended') and m.verified_until between '2024-01-01' and '2028-12-31' group by 1`)
    expect(await byHouse()).toEqual(Object.fromEntries(rows.map(({ house, n: counts }) => [house, counts])))
    expect(rows.length).toBeGreaterThan(10)
    const due = await senior.totals('verificationDue', days)
    expect(due['meters']).toBe(rows.reduce((sum, { n: counts }) => sum + Number(counts.split(' ')[0]), 0))
  }
  await office.owner.raw('select report_fold_due()')
  expect(await byHand(office, `select * from report_changed_account`)).toEqual([])
})
