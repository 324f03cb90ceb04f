import { readFileSync } from 'node:fs'
import { addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import { paymentDocumentOf } from '@shared/domain/payment-document'
import { beforeEach, afterEach, expect, test } from 'vitest'
import { readyProvider } from '../../../../src/main/features/providers/ready-profiles'
import { drawPaymentDocument } from '../../../../src/main/printing/documents/payment-document'
import { cast } from '../../../../src/main/training'
import { textOf } from '../../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { failureOf, openVisit } from '../../../support/visit'

let office: TestOffice
let senior: TestDesk
let period: string
beforeEach(async () => {
  office = await openTestOffice()
  senior = await office.desk('senior')
  const { rows } = await office.owner.raw(`select to_char(max(period), 'YYYY-MM') as period from charge`)
  period = rows[0].period
})
afterEach(() => office.close())

const close = (at = senior, provider = 'enser', which = period) => at.api.paymentDocuments.closePeriod({ operationId: operation(), provider, period: which })
const documents = async (provider = 'enser') => {
  const { rows } = await office.owner.raw(
    `select d.account_id as account, d.number, d.due::int, d.issues, payment_document_content(d) as parts, encode(d.content_sha256, 'hex') as sha
     from payment_document d join account a on a.id = d.account_id join provider p on p.id = a.provider_id where p.code = ? and d.period = ? order by d.account_id`,
    [provider, `${period}-01`],
  )
  return rows as { account: number; number: string; due: number; issues: number; parts: { issuer: unknown; own: unknown }; sha: string }[]
}
const accountsWithCharges = async (provider = 'enser') => {
  const { rows } = await office.owner.raw(`select count(distinct a.id)::int as n from account a join provider p on p.id = a.provider_id join charge c on c.account_id = a.id where p.code = ? and c.period = ?`, [provider, `${period}-01`])
  return rows[0].n as number
}

test('closing makes a document for every account with charges, and the provider’s part of them once', async () => {
  const state = await close()
  const all = await documents()
  expect(state).toMatchObject({ provider: 'enser', period, state: 'closed', made: all.length, kept: 0, differing: 0 })
  expect(all).toHaveLength(await accountsWithCharges())
  const { rows } = await office.owner.raw('select count(*)::int as issuers from payment_document_issuer')
  expect(rows).toEqual([{ issuers: 1 }])
  for (const { parts, due, number } of all) {
    const content = paymentDocumentOf(parts.issuer, parts.own)
    expect([content.number, content.totals.due, content.period]).toEqual([number, due, period])
    expect(content.rows.length).toBeGreaterThan(0)
    // Names come from the provider's list, they are in no document.
    expect(content.rows.every(({ name, service }) => name !== service)).toBe(true)
  }
  expect(senior.events['paymentDocuments.closing']!.at(-1)).toMatchObject({ provider: 'enser', period, made: all.length, accounts: all.length })
})

test('an operation that has closed one period begins no other: each has a record of who began it', async () => {
  const operationId = operation()
  const input = { operationId, provider: 'enser', period }
  await senior.api.paymentDocuments.closePeriod(input)
  expect(await senior.api.paymentDocuments.closePeriod(input)).toMatchObject({ state: 'closed' })
  expect(await failureOf(senior, 'paymentDocuments.closePeriod', { ...input, provider: 'smorodina' })).toMatchObject({ reason: 'operationIdUsed' })
  expect(await office.owner('payment_period').count()).toEqual([{ count: 1 }])
})

test('closed once it is closed: again changes nothing, and the check says so', async () => {
  await close()
  const before = await documents()
  expect(await close()).toMatchObject({ state: 'closed', made: before.length })
  expect(await documents()).toEqual(before)
  expect(await senior.api.paymentDocuments.checkPeriod({ provider: 'enser', period })).toEqual({ accounts: before.length, given: 0, state: 'closed', refusal: 'periodClosed' })
})

test('a closing that was broken off goes on where it stopped, and makes each document once', async () => {
  const psql = await office.psql('senior')
  await psql.query('select payment_period_close($1, $2, $3)', [operation(), 'enser', period])
  const { rows } = await psql.query<{ z: { made: number; state: string } }>('select payment_period_close_next($1, $2, 3) as z', ['enser', period])
  expect(rows[0]!.z.state).toBe('closing')
  const made = (await documents()).map(({ number }) => number)
  expect(made.length).toBeLessThan(await accountsWithCharges())
  await psql.end()
  expect(await close()).toMatchObject({ state: 'closed', made: await accountsWithCharges() })
  expect((await documents()).map(({ number }) => number)).toEqual(expect.arrayContaining(made))
})

test('a document that was given out before stays as it was and is told apart when its charges have changed since; one that was only looked at binds nobody', async () => {
  const desk = await office.desk('first')
  const { visit, account } = await openVisit(desk, cast.maria, 'readingsOnly')
  const which = { visitId: visit.id, accountId: account('enser').id, period }
  await desk.api.paymentDocuments.give({ operationId: operation(), ...which, output: { how: 'save' } })
  const [given] = await documents()
  await office.owner.raw('update charge set accrued = accrued + 100, closing = closing + 100 where period = ?', [`${period}-01`])
  expect(await close()).toMatchObject({ kept: 1, differing: 1 })
  const all = await documents()
  expect(all.find(({ account: id }) => id === given!.account)).toMatchObject({ sha: given!.sha, issues: 1 })
  // The preview of an open period stores nothing.
  const smorodina = { ...which, accountId: account('smorodina').id }
  await desk.api.paymentDocuments.preview(smorodina)
  expect(await documents('smorodina')).toEqual([])
})

test('a month that goes on, a month without charges and somebody without the right can’t close', async () => {
  const { rows } = await office.owner.raw('select office_today()::text as today')
  const current = periodOf(rows[0].today)
  expect(await failureOf(senior, 'paymentDocuments.closePeriod', { operationId: operation(), provider: 'enser', period: current })).toMatchObject({ code: 'conflict', reason: 'periodNotOver' })
  expect(await failureOf(senior, 'paymentDocuments.closePeriod', { operationId: operation(), provider: 'enser', period: addMonthsToPeriod(period, -60) })).toMatchObject({ code: 'notFound', reason: 'noChargesInPeriod' })
  expect(await failureOf(await office.desk('first'), 'paymentDocuments.closePeriod', { operationId: operation(), provider: 'enser', period })).toMatchObject({ code: 'forbidden' })
})

test('a reprint in a year is the same: its content to the byte, its drawing too, whatever the provider’s card says by then', async () => {
  await office.owner.raw(`update provider set profile = jsonb_set(profile, '{paymentDocument,layout}', ?) where code = 'enser'`, [JSON.stringify({ headerText: 'Офис переехал', textSize: 'large', pages: 'two' })])
  await close()
  const desk = await office.desk('first')
  const { visit, account } = await openVisit(desk, cast.maria, 'readingsOnly')
  const which = { visitId: visit.id, accountId: account('enser').id, period }
  const stored = async () => (await documents()).find(({ account: id }) => id === which.accountId)!
  const before = await stored()
  const marks = { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.', timeZone: 'Asia/Yekaterinburg' }
  const draw = async () => drawPaymentDocument(paymentDocumentOf((await stored()).parts.issuer, (await stored()).parts.own), marks)
  const first = await draw()
  await office.owner.raw(`update provider set legal_name = 'Другое', profile = jsonb_set(profile, '{paymentDocument,layout}', '{}') where code = 'enser'`)
  await office.owner.raw(`update provider_service set name = 'Переименована'`)
  expect(await stored()).toEqual(before)
  expect((await draw()).equals(first)).toBe(true)
  await desk.api.paymentDocuments.give({ operationId: operation(), ...which, output: { how: 'save' } })
  const text = textOf(readFileSync(desk.saveTo.path!))
  expect(text).toContain('Офис переехал')
  expect(text).toContain(readyProvider('enser')!.legalName)
  expect(text).not.toContain('Переименована')
})

test('the notice is printed in the months of the layout, and each month when none is named', async () => {
  const month = Number(period.slice(5))
  const notice = async (months: number[]) => {
    const { rows } = await office.owner.raw(
      `with p as (update provider set profile = jsonb_set(profile, '{paymentDocument,layout}', ?) where code = 'enser' returning *) select payment_document_issuer_content(p::text::provider, ?) -> 'provider' ->> 'notice' as notice from p`,
      [JSON.stringify({ noticeMonths: months }), `${period}-01`],
    )
    return rows[0].notice as string | null
  }
  expect(await notice([month])).toContain('Показания')
  expect(await notice([(month % 12) + 1])).toBeNull()
  expect(await notice([])).toContain('Показания')
})
