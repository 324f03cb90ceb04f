import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { addMonthsToPeriod, formatDateLong, paymentDeadline, periodName, periodOf } from '@shared/domain/dates'
import { parseGostQr } from '@shared/domain/gost-qr'
import { formatAmount, formatMoney } from '@shared/domain/money'
import { paymentDocumentOf, type PaymentDocumentContent } from '@shared/domain/payment-document'
import { readyProvider } from '../../../../src/main/features/providers/ready-profiles'
import { paymentQr } from '../../../../src/main/printing/payment-qr'
import { cast } from '../../../../src/main/training'
import type { CastMember } from '../../../../src/main/training/cast'
import { cupsIsThere, startCups, type Cups } from '../../../support/cups/cups'
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

async function ask(person: CastMember = cast.maria, provider = 'enser', at = desk, identification: 'readingsOnly' | 'document' = 'readingsOnly') {
  const { visit, account } = await openVisit(at, person, identification)
  const target = { visitId: visit.id, accountId: account(provider).id }
  const periods = await at.api.paymentDocuments.periods(target)
  return { visit, target, periods, period: periods[0]!.period }
}

type Which = { visitId: number; accountId: number; period: string }
const saveDocument = (which: Which, operationId = operation()) => desk.api.paymentDocuments.give({ operationId, ...which, output: { how: 'save' } })
const savedText = () => textOf(readFileSync(desk.saveTo.path!))
const plain = (text: string) => text.replace(/[\s\u00a0\u202f]+/g, ' ').trim()

async function stored(which: Which): Promise<PaymentDocumentContent> {
  const { rows } = await office.owner.raw('select payment_document_content(d) as parts from payment_document d where account_id = ? and period = ?', [which.accountId, `${which.period}-01`])
  return paymentDocumentOf(rows[0].parts.issuer, rows[0].parts.own)
}
const issuesOf = async (which: Which) => (await desk.api.paymentDocuments.periods(which)).find(({ period }) => period === which.period)!.issues

/** What billing gives besides the charge itself, as the register of charges brings it. */
const facts = {
  norm: '3.01', normCommon: '0.021', houseReading: '18240.5', houseVolume: '612.4', houseVolumeCommon: '11.2', coefficient: '1.5', excess: 31974,
  instalmentCurrent: 96130, instalmentPast: 27500, instalmentPercent: '9.5', instalmentInterest: 1957, instalmentDue: 125587, gisNumber: '75ДА533315-01-6101',
}

/** A bill with everything a bill can have: common needs, a recalculation with its ground, a benefit, a penalty, figures of the house, a coefficient, instalments. */
async function richBill(which: Which): Promise<void> {
  await office.owner.raw(
    `update charge set accrued_common = 3210, volume_common = 0.512, recalculated = -12345, recalculation_reason = 'Перерыв в предоставлении услуги', benefit = 5000, penalty = 158,
       closing = opening + accrued + 3210 - 12345 - 5000 + 158 - paid, facts = ? where account_id = ? and period = ? and service = 'hot_water'`,
    [JSON.stringify(facts), which.accountId, `${which.period}-01`],
  )
}

test('a meter read for the first time shows what it stood at when it was installed, one never read shows no current reading', async () => {
  const { target, period } = await ask()
  const which = { ...target, period }
  await office.owner.raw(
    `with m as (select id from meter where account_id = ? and zones = 1 and removed_on is null order by id limit 1), gone as (delete from meter_reading r using m where r.meter_id = m.id)
     update meter t set initial = '{7000}', installed_on = ?, verified_until = null, serial = 'НОВЫЙ-7' from m where t.id = m.id`,
    [target.accountId, `${period}-01`],
  )
  await saveDocument(which)
  const meter = (await stored(which)).meters.find(({ serial }) => serial === 'НОВЫЙ-7')
  expect(meter).toMatchObject({ previous: [7000], previousOn: `${period}-01`, current: null, currentOn: null })
})

test('the periods billing has closed are listed, newest first, with what was accrued and what is due', async () => {
  const { target, periods } = await ask()
  expect(periods).toHaveLength(12)
  expect(periods.map(({ period }) => period)).toEqual(periods.map(({ period }) => period).sort().reverse())
  const { rows } = await office.owner.raw('select sum(accrued + accrued_common)::int as accrued, sum(closing)::int as closing, sum(penalty)::int as penalty from charge where account_id = ? and period = ?', [
    target.accountId, `${periods[0]!.period}-01`,
  ])
  expect(periods[0]).toEqual({ period: periods[0]!.period, ...rows[0], number: null, issues: 0, closed: false })
})

describe('the document of a utility', () => {
  test('holds all that п. 69 of ПП 354 asks for', async () => {
    const { target, period } = await ask()
    const which = { ...target, period }
    await office.owner.raw(`update provider set profile = jsonb_set(profile, '{fax}', '"8 (351) 255-57-25"') where code = 'enser'`)
    await richBill(which)
    await saveDocument(which)
    const { payer, provider, rows, totals, meters } = await stored(which)
    const card = readyProvider('enser')!
    const text = plain(savedText())
    const wanted: Record<string, (string | null)[]> = {
      'а) whose and where': [payer.name, payer.address, '54,3', String(payer.residents)],
      'б) the provider and where to pay': [card.legalName, card.settlementAccount, card.bankName, card.bic, card.correspondentAccount, card.inn, card.address, card.phone, 'Факс 8 (351) 255-57-25', card.email, card.site],
      'в) month, services, tariffs, units': [periodName(period), ...rows.flatMap(({ name, unit, tariff }) => [name, unit, tariff && formatAmount(Math.round(Number(tariff) * 100))])],
      'г) volumes and sums': rows.filter(({ accrued }) => accrued > 0).map(({ accrued }) => formatAmount(accrued)),
      'д) common needs of the house': ['0,512', formatAmount(3210)],
      'е) the meter of the house and its volumes': ['18 240,5', '612,4', '11,2'],
      'ж) recalculations with their grounds': ['Перерыв в предоставлении услуги', formatAmount(12345)],
      'з) debt of earlier periods': [formatAmount(totals.opening)],
      'и) benefits': [formatAmount(5000)],
      'penalty, apart': [formatAmount(158)],
      'к) instalments with their interest': [formatAmount(96130), formatAmount(27500), '9,5', formatAmount(1957), formatAmount(125587)],
      'к(1)) the increasing coefficient and the excess': ['1,5', formatAmount(31974)],
      'numbers of ГИС ЖКХ': [payer.els, payer.zhkuId, payer.account, '75ДА533315-01-6101'],
      'norms of consumption': ['3,01', '0,021'],
      '43/пр, sections 1 and 2': ['Плательщик', 'Исполнитель услуг', 'Реквизиты для оплаты', 'Общая площадь', 'Проживает'],
      '43/пр, sections 3 to 6': ['Расчёт размера платы', 'Справочная информация', 'Сведения о перерасчётах', 'Расчёт суммы оплаты с учётом рассрочки платежа'],
      'readings of the meters': meters.flatMap(({ serial }) => [serial]),
      'the sum and until when': [formatMoney(totals.due), formatAmount(totals.closing), formatDateLong(paymentDeadline(period))],
      'л) the notice of the quarter': ['Показания индивидуальных приборов учёта принимаются с 18 по 25 число', 'пункты 59 и 60', 'срока поверки', card.profile.emergency],
    }
    for (const [letter, words] of Object.entries(wanted)) {
      for (const word of words) if (word !== null) expect(text, letter).toContain(plain(word))
    }
    expect(provider).toMatchObject({ code: 'enser', kind: 'utility', vatNote: 'в т. ч. НДС 22 %' })
    expect(meters[0]!.current?.[0]).toBeGreaterThan(meters[0]!.previous![0]!)
  })

  test('adds up: every row by itself, and the totals over the rows', async () => {
    const { target, period } = await ask()
    await richBill({ ...target, period })
    await saveDocument({ ...target, period })
    const { rows, totals } = await stored({ ...target, period })
    for (const row of rows) expect(row.closing).toBe(row.opening + row.accrued + row.accruedCommon + row.recalculated - row.benefit + row.penalty - row.paid)
    const sum = (pick: (row: (typeof rows)[number]) => number) => rows.reduce((total, row) => total + pick(row), 0)
    expect(totals).toMatchObject({
      opening: sum((row) => row.opening), accrued: sum((row) => row.accrued + row.accruedCommon), recalculated: sum((row) => row.recalculated), benefit: sum((row) => row.benefit),
      penalty: sum((row) => row.penalty), paid: sum((row) => row.paid), closing: sum((row) => row.closing),
    })
    expect(totals.recalculated).toBe(-12345)
    // Instalments take the place of the whole balance of their service in what is asked for.
    expect(totals.due).toBe(totals.closing - rows.find(({ service }) => service === 'hot_water')!.closing + 125587)
  })

  test('is due by the day the law says, moved from a day off', async () => {
    for (let months = 0; months < 40; months++) {
      const period = addMonthsToPeriod('2026-03', months)
      const { rows } = await office.owner.raw('select payment_due_on(?)::text as due', [`${period}-01`])
      expect([period, rows[0].due]).toEqual([period, paymentDeadline(period)])
    }
  })

  test.each([
    ['enser', 'utf-8'],
    ['smorodina', 'windows-1251'],
  ])('carries a code for bank apps (%s, %s) with the sum that stands on it', async (provider, encoding) => {
    const { target, period } = await ask(cast.maria, provider)
    const which = { ...target, period }
    await office.owner.raw('update charge set closing = closing + 250000, opening = opening + 250000 where account_id = ? and period = ?', [target.accountId, `${period}-01`])
    await saveDocument(which)
    const content = await stored(which)
    const wanted = paymentQr(content)!
    const pdf = readFileSync(desk.saveTo.path!)
    const read = qrOf(pdf)!
    expect(Buffer.from(read.bytes).equals(Buffer.from(wanted.bytes))).toBe(true)
    const decoded = parseGostQr(new TextDecoder(encoding).decode(read.bytes))
    expect(decoded).toMatchObject({ fields: { Sum: String(content.totals.closing), PersAcc: content.payer.account, PersonalAcc: content.provider.settlementAccount, TechCode: '02', LastName: 'Соколова' } })
    expect(content.totals.closing).toBeGreaterThan(0)
    expect(plain(textOf(pdf))).toContain(plain(formatMoney(content.totals.closing)))
    if (encoding === 'utf-8') expect(zbar(pdf)).toBe(wanted.text)
  })

  test('of an account without debt has no code: nothing is to be paid', async () => {
    const { target, period } = await ask()
    await office.owner.raw('update charge set paid = paid + closing + 100, closing = -100 where account_id = ? and period = ?', [target.accountId, `${period}-01`])
    await saveDocument({ ...target, period })
    expect(qrOf(readFileSync(desk.saveTo.path!))).toBeNull()
  })
})

test('an internet bill names the contract and has no deadline of the housing law', async () => {
  // A bill of telecommunications is no stranger's to have.
  const stranger = await openVisit(desk, cast.maria, 'readingsOnly')
  expect(await failureOf(desk, 'paymentDocuments.periods', { visitId: stranger.visit.id, accountId: stranger.account('enicom').id })).toMatchObject({ code: 'forbidden', reason: 'notIdentified' })
  const { target, period } = await ask(cast.maria, 'enicom', desk, 'document')
  const which = { ...target, period }
  await office.owner.raw('update charge set closing = closing + 75000, opening = opening + 75000 where account_id = ? and period = ?', [target.accountId, `${period}-01`])
  await saveDocument(which)
  const content = await stored(which)
  expect(content).toMatchObject({ dueOn: null, provider: { kind: 'internet', techCode: '09' }, payer: { contract: '0045612' }, meters: [] })
  expect(content.rows.map(({ name }) => name)).toEqual(['Доступ в интернет', 'Цифровое телевидение'])
  expect(plain(savedText())).toContain('Доступ в интернет')
  expect(parseGostQr(new TextDecoder().decode(qrOf(readFileSync(desk.saveTo.path!))!.bytes))).toMatchObject({ fields: { Contract: '0045612', TechCode: '09', Sum: String(content.totals.closing) } })
})

describe('what was made once stays as it was', () => {
  test('a reprint after billing and requisites have changed shows the old figures and the mark of a duplicate', async () => {
    const { target, period } = await ask()
    const which = { ...target, period }
    const first = await saveDocument(which)
    const original = plain(savedText())
    const content = await stored(which)
    await office.owner.raw('update charge set accrued = accrued + 1, tariff = 999, closing = closing + 1 where account_id = ?', [target.accountId])
    await office.owner.raw(`update provider set legal_name = 'ООО «Другое»', settlement_account = '40702810000000000000', profile = jsonb_set(profile, '{hours}', '"никогда"') where code = 'enser'`)
    await office.owner.raw(`update subscriber set last_name = 'Новикова' where last_name = 'Соколова'`)

    const second = await saveDocument(which)
    expect(first).toMatchObject({ number: `А-012345-${period.slice(5)}${period.slice(0, 4)}`, duplicate: null })
    expect(second).toMatchObject({ number: first.number, duplicate: 1 })
    expect(original).not.toContain('ДУБЛИКАТ')
    const reprint = plain(savedText())
    expect(reprint).toContain('ДУБЛИКАТ № 1')
    for (const words of ['АО «ЭнСер»', content.provider.settlementAccount, 'Соколова', formatMoney(content.totals.closing)]) expect(reprint).toContain(plain(words))
    for (const words of ['Другое', 'никогда', 'Новикова', '999,00']) expect(reprint).not.toContain(words)
    expect(await stored(which)).toEqual(content)
    expect((await saveDocument(which)).duplicate).toBe(2)
    expect(await issuesOf(which)).toBe(3)
  })

  test('the stored text agrees with its checksum', async () => {
    const { target, period } = await ask()
    await saveDocument({ ...target, period })
    const { rows } = await office.owner.raw(`select d.content_sha256 = sha256(sha256(convert_to(i.content::text, 'UTF8')) || convert_to(d.content::text, 'UTF8')) as same from payment_document d join payment_document_issuer i on i.id = d.issuer_id`)
    expect(rows).toEqual([{ same: true }])
  })

  test('two desks at the same moment make one original and one duplicate', async () => {
    const { target, period } = await ask()
    const other = await office.desk('second')
    const theirs = await ask(cast.maria, 'enser', other)
    const results = await Promise.all([saveDocument({ ...target, period }), other.api.paymentDocuments.give({ operationId: operation(), ...theirs.target, period, output: { how: 'save' } })])
    expect(results.map(({ duplicate }) => duplicate).sort()).toEqual([1, null])
    expect(await issuesOf({ ...target, period })).toBe(2)
  })
})

describe('what is not given out is not counted', () => {
  test('a preview, however often', async () => {
    const { target, period } = await ask()
    const which = { ...target, period }
    await desk.api.paymentDocuments.preview(which)
    const { pdf, number, duplicate } = await desk.api.paymentDocuments.preview(which)
    expect(textOf(pdf)).toContain(number)
    expect(duplicate).toBeNull()
    expect(await issuesOf(which)).toBe(0)
    expect((await saveDocument(which)).duplicate).toBeNull()
    expect(await desk.api.paymentDocuments.preview(which)).toMatchObject({ duplicate: 1 })
    const { rows } = await office.owner.raw(`select count(*)::int as n from audit_event where action = 'paymentDocuments.preview'`)
    expect(rows).toEqual([{ n: 3 }])
  })

  test('a look through the call that prints: the same trace, the same count', async () => {
    const { target, period } = await ask()
    const which = { ...target, period }
    const shown = await desk.api.paymentDocuments.give({ operationId: operation(), ...which, output: { how: 'preview' } })
    expect(textOf(Buffer.from(shown.pdf!))).toContain(shown.number)
    expect(await issuesOf(which)).toBe(0)
    const { rows } = await office.owner.raw(`select details from audit_event where action = 'printing.preview'`)
    expect(rows).toEqual([{ details: { kind: 'paymentDocuments.print', accountId: target.accountId } }])
  })

  test('a sheet whose saving was cancelled or failed', async () => {
    const { target, period } = await ask()
    const which = { ...target, period }
    const good = desk.saveTo.path!
    desk.saveTo.path = null
    expect(await failureOf(desk, 'paymentDocuments.give', { operationId: operation(), ...which, output: { how: 'save' } })).toMatchObject({ code: 'conflict', reason: 'saveCancelled' })
    desk.saveTo.path = join(dirname(good), 'gone', 'document.pdf')
    expect(await failureOf(desk, 'paymentDocuments.give', { operationId: operation(), ...which, output: { how: 'save' } })).toMatchObject({ code: 'printerUnavailable', reason: 'fileNotWritten' })
    mkdirSync(join(dirname(good), 'folder.pdf'))
    desk.saveTo.path = join(dirname(good), 'folder.pdf')
    expect(await failureOf(desk, 'paymentDocuments.give', { operationId: operation(), ...which, output: { how: 'save' } })).toMatchObject({ code: 'printerUnavailable', reason: 'fileNotWritten' })
    expect(await issuesOf(which)).toBe(0)
    const { rows } = await office.owner.raw(`select action from audit_event where action = 'paymentDocuments.save'`)
    expect(rows).toEqual([])
  })

  test('the same press twice: the first answer again, and no second sheet', async () => {
    const { target, period } = await ask()
    const which = { ...target, period }
    const operationId = operation()
    const first = await saveDocument(which, operationId)
    const written = statSync(desk.saveTo.path!).mtimeMs
    desk.saveTo.path = join(dirname(desk.saveTo.path!), 'again.pdf')
    expect(await saveDocument(which, operationId)).toEqual(first)
    expect(readdirSync(dirname(desk.saveTo.path))).not.toContain('again.pdf')
    expect(statSync(join(dirname(desk.saveTo.path), 'saved.pdf')).mtimeMs).toBe(written)
    expect(await issuesOf(which)).toBe(1)
  })

  test('a month that billing has not closed, and an account that is not the visitor’s', async () => {
    const { target, period } = await ask()
    const { rows } = await office.owner.raw(`select office_today()::text as today, (select id from account where number = '0701000102') as other`)
    expect(await failureOf(desk, 'paymentDocuments.give', { operationId: operation(), ...target, period: periodOf(rows[0].today), output: { how: 'save' } })).toMatchObject({ code: 'notFound', reason: 'noChargesInPeriod' })
    const asked = { amount: 100, parts: [], readings: false, from: period, to: period, penalty: false, output: { how: 'save' } }
    for (const name of ['give', 'preview', 'penalty', 'invoiceDraft', 'invoicePreview', 'invoice', 'statementPreview', 'statement']) {
      const request = { operationId: operation(), ...asked, ...target, period, accountId: rows[0].other }
      expect(await failureOf(desk, `paymentDocuments.${name}`, request)).toMatchObject({ code: 'forbidden', reason: 'accountOfAnotherSubscriber' })
    }
  })
})

describe.skipIf(!cupsIsThere)('on a real printer', () => {
  const soon = { timeout: 15_000, interval: 50 }
  let cups: Cups
  beforeAll(async () => {
    cups = await startCups({ OFFICE: 'capture', JAMMED: 'fail', CLOSED: 'capture' })
    await cups.admin('cupsreject', 'CLOSED')
  })
  afterAll(() => cups.stop())
  beforeEach(async () => {
    desk = await office.desk('first', { printingEnv: { CUPS_SERVER: cups.socket } })
  })

  test('the document arrives in the copies asked for, and its way is followed to the end', async () => {
    const { target, period } = await ask()
    await desk.api.printing.choose({ form: 'paymentDocument', printer: 'OFFICE' })
    const printed = await desk.api.paymentDocuments.give({ operationId: operation(), ...target, period, output: { how: 'print', printer: null, copies: 2 } })
    expect(printed).toMatchObject({ duplicate: null, printer: 'OFFICE' })
    await vi.waitFor(async () => expect(await desk.api.printing.job({ jobId: printed.jobId! })).toMatchObject({ state: 'printed' }), soon)
    const { file, options } = cups.job(printed.jobId!)!
    expect(textOf(readFileSync(file))).toContain(printed.number)
    expect(options).toMatch(/^copies=2$/m)
    expect(options).not.toContain('Соколова')
  })

  test('the same press twice prints once', async () => {
    const { target, period } = await ask()
    const operationId = operation()
    const request = { operationId, ...target, period, output: { how: 'print' as const, printer: 'OFFICE' } }
    const first = await desk.api.paymentDocuments.give(request)
    expect(await desk.api.paymentDocuments.give(request)).toEqual(first)
    const [, number] = /-(\d+)$/.exec(first.jobId!)!
    await vi.waitFor(() => expect(cups.job(first.jobId!)).not.toBeNull(), soon)
    expect(await failureOf(desk, 'printing.job', { jobId: `OFFICE-${Number(number) + 1}` })).toMatchObject({ reason: 'printJob' })
    expect(await issuesOf({ ...target, period })).toBe(1)
  })

  test('what the printer did not take is not counted; what waits before a jammed one tells why', async () => {
    const { target, period } = await ask()
    const request = { operationId: operation(), ...target, period, output: { how: 'print' as const, printer: 'CLOSED' } }
    expect(await failureOf(desk, 'paymentDocuments.give', request)).toMatchObject({ code: 'printerUnavailable', reason: 'printerRejectsJobs' })
    expect(await issuesOf({ ...target, period })).toBe(0)
    const { jobId, duplicate } = await desk.api.paymentDocuments.give({ ...request, output: { how: 'print', printer: 'JAMMED' } })
    expect(duplicate).toBeNull()
    await vi.waitFor(async () => expect(await desk.api.printing.job({ jobId: jobId! })).toMatchObject({ state: 'held', reason: 'printerStopped', message: 'The printer does not answer.' }), soon)
    // A bill is no secret: it stays in the queue until somebody helps the printer.
    await desk.close()
    expect(cups.spooled(jobId!)).toHaveLength(1)
  })
})

function zbar(pdf: Uint8Array): string {
  const page = execFileSync('pdftoppm', ['-r', '300', '-gray', '-png', '-f', '1', '-l', '1', '-'], { input: pdf, maxBuffer: 64 * 1024 * 1024 })
  return execFileSync('zbarimg', ['--quiet', '--raw', '-Sdisable', '-Sqrcode.enable', '-'], { input: page, stdio: ['pipe', 'pipe', 'ignore'] }).toString('utf8').trimEnd()
}
