import { count, different, money, plain, seconds, share, text, type ReportEntry } from './report-entry'

export * from './report-entry'

const whoAndWhen = ['period', 'office', 'staff', 'window'] as const
const ages = [money('to30'), money('to60'), money('to90'), money('to180'), money('to365'), money('over365')]
/** Readings of plain meters, of those with zones, of automatic ones. */
const meterTypes = [count('general'), count('zones'), count('automatic')]
const agesChart = { kind: 'stacked', series: ['to30', 'to60', 'to90', 'to180', 'to365', 'over365'] } as const

/**
 * Every report a supervisor can ask for. A new one is an entry here, the function `report_<code_in_snake>(p_filters jsonb)` in a migration, and its words in report-words.ts and
 * renderer/i18n/en/reports.ts. The function returns {rows: [{key: value}], totals: {key: value}}: totals hold every column whose `total` is not `none`.
 */
export const reportCatalogue = {
  // ── Обслуживание ──
  visitsByStaff: {
    group: 'visits', filters: whoAndWhen, compares: true,
    columns: [text('staffName'), count('visits'), count('operations'), seconds('medianSeconds'), seconds('p90Seconds'), seconds('longestSeconds'), count('postponed'), count('forgotten')],
    chart: { kind: 'bar', x: 'staffName', series: ['visits'] },
    drillDown: { to: 'report', report: 'slowVisits', take: { staffId: 'staffId' } },
  },
  visitsByTime: {
    group: 'visits', filters: [...whoAndWhen, 'grain'], grains: ['day', 'hour', 'weekday', 'week', 'month'], compares: true,
    columns: [plain('moment', 'moment'), count('visits'), count('operations'), seconds('medianSeconds'), seconds('p90Seconds')],
    chart: { kind: 'bar', x: 'moment', series: ['visits'] },
    drillDown: { to: 'details', take: { moment: 'moment' } },
  },
  visitsHeat: {
    group: 'visits', filters: whoAndWhen,
    columns: [plain('weekday', 'weekday'), plain('hour', 'hour'), count('visits')],
    chart: { kind: 'heat', x: 'hour', series: ['visits'], y: 'weekday' },
    drillDown: { to: 'details', take: { weekday: 'weekday', hour: 'hour' } },
  },
  slowVisits: {
    group: 'visits', filters: whoAndWhen, limit: 100,
    columns: [plain('openedAt', 'instant'), text('staffName'), text('window'), plain('seconds', 'seconds'), plain('operations', 'count'), plain('identification', 'identification')],
    chart: null, drillDown: { to: 'timeline' },
  },
  operationsByKind: {
    group: 'visits', filters: [...whoAndWhen, 'provider'], compares: true,
    columns: [plain('kind', 'kind'), count('operations'), share('operationsShare')],
    chart: { kind: 'bar', x: 'kind', series: ['operations'] },
    drillDown: { to: 'report', report: 'operationsByStaff', take: { kind: 'kind' } },
  },
  operationsByStaff: {
    group: 'visits', filters: [...whoAndWhen, 'provider'], compares: true,
    columns: [text('staffName'), count('operations'), share('operationsShare'), different('days'), plain('perDay', 'count')],
    chart: { kind: 'bar', x: 'staffName', series: ['operations'] },
    drillDown: { to: 'details', take: { staffId: 'staffId' } },
  },
  operationsByTime: {
    group: 'visits', filters: [...whoAndWhen, 'provider', 'grain'], grains: ['day', 'hour', 'weekday', 'week', 'month'], compares: true,
    columns: [plain('moment', 'moment'), count('operations')],
    chart: { kind: 'bar', x: 'moment', series: ['operations'] },
    drillDown: { to: 'details', take: { moment: 'moment' } },
  },
  requests: {
    group: 'visits', filters: ['period', 'office', 'provider', 'staff'],
    columns: [plain('requestKind', 'requestKind'), count('created'), count('done'), count('refused'), count('withdrawn'), count('open'), count('overdue'), share('onTimeShare'), seconds('medianTime')],
    chart: { kind: 'stacked', x: 'requestKind', series: ['done', 'refused', 'withdrawn', 'open'] },
    drillDown: { to: 'report', report: 'requestList', take: { requestKind: 'requestKind' } },
  },
  requestList: {
    group: 'visits', filters: ['period', 'office', 'provider', 'staff'], limit: 500,
    columns: [text('requestNumber'), plain('requestKind', 'requestKind'), plain('requestStatus', 'status'), plain('createdAt', 'instant'), plain('dueOn', 'date'), plain('closedAt', 'instant'), text('staffName'), text('assignee'),
      text('provider'), text('accountNumber'), different('overdue')],
    chart: null, drillDown: { to: 'timeline' },
  },
  approvals: {
    group: 'visits', filters: [...whoAndWhen, 'provider'],
    columns: [text('staffName'), count('questions'), count('granted'), count('refused'), count('unanswered'), count('withdrawn'), count('used'), share('refusedShare'), seconds('medianDecision')],
    chart: { kind: 'stacked', x: 'staffName', series: ['granted', 'refused', 'unanswered', 'withdrawn'] },
    drillDown: { to: 'details', take: { staffId: 'staffId' } },
  },

  // ── Показания ──
  readingsByChannel: {
    group: 'readings', filters: ['period', 'office', 'provider', 'staff'], compares: true,
    columns: [plain('channel', 'channel'), count('readings'), count('withWarning'), count('overridden'), share('overriddenShare'), count('cancelled'), count('refused')],
    chart: { kind: 'bar', x: 'channel', series: ['readings'] },
    drillDown: { to: 'report', report: 'readingsByTime', take: { channel: 'channel' } },
  },
  readingsByTime: {
    group: 'readings', filters: ['period', 'office', 'provider', 'staff', 'grain'], grains: ['day', 'weekday', 'week', 'month'], compares: true,
    columns: [plain('moment', 'moment'), count('readings'), count('atDesk'), count('byPhone'), count('byPortal'), count('byPaper'), count('byAct'), count('byRegister')],
    chart: { kind: 'stacked', x: 'moment', series: ['atDesk', 'byPhone', 'byPortal', 'byPaper', 'byAct', 'byRegister'] },
    drillDown: null,
  },
  readingOverrides: {
    group: 'readings', filters: ['period', 'office', 'provider', 'staff'], compares: true,
    columns: [plain('reason', 'reason'), count('times'), ...meterTypes],
    chart: { kind: 'stacked', x: 'reason', series: ['general', 'zones', 'automatic'] },
    drillDown: { to: 'report', report: 'readingOverridesByStaff', take: { reason: 'reason' } },
  },
  readingOverridesByStaff: {
    group: 'readings', filters: ['period', 'office', 'provider', 'staff'], compares: true,
    columns: [text('staffName'), count('readings'), count('overridden'), share('overriddenShare'), ...meterTypes],
    chart: { kind: 'bar', x: 'staffName', series: ['overridden'] },
    drillDown: null,
  },
  readingRefusals: {
    group: 'readings', filters: [...whoAndWhen, 'provider'], compares: true,
    columns: [plain('refusedRule', 'rule'), count('times'), ...meterTypes],
    chart: { kind: 'stacked', x: 'refusedRule', series: ['general', 'zones', 'automatic'] },
    drillDown: { to: 'report', report: 'readingRefusalsByStaff', take: { rule: 'rule' } },
  },
  readingRefusalsByStaff: {
    group: 'readings', filters: [...whoAndWhen, 'provider'], compares: true,
    columns: [text('staffName'), count('times'), ...meterTypes],
    chart: { kind: 'bar', x: 'staffName', series: ['times'] },
    drillDown: null,
  },
  readingWarnings: {
    group: 'readings', filters: ['period', 'office', 'provider', 'staff'], compares: true,
    columns: [plain('rule', 'rule'), count('readings'), count('waiting'), count('reviewed'), count('cancelled'), ...meterTypes],
    chart: { kind: 'stacked', x: 'rule', series: ['waiting', 'reviewed'] },
    drillDown: null,
  },
  readingCancellations: {
    group: 'readings', filters: ['period', 'office', 'provider', 'staff'], compares: true,
    columns: [plain('cancelReason', 'cancelReason'), count('times'), count('atDesk'), count('byRegister'), count('otherWays'), ...meterTypes],
    chart: { kind: 'bar', x: 'cancelReason', series: ['times'] },
    drillDown: null,
  },

  // ── Доступ к кабинетам и контакты ──
  accessByTime: {
    group: 'access', filters: [...whoAndWhen, 'grain'], grains: ['day', 'week', 'month'], compares: true,
    columns: [plain('moment', 'moment'), count('emailChanges'), count('phoneChanges'), count('passwords'), count('within24Hours')],
    chart: { kind: 'line', x: 'moment', series: ['emailChanges', 'phoneChanges', 'passwords', 'within24Hours'] },
    drillDown: null,
  },
  contactChanges: {
    group: 'access', filters: whoAndWhen, compares: true,
    columns: [text('staffName'), plain('contactKind', 'contactKind'), count('asked'), count('byCode'), count('byLink'), count('unconfirmed'), count('waiting'), count('cancelled'), count('removed'), count('reverted')],
    chart: { kind: 'stacked', x: 'staffName', series: ['byCode', 'byLink', 'unconfirmed', 'waiting', 'cancelled'] },
    drillDown: { to: 'details', take: { staffId: 'staffId', contactKind: 'contactKind' } },
  },
  passwordIssues: {
    group: 'access', filters: [...whoAndWhen, 'provider'], compares: true,
    columns: [text('staffName'), text('provider'), count('passwords'), count('firstIssues'), count('reissues'), count('onPaper'), count('toFile'), count('byEmail'), count('bySms'), count('inBatches'),
      count('afterContactChange'), count('approved')],
    chart: { kind: 'stacked', x: 'staffName', series: ['firstIssues', 'reissues', 'inBatches'] },
    drillDown: { to: 'details', take: { staffId: 'staffId', provider: 'providerCode' } },
  },
  reissueAfterChange: {
    group: 'access', filters: [...whoAndWhen, 'provider'], limit: 500,
    columns: [plain('changedAt', 'instant'), text('changedBy'), plain('contactKind', 'contactKind'), plain('issuedAt', 'instant'), text('staffName'), plain('samePerson', 'yesNo'), seconds('between'), text('provider'),
      text('accountNumber'), plain('delivery', 'delivery'), text('approvedBy')],
    chart: null, drillDown: { to: 'timeline' },
  },
  reissueWithoutSignIn: {
    group: 'access', filters: [...whoAndWhen, 'provider', 'days'], days: { usual: 7, from: 1, to: 90 },
    columns: [text('staffName'), text('provider'), count('passwords'), count('signedIn'), count('withoutSignIn'), share('withoutSignInShare')],
    chart: { kind: 'stacked', x: 'staffName', series: ['signedIn', 'withoutSignIn'] },
    drillDown: { to: 'details', take: { staffId: 'staffId', provider: 'providerCode' } },
  },
  portalAdoption: {
    group: 'access', filters: ['period', 'provider'],
    columns: [plain('month', 'month'), text('provider'), different('accounts'), different('withEmail'), share('withEmailShare'), different('withUser'), share('withUserShare'), different('active90'), share('active90Share')],
    chart: { kind: 'line', x: 'month', series: ['withEmailShare', 'withUserShare', 'active90Share'] },
    drillDown: null,
  },

  // ── Просмотры и безопасность ──
  cardsWithoutVisit: {
    group: 'control', filters: ['period', 'office', 'staff'], compares: true,
    columns: [text('staffName'), count('cards'), different('subscribers'), count('otherLooks'), different('days'), different('mostInADay')],
    chart: { kind: 'bar', x: 'staffName', series: ['cards'] },
    drillDown: { to: 'details', take: { staffId: 'staffId' } },
  },
  documentLookups: {
    group: 'control', filters: ['period', 'office', 'staff'],
    columns: [plain('day', 'date'), text('staffName'), count('searches'), count('foundNothing'), count('openedAfter'), count('stopped'), count('unmasked'), count('cards'), plain('signs', 'signs')],
    chart: { kind: 'bar', x: 'day', series: ['searches', 'foundNothing'] },
    drillDown: { to: 'details', take: { staffId: 'staffId', from: 'day', to: 'day' } },
  },
  unmasking: {
    group: 'control', filters: whoAndWhen, compares: true,
    columns: [text('staffName'), plain('what', 'unmasked'), plain('unmaskReason', 'unmaskReason'), count('times'), different('subscribers'), count('withoutVisit')],
    chart: { kind: 'stacked', x: 'unmaskReason', series: ['times'] },
    drillDown: { to: 'details', take: { staffId: 'staffId', what: 'what', unmaskReason: 'unmaskReason' } },
  },
  workingHours: {
    group: 'control', filters: ['period', 'office', 'staff'],
    columns: [text('staffName'), count('actions'), different('days'), plain('usualFrom', 'time'), plain('usualTo', 'time'), count('outsideUsual'), count('outsideOffice'), share('outsideOfficeShare')],
    chart: { kind: 'bar', x: 'staffName', series: ['outsideOffice', 'outsideUsual'] },
    drillDown: { to: 'details', take: { staffId: 'staffId' } },
  },

  // ── Документы ──
  duplicates: {
    group: 'documents', filters: [...whoAndWhen, 'provider'], compares: true,
    columns: [text('staffName'), text('provider'), count('issues'), count('originals'), count('duplicates'), share('duplicatesShare'), count('toFile')],
    chart: { kind: 'stacked', x: 'staffName', series: ['originals', 'duplicates'] },
    drillDown: { to: 'details', take: { staffId: 'staffId', provider: 'providerCode' } },
  },
  batches: {
    group: 'documents', filters: ['period', 'office', 'provider', 'staff'], limit: 500,
    columns: [plain('createdAt', 'instant'), plain('batchKind', 'batchKind'), text('name'), text('provider'), text('staffName'), plain('batchState', 'batchState'), count('rows'), count('printed'), count('failed'), count('notTaken'), count('left')],
    chart: null, drillDown: null,
  },

  // ── Долги и поверка ──
  debtAging: {
    group: 'billing', filters: ['provider'], ofNow: true,
    columns: [text('provider'), count('debtors'), money('debt'), ...ages],
    chart: { ...agesChart, x: 'provider' },
    drillDown: { to: 'report', report: 'debtByStreet', take: { provider: 'providerCode' } },
  },
  debtByStreet: {
    group: 'billing', filters: ['provider'], limit: 500, ofNow: true,
    columns: [text('street'), text('provider'), count('debtors'), money('debt'), ...ages],
    chart: { ...agesChart, x: 'street' },
    drillDown: { to: 'report', report: 'topDebtors', take: { provider: 'providerCode', locality: 'locality', streetName: 'streetName' } },
  },
  topDebtors: {
    group: 'billing', filters: ['provider'], limit: 100, ofNow: true,
    columns: [text('accountNumber'), text('provider'), text('address'), money('debt'), plain('oldestMonth', 'month'), plain('debtDays', 'count'), ...ages],
    chart: null, drillDown: { to: 'timeline' },
  },
  verificationDue: {
    group: 'billing', filters: ['period', 'provider'],
    columns: [plain('month', 'month'), plain('service', 'service'), count('meters'), count('overdue')],
    chart: { kind: 'bar', x: 'month', series: ['meters', 'overdue'] },
    drillDown: { to: 'report', report: 'verificationByHouse', take: { month: 'month', service: 'service' } },
  },
  verificationByHouse: {
    group: 'billing', filters: ['period', 'provider'], limit: 500,
    columns: [text('house'), plain('service', 'service'), count('meters'), count('overdue')],
    chart: null, drillDown: { to: 'report', report: 'verificationMeters', take: { locality: 'locality', streetName: 'streetName', houseName: 'houseName', service: 'service' } },
  },
  verificationMeters: {
    group: 'billing', filters: ['period', 'provider'], limit: 500,
    columns: [plain('verifiedUntil', 'date'), plain('service', 'service'), text('serial'), text('accountNumber'), text('provider'), text('address')],
    chart: null, drillDown: { to: 'timeline' },
  },

  // ── Связь ──
  messages: {
    group: 'exchange', filters: ['period', 'office', 'provider'], compares: true,
    columns: [plain('messageChannel', 'messageChannel'), plain('messageTemplate', 'messageTemplate'), count('messages'), count('sent'), count('failed'), count('uncertain'), count('expired'), count('cancelled'), count('queued'),
      share('failedShare'), seconds('medianTime')],
    chart: { kind: 'stacked', x: 'messageTemplate', series: ['sent', 'failed', 'uncertain', 'expired'] },
    drillDown: { to: 'report', report: 'messageFailures', take: { messageChannel: 'messageChannel', messageTemplate: 'messageTemplate' } },
  },
  messageFailures: {
    group: 'exchange', filters: ['period', 'office', 'provider'],
    columns: [plain('day', 'date'), plain('messageChannel', 'messageChannel'), plain('messageTemplate', 'messageTemplate'), plain('messageError', 'messageError'), count('failed'), count('uncertain'), count('expired'), count('times')],
    chart: { kind: 'stacked', x: 'day', series: ['failed', 'uncertain', 'expired'] },
    drillDown: null,
  },
  imports: {
    group: 'exchange', filters: ['period', 'staff'], limit: 500,
    columns: [plain('startedAt', 'instant'), plain('registerKind', 'registerKind'), text('fileName'), text('staffName'), count('accepted'), count('warned'), count('unchanged'), count('notTaken'), seconds('took')],
    chart: null, drillDown: null,
  },
} as const satisfies Record<string, ReportEntry>

export type ReportCode = keyof typeof reportCatalogue
export const reportCodes = Object.keys(reportCatalogue) as ReportCode[]

/** The entry of a report, without what only this one has. */
export const reportEntry = (code: ReportCode): ReportEntry => reportCatalogue[code]

/** The name of the function that counts a report: from the catalogue, never from the page. */
export const reportFunction = (code: ReportCode): string => `report_${code.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`
