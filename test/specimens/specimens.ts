import { readyTemplates } from '../../src/main/features/sheet-templates/ready-templates'
import { blankProvider, readyProviders } from '../../src/main/features/providers/ready-profiles'
import { drawApplication, type Application } from '../../src/main/printing/documents/application'
import { drawConsentForm, type ConsentForm } from '../../src/main/printing/documents/consent-form'
import { drawCoveringList, type CoveringList } from '../../src/main/printing/documents/covering-list'
import { drawInvoice, type InvoiceContent } from '../../src/main/printing/documents/invoice'
import { drawMemoSample } from '../../src/main/printing/documents/memo-sample'
import { drawMemoSheet } from '../../src/main/printing/documents/memo-sheet'
import { drawNextVisitSlip, type NextVisitSlip } from '../../src/main/printing/documents/next-visit-slip'
import { drawPaymentDocumentSample } from '../../src/main/printing/documents/payment-document-sample'
import { drawPaymentDocument, type PrintMarks } from '../../src/main/printing/documents/payment-document'
import { drawReport, type ReportSheet } from '../../src/main/printing/documents/report'
import { addSeparatorSheet } from '../../src/main/printing/documents/separator-sheet'
import { drawStatement, type StatementContent } from '../../src/main/printing/documents/statement'
import { drawTemplateSheet, sampleSheet } from '../../src/main/printing/documents/template-sheet'
import { drawTestPage } from '../../src/main/printing/documents/test-page'
import { drawVerificationNotice, type VerificationNotice } from '../../src/main/printing/documents/verification-notice'
import { drawVisitSlip, type VisitSlip } from '../../src/main/printing/documents/visit-slip'
import { openPdf } from '../../src/main/printing/pdf'
import type { Form } from '@shared/contract/printing'
import { requestKinds } from '@shared/contract/requests'
import { addMonthsToPeriod } from '@shared/domain/dates'
import { reportWords } from '@shared/domain/report-words'
import { chargeRow, internetDocument, memoSheet, utilityDocument, withLayout, withRows } from '../main/printing/documents/examples'

/** One printed sheet as it comes out of Okno, of invented people. */
export interface Specimen {
  /** Printed by the settings of this form. */
  form: Form
  /** File name without its ending; unique. */
  name: string
  /** A sample of a profile: «Образец» goes over the whole sheet, its edges too, and the password is another each time. */
  stamped?: true
  draw(): Promise<Buffer>
}

const zone = 'Asia/Yekaterinburg'
const at = '2026-11-22T09:06:00+05:00'
const today = '2026-11-22'
const marks: PrintMarks = { duplicate: null, printedAt: at, operator: 'Ветрова Анна Павловна', timeZone: zone }
const longName = 'Константинопольская-Петропавловская Александра-Елизавета Константиновна'
const longAddress = 'Челябинская область, Энский городской округ, пос. Верхнеуральский-Заводской, ул. Имени Двадцатипятилетия Освобождения, д. 118А, корп. 12, стр. 3, кв. 1204, ком. 2'

function bills(): Specimen[] {
  const bill = (name: string, content = utilityDocument, change: Partial<PrintMarks> = {}): Specimen => ({ form: 'paymentDocument', name: `bill-${name}`, draw: () => drawPaymentDocument(content, { ...marks, ...change }) })
  const payer = { ...utilityDocument.payer, name: longName, address: longAddress }
  const provider = { ...utilityDocument.provider, legalName: 'Муниципальное унитарное предприятие «Энское объединённое производственное теплоэнергетическое хозяйство имени Первой пятилетки»' }
  return [
    bill('utility'),
    bill('internet', internetDocument),
    bill('duplicate', utilityDocument, { duplicate: 3 }),
    bill('long-names', { ...utilityDocument, payer, provider }),
    bill('forty-rows', withRows(utilityDocument, Array.from({ length: 40 }, (_, n) => chargeRow({ service: `s${n}`, name: `Услуга № ${n + 1} по содержанию общего имущества многоквартирного дома`, recalculated: n % 9 === 0 ? -12_345 : 0, recalculationReason: n % 9 === 0 ? `Перерыв с ${1 + n % 20}.10.2026, акт № ${400 + n}` : null, penalty: n % 7 === 0 ? 158 : 0 })))),
    bill('no-rows', withRows(utilityDocument, [])),
    bill('nothing-to-pay', withRows(utilityDocument, [chargeRow({ paid: 26_763 })])),
    bill('overpaid', withRows(utilityDocument, [chargeRow({ opening: -512_000 })])),
    bill('millions', withRows(utilityDocument, [chargeRow({ volume: '998877.123456', tariff: '987654.12', accrued: 98_765_432_109, penalty: 12_345_678, opening: 98_765_432_109 })])),
    bill('instalments', withRows(utilityDocument, [chargeRow({ opening: 2_000_000, instalmentCurrent: 12_000, instalmentPast: 340_000, instalmentPercent: '9.5', instalmentInterest: 3_642, instalmentDue: 355_642, coefficient: '1.5', excess: 8_921, norm: '4.56' })])),
    bill('two-sides-large', withLayout(utilityDocument, { pages: 'two', textSize: 'large', hidden: [], referenceText: 'Тарифы установлены постановлением Министерства тарифного регулирования от 18.12.2025 № 116/5. Жалобы принимает жилищная инспекция.' })),
    ...readyProviders.map((card): Specimen => ({ form: 'paymentDocument', name: `bill-of-${card.code}`, stamped: true, draw: () => drawPaymentDocumentSample(card, { today, timeZone: zone, now: at }) })),
  ]
}

function invoices(): Specimen[] {
  const debt: InvoiceContent = {
    number: '100200300-0007', madeOn: today, provider: utilityDocument.provider, payer: utilityDocument.payer, purpose: 'debt', amount: 435_267, period: '2026-10', closing: 435_267, paidSince: 0,
    parts: [{ name: 'Отопление', amount: 310_000 }, { name: 'Холодное водоснабжение', amount: 125_267 }],
    readings: [{ name: 'Электроэнергия', serial: '009876543', decimals: 0, values: [15_234_000, 7_102_000], takenOn: today }],
  }
  const rows = Array.from({ length: 14 }, (_, n) => addMonthsToPeriod('2025-09', n)).flatMap((period) =>
    [['heat', 'Отопление', 237_260], ['cold_water', 'Холодное водоснабжение', 26_763]].map(([service, name, accrued]) => ({
      ...chargeRow({ service: String(service), name: String(name), accrued: Number(accrued), opening: 1_000, paid: Number(accrued) }), period, recalculated: period === '2026-02' ? -4_200 : 0, closing: 1_000,
    })),
  )
  const statement: StatementContent = {
    from: '2025-09', to: '2026-10', madeOn: today, withPenalty: true, chargedThrough: '2026-10', provider: utilityDocument.provider, payer: utilityDocument.payer, payerKind: 'person', rows,
    payments: Array.from({ length: 14 }, (_, n) => ({ paidOn: `${addMonthsToPeriod('2025-09', n)}-12`, amount: 264_023, channel: n % 2 ? 'Банк' : 'Касса' })),
    penaltyRates: [{ since: '2022-02-28', until: '2026-12-31', basisPoints: 950 }],
  }
  return [
    { form: 'invoice', name: 'invoice-debt', draw: () => drawInvoice(debt, marks) },
    { form: 'invoice', name: 'invoice-sum', draw: () => drawInvoice({ ...debt, number: null, purpose: 'sum', amount: 150_000, parts: [], readings: [] }, marks) },
    { form: 'invoice', name: 'invoice-long-names', draw: () => drawInvoice({ ...debt, payer: { ...debt.payer, name: longName, address: longAddress } }, marks) },
    { form: 'statement', name: 'statement-fourteen-months', draw: () => drawStatement(statement, marks) },
    { form: 'statement', name: 'statement-empty', draw: () => drawStatement({ ...statement, rows: [], payments: [], chargedThrough: null }, marks) },
  ]
}

function memos(): Specimen[] {
  const list: CoveringList = {
    ...{ name: 'Дома по Заводской', provider: 'ООО «Эником»', office: 'Центральный офис', timeZone: zone, operatorName: 'Громов Игорь Станиславович', madeAt: at },
    rows: Array.from({ length: 60 }, (_, n) => ({ account: `0045${100 + n}`, contract: n % 2 ? 'ГС-2315/2018-000123' : null, memoNumber: `2026-000${100 + n}`, address: n % 5 ? 'г. Энск, ул. Ленина, д. 10, кв. 15' : longAddress, subscriberName: n % 3 ? 'Ким Ольга' : longName })),
  }
  return [
    ...[...readyProviders, blankProvider('utility'), blankProvider('internet')].flatMap((card): Specimen[] => [false, true].map((large) => ({ form: 'memo', stamped: true, name: `memo-of-${card.code || `blank-${card.profile.paymentDocument.kind}`}${large ? '-large' : ''}`, draw: () => drawMemoSample(card, { large, timeZone: zone, at: new Date(at) }) }))),
    { form: 'memo', name: 'memo-utility', draw: () => drawMemoSheet(memoSheet, { timeZone: zone }) },
    { form: 'memo', name: 'memo-receipt', draw: () => drawMemoSheet({ ...memoSheet, password: '' }, { timeZone: zone, part: 'receipt' }) },
    { form: 'memo', name: 'memo-covering-list', draw: () => drawCoveringList(list) },
  ]
}

function slips(): Specimen[] {
  const head = {
    office: { name: 'Энский центр обслуживания', address: 'г. Энск, ул. Ленина, д. 1', phone: '8-800-000-00-00', hours: 'пн–пт 8:00–19:00, сб 9:00–15:00' },
    timeZone: zone, operatorName: 'Ветрова Анна Павловна', window: '3', issuedAt: at, openedAt: at,
    visitor: { isOrganisation: false, name: 'Соколова Мария Игоревна', lastName: 'Соколова', firstName: 'Мария', middleName: 'Игоревна' },
  }
  const done = (kind: string, details: Record<string, unknown>, undone = false) => ({ kind, at, details, undone })
  const visit: VisitSlip = {
    ...head,
    done: [
      done('visits.identify', { agrees: true, document: '*******456' }), done('contacts.confirmEmail', { confirmed: true, from: 'm***@example.org', to: 'i***@mail.ru' }), done('portalAccess.reissuePassword', { memoNumber: '2026-000148' }),
      done('readings.save', { account: '04012345', takenOn: today, meters: 2 }, true), done('paymentDocuments.print', { number: 'А-012345-102026', period: '2026-10' }),
    ],
  }
  const next: NextVisitSlip = { ...head, code: 'V123456782', expiresOn: '2026-12-22', action: 'changeEmail', items: ['notarialPower', 'representativeDocument', 'mailAccess'], freeLine: 'Старую квитанцию' }
  return [
    { form: 'visitSlip', name: 'slip-visit', draw: () => drawVisitSlip(visit) },
    { form: 'visitSlip', name: 'slip-visit-nothing-done', draw: () => drawVisitSlip({ ...visit, done: [] }) },
    { form: 'visitSlip', name: 'slip-next-visit', draw: () => drawNextVisitSlip(next) },
  ]
}

function papers(): Specimen[] {
  const application: Application = {
    number: 'З-2026-000123', kind: 'termination', text: 'Оборудование верну 30 ноября.', details: { from: '2026-12-01', until: '2027-03-01', tariff: 'Домашний 300', amount: 65_000 },
    createdAt: at, dueOn: '2026-12-02', subscriberName: 'Соколова Мария Игоревна', subscriberKind: 'person', representative: null, operatorName: 'Ветрова Анна Павловна', printedAt: at,
    office: { name: 'Центр обслуживания № 1', address: 'г. Энск, ул. Мира, д. 1', phone: '8-800-000-00-00' },
    account: { number: '0045612', contract: '0045612', contractDate: '2019-09-02', tariff: 'Домашний 100', address: 'г. Энск, ул. Ленина, д. 10, кв. 15', provider: 'Эником', legalName: 'ООО «Эником»' },
  }
  const consent: ConsentForm = {
    purpose: 'service', channel: 'sms', version: '2026-1', text: 'Согласен получать справочные сообщения на номер {contact}.', contact: '+79000000001', subscriberName: 'Иванов Пётр Сергеевич', representative: null,
    address: 'г. Энск, ул. Ленина, д. 10, кв. 15', accountNumber: '100200300', legalName: 'ООО «Тепловые сети Энска»', providerAddress: 'г. Энск, ул. Тепличная, д. 1', operatorName: 'Ветрова Анна Павловна', issuedAt: at, givenAt: null,
  }
  const notice: VerificationNotice = {
    issuedAt: at, today, accountNumber: '100200300', address: 'г. Энск, ул. Ленина, д. 10, кв. 15', subscriberName: 'Иванов Пётр Сергеевич', operatorName: 'Ветрова Анна Павловна', office: 'Центральный офис обслуживания',
    provider: { name: 'Тепловые сети', legalName: 'ООО «Тепловые сети Энска»', address: 'г. Энск, ул. Тепличная, д. 1', phone: '8-800-000-00-00', site: 'https://teploset.example' },
    meters: [{ meterId: 1, serial: '18-045612', service: 'cold_water', verifiedUntil: '2026-10-01', state: 'expired' }, { meterId: 2, serial: '009876543', service: 'electricity', verifiedUntil: '2026-12-30', state: 'endsSoon' }],
  }
  return [
    ...requestKinds.map((kind): Specimen => ({ form: 'application', name: `application-${kind}`, draw: () => drawApplication({ ...application, kind }, { timeZone: zone }) })),
    { form: 'application', name: 'application-long', draw: () => drawApplication({ ...application, kind: 'complaint', text: 'В подъезде третий месяц нет отопления. '.repeat(60), subscriberName: longName, subscriberKind: 'organisation' }, { timeZone: zone }) },
    ...readyTemplates.map(({ kind, title, text }, n): Specimen => ({ form: kind === 'certificate' ? 'statement' : kind, name: `form-${n + 1}-${kind}`, draw: () => drawTemplateSheet({ title, text, facts: sampleSheet.facts }, { timeZone: zone }) })),
    { form: 'consent', name: 'consent-sms', draw: () => drawConsentForm(consent, { timeZone: zone }) },
    { form: 'consent', name: 'consent-advertising', draw: () => drawConsentForm({ ...consent, purpose: 'advertising', channel: 'email', contact: 'ivanov@example.org', representative: 'Иванова Мария Петровна', givenAt: at }, { timeZone: zone }) },
    { form: 'notice', name: 'notice-verification', draw: () => drawVerificationNotice(notice, { timeZone: zone }) },
    { form: 'separator', name: 'separator', draw: separator },
    { form: 'report', name: 'report', draw: () => drawReport(report()) },
    { form: 'paymentDocument', name: 'test-page', draw: () => drawTestPage({ form: 'paymentDocument', queue: 'OFFICE', tray: 'Tray2', duplex: 'long', desk: 'okno-03', staff: 'Ветрова Анна Павловна', at, timeZone: zone }) },
  ]
}

function separator(): Promise<Buffer> {
  const pdf = openPdf({ title: 'Лист-разделитель', madeAt: at })
  addSeparatorSheet(pdf, { address: 'г. Энск, ул. Ленина, д. 10', part: 1, parts: 2, documents: 120, flatFrom: '1', flatTo: '120', about: 'Платёжные документы за октябрь 2026 г., Тепловые сети', sheet: 1, sheetTo: 121 })
  return pdf.done()
}

function report(): ReportSheet {
  return {
    title: 'Обслуживания по сотрудникам', how: 'Обслуживание считается в день, когда оно началось, по часам офиса.', filters: [{ label: 'Период', value: '01.11.2026–22.11.2026' }, { label: 'Офис', value: 'Центральный' }],
    columns: [{ key: 'staff', title: 'Сотрудник', type: 'staff' }, { key: 'visits', title: 'Обслуживаний', type: 'count' }, { key: 'median', title: 'Медиана', type: 'seconds' }, { key: 'share', title: 'С изменениями', type: 'share' }],
    rows: Array.from({ length: 70 }, (_, n) => ({ staff: n % 4 ? `Сотрудник № ${n + 1}` : longName, visits: 412 - n * 3, median: 95 + n, share: 0.4 })),
    totals: { staff: null, visits: 21_000, median: 118, share: 0.4 }, chart: { kind: 'bar', x: 'staff', series: ['visits'] }, cut: null, source: 'По состоянию на 22.11.2026, 09:06', mark: 'Громов И. С., 22.11.2026, 09:06, № 7f3a', madeAt: at,
    tongue: { locale: 'ru-RU', timeZone: zone, values: reportWords.values, units: { hours: 'ч', minutes: 'мин', seconds: 'с' } },
  }
}

/** Every printed form with its odd cases. */
export const specimens: Specimen[] = [...bills(), ...invoices(), ...memos(), ...slips(), ...papers()]
