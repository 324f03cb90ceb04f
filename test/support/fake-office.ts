import type { Card, CardAccount, Contact, Hit } from '@shared/contract/desk'
import type { Impact } from '@shared/contract/portal-access'
import { form, plainOptions, type DeskJob, type Form, type FormOptions, type PrinterInfo } from '@shared/contract/printing'
import type { StaffMember } from '@shared/contract/session'
import type { Visit } from '@shared/contract/visits'
import { defaultIdentification, visitActions, type IdentificationKind } from '@shared/domain/identification'

/** A small office that exists only in the tests of the page. All people are invented. */
export const today = '2026-11-22'
export const at = (time: string, date = today) => `${date}T${time}:00+05:00`

export const operator: StaffMember = {
  id: 1, login: 'operator', fullName: 'Соколова Анна Викторовна', roles: ['operator'], grants: [], window: '3', mustChangePassword: false,
  lastSignInAt: at('08:02', '2026-11-20'), version: 1, status: 'active', factor: 'none', office: { id: 1, name: 'Энский центр обслуживания', isTraining: true, timeZone: 'Asia/Yekaterinburg', idleLockMinutes: 5 },
}
export const supervisor: StaffMember = { ...operator, id: 2, login: 'supervisor', fullName: 'Мельников Олег Петрович', roles: ['supervisor'], window: null }
export const admin: StaffMember = { ...operator, id: 3, login: 'admin', fullName: 'Громова Инна Сергеевна', roles: ['admin'], window: null }

export const trainingPeople = [
  { login: 'operator', fullName: operator.fullName, roles: [...operator.roles], password: 'окно-учебное-1' },
  { login: 'supervisor', fullName: supervisor.fullName, roles: [...supervisor.roles], password: 'окно-учебное-2' },
  { login: 'admin', fullName: admin.fullName, roles: [...admin.roles], password: 'окно-учебное-3' },
]

export const energy: CardAccount = {
  id: 11,
  provider: { code: 'enser', name: 'ЭнСер', kind: 'utility', portalName: 'Личный кабинет ЭнСер', portalScheme: 'account' },
  number: '740015023', contract: 'Э-15023', contractDate: '2014-05-19', address: 'г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15', status: 'active',
  openedOn: '2014-05-19', closedOn: null, areaM2: '54.3', residents: 3, els: '10КВ740015', zhkuId: null, billDelivery: 'paper', tariff: null,
  balance: {
    period: '2026-10', closing: 642_718, paidAfter: 0,
    periods: [
      { period: '2026-10', opening: 331_240, accrued: 342_674, recalculated: -12_400, penalty: 1_204, paid: 20_000, closing: 642_718 },
      { period: '2026-09', opening: 0, accrued: 331_240, recalculated: 0, penalty: 0, paid: 0, closing: 331_240 },
    ],
    services: [
      { service: 'electricity', name: 'Электроэнергия', unit: 'кВт·ч', volume: '187', tariff: '4.81', opening: 311_240, accrued: 89_947, recalculated: 0, benefit: 0, penalty: 1_204, paid: 0, closing: 402_391 },
      { service: 'heat', name: 'Отопление', unit: 'Гкал', volume: '0.98', tariff: '2241.03', opening: 0, accrued: 219_621, recalculated: -12_400, benefit: 0, penalty: 0, paid: 0, closing: 207_221 },
      { service: 'hot_water', name: 'Горячая вода', unit: 'м³', volume: '1.533', tariff: '215.96', opening: 20_000, accrued: 33_106, recalculated: 0, benefit: 0, penalty: 0, paid: 20_000, closing: 33_106 },
    ],
  },
  meters: [
    { id: 101, serial: '011793042', service: 'electricity', decimals: 0, zones: 2, verifiedUntil: '2031-03-01', removedOn: null, lastReading: { takenOn: '2026-10-22', values: [14_207_000, 6_811_000], status: 'calculated', channel: 'portal' } },
    { id: 102, serial: 'ВК-22847715', service: 'cold_water', decimals: 3, zones: 1, verifiedUntil: '2026-09-14', removedOn: null, lastReading: { takenOn: '2026-10-21', values: [417_533], status: 'calculated', channel: 'desk' } },
    { id: 103, serial: 'ВГ-22847716', service: 'hot_water', decimals: 3, zones: 1, verifiedUntil: '2026-12-20', removedOn: null, lastReading: null },
    { id: 104, serial: '00884120', service: 'cold_water', decimals: 3, zones: 1, verifiedUntil: '2020-09-14', removedOn: '2020-09-14', lastReading: { takenOn: '2020-09-14', values: [98_120], status: 'calculated', channel: 'act' } },
  ],
  portalUser: { id: 501, login: '740015023', state: 'active', passwordIssuedAt: at('10:14', '2025-02-11'), passwordExpiresAt: null, mustChange: false, letter: null, lastSignInAt: at('21:40', '2026-11-03'), linkedAccounts: 2, esiaLinks: 1 },
}
export const internet: CardAccount = {
  id: 12,
  provider: { code: 'istelecom', name: 'ИС-Телеком', kind: 'internet', portalName: 'Личный кабинет ИС-Телеком', portalScheme: 'contract' },
  number: '200417', contract: '200417', contractDate: '2021-09-01', address: 'г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15', status: 'suspended',
  openedOn: '2021-09-01', closedOn: null, areaM2: null, residents: null, els: null, zhkuId: null, billDelivery: 'email', tariff: 'Домашний 100',
  balance: { period: '2026-10', closing: -15_000, paidAfter: 0, periods: [{ period: '2026-10', opening: -15_000, accrued: 55_000, recalculated: 0, penalty: 0, paid: 55_000, closing: -15_000 }], services: [{ service: 'internet', name: 'Доступ в интернет', unit: 'мес.', volume: '1', tariff: '550', opening: -15_000, accrued: 55_000, recalculated: 0, benefit: 0, penalty: 0, paid: 55_000, closing: -15_000 }] },
  meters: [],
  portalUser: null,
}
export const oldAccount: CardAccount = {
  ...energy, id: 13, provider: { ...energy.provider, code: 'smorodina', name: 'Смородина', portalName: 'Смородина онлайн', portalScheme: 'email' }, number: '00015877', contract: null, contractDate: null,
  address: 'г. Энск, пер. Заводской, д. 3, кв. 5А', status: 'closed', closedOn: '2019-08-30', balance: null, meters: [], portalUser: null, els: null,
}

/** What the usual matrix lets this kind of visitor do. */
export const allowedTo = (kind: IdentificationKind, reason = 'notIdentified'): Visit['allowed'] => ({
  subscriber: Object.fromEntries(visitActions.map((action) => [action, defaultIdentification.sufficient[action].includes(kind) ? null : reason])) as Visit['allowed']['subscriber'],
  accounts: {},
})

export const openVisit: Visit = {
  id: 900, subscriberId: 1, subscriberName: 'Воронцова-Дашкова Елизавета Андреевна', address: energy.address, state: 'open', openedAt: at('09:41'), closedAt: null,
  identification: 'none', identifiedAt: null, documentType: null, attemptsLeft: 5,
  represented: null, application: null, allowed: allowedTo('notIdentified'), draft: null,
}
export const identified: Visit = { ...openVisit, identification: 'document', identifiedAt: at('09:42'), documentType: 'passport_rf', allowed: allowedTo('document') }

/** A main e-mail in force that nobody has confirmed, changed as the test needs it. */
export const contact = (change: Partial<Contact> = {}): Contact => ({
  id: 71, kind: 'email', purpose: 'main', masked: 'e***@mail.ru', state: 'unconfirmed', isCurrent: true, createdAt: at('12:00', '2024-03-11'), confirmedAt: null, confirmedHow: null, revertUntil: null, awaiting: null, canSms: false,
  ...change,
})
/** What the contacts' panel begins with: nothing waits. */
export const contactRules = {
  confirmations: [], ways: { email: ['emailCode' as const, 'link' as const], phone: ['smsCode' as const, 'none' as const] }, told: { email: ['email' as const], phone: ['email' as const] },
  codeMinutes: 10, linkMinutes: 1440, revertHours: 24, maxContacts: 5,
}
export const card: Card = {
  subscriber: { id: 1, externalId: 'A-000341', kind: 'person', name: 'Воронцова-Дашкова Елизавета Андреевна', birthDate: '1978-04-12', contactNote: null, requisites: null, version: 4 },
  contacts: [
    contact({ id: 71, masked: 'e***@mail.ru', state: 'unconfirmed' }),
    contact({ id: 72, kind: 'phone', canSms: true, masked: '+7 *** ***-41-07', state: 'confirmed', confirmedAt: at('12:04', '2024-03-11'), confirmedHow: 'codeAtDesk' }),
    contact({ id: 70, masked: 'l***@yandex.ru', state: 'replaced', isCurrent: false, createdAt: at('12:00', '2019-03-11') }),
  ],
  accounts: [energy, internet, oldAccount],
  notes: [{ id: 41, text: 'Просит звонить после шести вечера', staffName: 'Петренко Илья Ильич', createdAt: at('15:20', '2026-10-21'), updatedAt: at('15:20', '2026-10-21'), expiresOn: '2026-12-31', isOwn: false, version: 1 }],
  visits: [
    { id: 900, openedAt: at('09:41'), closedAt: null, staffName: operator.fullName, window: '3', identification: 'none' },
    { id: 811, openedAt: at('15:17', '2026-10-21'), closedAt: at('15:20', '2026-10-21'), staffName: 'Петренко Илья Ильич', window: '2', identification: 'document' },
  ],
  timeline: [
    { operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f1001', visitId: 900, at: at('09:41'), kind: 'visits.open', group: 'visits', staffName: operator.fullName, details: { window: '3' }, undone: false, canUndo: false },
    { operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f1002', visitId: 811, at: at('15:20', '2026-10-21'), kind: 'visits.close', group: 'visits', staffName: 'Петренко Илья Ильич', details: { seconds: 94 }, undone: false, canUndo: false },
    { operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f1003', visitId: 811, at: at('15:19', '2026-10-21'), kind: 'readings.save', group: 'readings', staffName: 'Петренко Илья Ильич', details: { account: '740015023', meters: 1 }, undone: false, canUndo: false },
    { operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f1004', visitId: 811, at: at('15:18', '2026-10-21'), kind: 'paymentDocuments.print', group: 'documents', staffName: 'Петренко Илья Ильич', details: { number: '740015023-2026-09', duplicate: 2 }, undone: false, canUndo: false },
  ],
  today,
  requests: [],
  consents: [],
}

const hitAccount = (account: CardAccount) => ({ id: account.id, number: account.number, contract: account.contract, provider: account.provider.name, status: account.status, address: account.address })
export const hits: Hit[] = [
  { subscriberId: 1, name: card.subscriber.name, kind: 'person', birthDate: null, account: hitAccount(energy), accountsCount: 3, match: { kind: 'name', text: card.subscriber.name } },
  { subscriberId: 2, name: 'Воронцов Пётр Ильич', kind: 'person', birthDate: null, account: { ...hitAccount(internet), id: 21, number: '200 981', contract: '200981', address: 'г. Энск, пр-т Строителей, д. 114, кв. 8', status: 'active' }, accountsCount: 1, match: { kind: 'name', text: 'Воронцов Пётр Ильич' } },
  { subscriberId: 3, name: 'Общество с ограниченной ответственностью «Производственно-коммерческая фирма „Воронцовские мельницы и пекарни Энской области“»', kind: 'organisation', birthDate: null, account: { ...hitAccount(energy), id: 31, number: '740900001', contract: null, address: 'Энская обл., Энский р-н, рабочий посёлок Верхнее-Воронцово, ул. имени Шестидесятилетия Октября, д. 118, корп. 4, пом. 12', status: 'suspended' }, accountsCount: 14, match: { kind: 'organisation', text: 'Воронцовские мельницы и пекарни Энской области' } },
  { subscriberId: 4, name: 'Ким О.', kind: 'person', birthDate: null, account: null, accountsCount: 0, match: { kind: 'phone', text: '+7 *** ***-41-07' } },
]

export const impact: Impact = {
  provider: 'ЭнСер', portalName: 'Личный кабинет ЭнСер', portalUserId: 501, login: '740015023', refusal: null,
  linkedAccounts: [{ number: '740015023', address: energy.address }, { number: '740015888', address: 'г. Энск, ул. Садовая, д. 4' }],
  esiaLinks: [{ number: '740015023', linkedAt: at('10:00', '2025-06-01'), maskedName: 'Е*** А*** В***' }],
  pinRequests: 0, lastSignInAt: at('21:40', '2026-11-03'), passwordIssuedAt: at('10:14', '2025-02-11'), passwordExpiresAt: null, passwordChosenBy: 'office', letter: null,
  blocked: false, recentContactChange: true, approval: 'none', deliverBy: ['paper', 'email', 'sms'], canSend: { email: true, sms: true }, emailMasked: 'e***@mail.ru', phoneMasked: '+7 *** ***-41-07',
  policy: { length: 10, oneTime: true, ttlHours: 72, alphabet: 'dfghjkmnqrstuvwz23456789' },
}

/** How the desk prints its forms: plainly, on the printers given. */
export const printingOptions = (printers: Partial<Record<Form, string>> = {}): Record<Form, FormOptions> =>
  Object.fromEntries(form.options.map((name) => [name, { ...plainOptions, printer: printers[name] ?? null }])) as Record<Form, FormOptions>

export const printer = (name: string, change: Partial<PrinterInfo> = {}): PrinterInfo => ({
  name, isDefault: false, state: 'ready', trouble: null, message: null, trays: ['auto', 'tray-1', 'manual'], canDuplex: true, paper: ['A4', 'A5'], ...change,
})

/** A slip on its way to the printer of the desk. */
export const deskJob = (change: Partial<DeskJob> = {}): DeskJob => ({
  jobId: 'HP-77', form: 'visitSlip', number: null, printer: 'HP_LaserJet_окно_3', state: 'queued', reason: null, message: null, sentAt: at('09:50'), since: at('09:51'), movedTo: null, secret: false, ofBatch: false,
  mine: true, canRetry: false, subscriberId: 1, accountId: null, ...change,
})
