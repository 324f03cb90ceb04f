import { readFileSync } from 'node:fs'
import { addMonthsToPeriod } from '@shared/domain/dates'
import { parseGostQr } from '@shared/domain/gost-qr'
import { formatAmount, formatMoney } from '@shared/domain/money'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { qrOf, textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

const plain = (text: string) => text.replace(/[\s\u00a0\u202f]+/g, ' ').trim()
const saved = () => plain(textOf(readFileSync(desk.saveTo.path!)))
const save = { how: 'save' } as const

async function ask(provider = 'enser') {
  const { visit, account } = await openVisit(desk, cast.maria)
  const target = { visitId: visit.id, accountId: account(provider).id }
  const { rows } = await office.owner.raw(`select to_char(max(period), 'YYYY-MM') as period from charge where account_id = ?`, [target.accountId])
  return { target, period: rows[0].period as string }
}
const owe = (accountId: number, period: string, more: number) =>
  office.owner.raw(`update charge set closing = closing + ?, opening = opening + ? where account_id = ? and period = ? and service = (select min(service) from charge where account_id = ? and period = ?)`, [more, more, accountId, `${period}-01`, accountId, `${period}-01`])
const operations = async (kind: string) => (await office.owner.raw('select details from operation where kind = ?', [kind])).rows as { details: Record<string, unknown> }[]

describe('an invoice', () => {
  test('asks for the debt of today: the balance of the last period less what was paid since, with a code that says so', async () => {
    const { target, period } = await ask()
    await owe(target.accountId, period, 500_000)
    await office.owner.raw(`insert into payment (provider_id, payment_id, account_id, paid_on, amount) select provider_id, 'test-1', id, ?, 12345 from account where id = ?`, [`${addMonthsToPeriod(period, 1)}-02`, target.accountId])
    const draft = await desk.api.paymentDocuments.invoiceDraft(target)
    const debt = draft.closing - draft.paidSince
    const { rows } = await office.owner.raw('select sum(closing)::int as closing, (select sum(amount)::int from payment where account_id = ? and paid_on >= ?) as paid from charge where account_id = ? and period = ?', [
      target.accountId, `${addMonthsToPeriod(period, 1)}-01`, target.accountId, `${period}-01`,
    ])
    expect(draft).toMatchObject({ period, closing: rows[0].closing, paidSince: rows[0].paid })
    const given = await desk.api.paymentDocuments.invoice({ operationId: operation(), ...target, amount: null, parts: [], readings: false, output: save })
    expect(given).toMatchObject({ amount: debt, number: expect.stringMatching(/^СЧ-\d{6}$/) as string })
    const text = saved()
    for (const words of [given.number, formatMoney(debt), formatMoney(draft.closing), formatMoney(draft.paidSince)]) expect(text).toContain(plain(words))
    const code = parseGostQr(new TextDecoder().decode(qrOf(readFileSync(desk.saveTo.path!))!.bytes))
    expect(code).toMatchObject({ sum: debt, fields: { TechCode: '02' } })
    expect(await operations('paymentDocuments.invoice')).toMatchObject([{ details: { number: given.number, amount: debt, delivered: 'save' } }])
  })

  test('asks for another sum, divided by services where the visitor wants it', async () => {
    const { target } = await ask()
    const { services } = await desk.api.paymentDocuments.invoiceDraft(target)
    const [one, two] = services
    const parts = [{ service: one!.service, amount: 100_000 }, { service: two!.service, amount: 50_050 }]
    await desk.api.paymentDocuments.invoice({ operationId: operation(), ...target, amount: 150_050, parts, readings: false, output: save })
    const text = saved()
    for (const words of ['1 500,50 ₽', 'В том числе', one!.name, '1 000,00', two!.name, '500,50', 'Одна тысяча пятьсот рублей 50 копеек']) expect(text).toContain(words)
    const wrong = (change: object) => failureOf(desk, 'paymentDocuments.invoice', { operationId: operation(), ...target, amount: 150_050, parts, readings: false, output: save, ...change })
    expect(await wrong({ amount: 150_051 })).toMatchObject({ code: 'invalidInput', reason: 'partsDiffer' })
    expect(await wrong({ amount: 100, parts: [{ service: 'nothing', amount: 100 }] })).toMatchObject({ reason: 'partsUnknown' })
    expect(await wrong({ amount: 0, parts: [] })).toMatchObject({ code: 'invalidInput' })
    expect(await operations('paymentDocuments.invoice')).toHaveLength(1)
  })

  test('of a debt that is none is not made', async () => {
    const { target, period } = await ask()
    await office.owner.raw('update charge set closing = -100 where account_id = ? and period = ?', [target.accountId, `${period}-01`])
    expect(await failureOf(desk, 'paymentDocuments.invoicePreview', { ...target, amount: null, parts: [], readings: false })).toMatchObject({ code: 'conflict', reason: 'nothingOwed' })
    expect((await desk.api.paymentDocuments.invoicePreview({ ...target, amount: 100, parts: [], readings: false })).pdf.length).toBeGreaterThan(1000)
    expect(await operations('paymentDocuments.invoice')).toEqual([])
  })

  test('names the readings taken in this visit; the code names a single meter of one dial', async () => {
    const { target } = await ask()
    const { rows } = await office.owner.raw(
      `insert into meter_reading (meter_id, account_id, taken_on, period, t1, channel, status, visit_id)
       select m.id, m.account_id, office_today(), date_trunc('month', office_today())::date, 7654321000 % (10 ^ m.digits * 1000)::bigint, 'desk', 'entered', ? from meter m
       where m.account_id = ? and m.zones = 1 and m.removed_on is null order by m.id limit 1 returning (select serial from meter where id = meter_id) as serial`,
      [target.visitId, target.accountId],
    )
    const serial = rows[0].serial as string
    await desk.api.paymentDocuments.invoice({ operationId: operation(), ...target, amount: 100_00, parts: [], readings: true, output: save })
    expect(saved()).toContain(serial)
    expect(parseGostQr(new TextDecoder().decode(qrOf(readFileSync(desk.saveTo.path!))!.bytes))).toMatchObject({ fields: { CounterId: serial } })
    await desk.api.paymentDocuments.invoice({ operationId: operation(), ...target, amount: 100_00, parts: [], readings: false, output: save })
    expect(saved()).not.toContain(serial)
  })
})

describe('a statement of settlements', () => {
  test('goes from the opening balance by charges and payments to billing’s closing one', async () => {
    const { target, period } = await ask()
    const from = addMonthsToPeriod(period, -3)
    await desk.api.paymentDocuments.statement({ operationId: operation(), ...target, from, to: period, penalty: false, output: save })
    const text = saved()
    const { rows } = await office.owner.raw(
      `select sum(opening) filter (where period = ?)::int as opening, sum(closing) filter (where period = ?)::int as closing, sum(accrued + accrued_common + recalculated - benefit + penalty)::int as accrued, sum(paid)::int as paid
       from charge where account_id = ? and period between ? and ?`,
      [`${from}-01`, `${period}-01`, target.accountId, `${from}-01`, `${period}-01`],
    )
    const [{ opening, closing, accrued, paid }] = rows
    expect(opening + accrued - paid).toBe(closing)
    for (const sum of [opening, closing, accrued, paid]) expect(text).toContain(plain(formatAmount(Math.abs(sum))))
    const payments = await office.owner.raw('select to_char(paid_on, $$DD.MM.YYYY$$) as on, amount::int from payment where account_id = ? and paid_on between ? and ?', [target.accountId, `${from}-01`, `${period}-28`])
    expect(payments.rows.length).toBeGreaterThan(0)
    for (const { on, amount } of payments.rows) for (const words of [on, formatAmount(amount)]) expect(text).toContain(plain(words))
    expect(await operations('statements.give')).toMatchObject([{ details: { from, to: period, delivered: 'save' } }])
  })

  test('needs a document of the visitor, months in order and no more than three years of them', async () => {
    const { target, period } = await ask()
    const wrong = (change: object, at = target) => failureOf(desk, 'paymentDocuments.statementPreview', { ...at, from: period, to: period, penalty: false, ...change })
    expect(await wrong({ from: period, to: addMonthsToPeriod(period, -1) })).toMatchObject({ reason: 'statementMonthsOrder' })
    expect(await wrong({ from: addMonthsToPeriod(period, -36) })).toMatchObject({ reason: 'statementTooLong' })
    await desk.api.visits.close({ operationId: operation(), visitId: target.visitId })
    const { visit, account } = await openVisit(desk, cast.maria, 'readingsOnly')
    expect(await wrong({}, { visitId: visit.id, accountId: account('enser').id })).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
  })
})

test('how пени came about is told beside billing’s figure, which stays the one in force', async () => {
  const { target, period } = await ask()
  const before = addMonthsToPeriod(period, -3)
  await office.owner.raw('update charge set penalty = 4321 where account_id = ? and period = ? and service = (select min(service) from charge where account_id = ? and period = ?)', [target.accountId, `${period}-01`, target.accountId, `${period}-01`])
  await office.owner.raw('delete from payment where account_id = ? and paid_on >= ?', [target.accountId, `${before}-01`])
  await office.owner.raw('update charge set paid = 0 where account_id = ? and period >= ?', [target.accountId, `${before}-01`])
  const billed = async () => (await office.owner.raw('select sum(penalty)::int as penalty from charge where account_id = ? and period = ?', [target.accountId, `${period}-01`])).rows[0].penalty as number
  const figure = await billed()
  const account = await desk.api.paymentDocuments.penalty({ ...target, period })
  expect(account).toMatchObject({ period, billed: figure, why: null, rateBasisPoints: 950 })
  expect(account.lines.length).toBeGreaterThan(0)
  expect(account.reckoned).toBe(account.lines.reduce((sum, { amount }) => sum + amount, 0))
  expect(await billed()).toBe(figure)
  await office.owner.raw(`update provider set profile = jsonb_set(profile, '{paymentDocument,penaltyRates}', '[]') where code = 'enser'`)
  expect(await desk.api.paymentDocuments.penalty({ ...target, period })).toMatchObject({ reckoned: null, why: 'noRate', lines: [] })
})
