import type { ReportTitles } from '@shared/domain/report-titles'
import type { SameTexts } from '../same-texts'

const reports: SameTexts<ReportTitles['reports']> = {
  visitsByStaff: {
    title: 'Visits by member of staff',
    how: 'Visits begun in the period and operations of it. Time is from the beginning to the end of visits that were served to the end: the median, what nine out of ten took no longer than, and the longest. Visits postponed to another day or forgotten (ended at night) don’t count there. A visit handed over is that of whoever ended it.',
  },
  visitsByTime: {
    title: 'Visits by time',
    how: 'Visits by the day and hour they began, by the clock of the office, and operations done then. Times as in the report by member of staff.',
  },
  visitsHeat: {
    title: 'Visits by hour of the week',
    how: 'How many visits began in each hour of each weekday over the whole period, by the clock of the office.',
  },
  slowVisits: {
    title: 'Longest visits',
    how: 'The hundred longest visits of those begun in the period and served to the end. A row opens the course of the visit.',
  },
  operationsByKind: {
    title: 'Operations by kind',
    how: 'All operations of the period: at a window, by a supervisor, by the subscriber through a link. An operation undone and its undoing are two. By provider only those with an account count.',
  },
  operationsByStaff: {
    title: 'Operations by member of staff',
    how: 'Operations of staff in the period; “days” are days of the office on which somebody did something, “per day” the average of such a day. What subscribers do themselves is left out.',
  },
  operationsByTime: {
    title: 'Operations by time',
    how: 'All operations of the period by day and hour of the office, with those undone later and the undoing itself.',
  },
  readingsByChannel: {
    title: 'Readings by channel',
    how: 'Readings by the day they were entered. “Readings” are those in force now, “with a warning” and “in spite of it” are of them. Cancelled ones stand apart, as they are now. Refused: how often a rule kept a reading out, once for a visit and a meter. Only those entered in an office have an office and a member of staff.',
  },
  readingsByTime: {
    title: 'Readings by time',
    how: 'Readings in force now, by the day they were entered and the channel. Cancelled and rejected ones are left out.',
  },
  readingOverrides: {
    title: 'Entered in spite of a warning: reasons',
    how: 'Readings in force that were entered with a reason in spite of a warning, by the day they were entered. A reading with several reasons counts in each.',
  },
  readingOverridesByStaff: {
    title: 'Entered in spite of a warning: staff',
    how: 'Readings in force a member of staff entered, and how many with a reason in spite of a warning. The share is of all theirs.',
  },
  readingRefusals: {
    title: 'Refused readings: rules',
    how: 'Readings a rule kept out at the window, by phone or from paper: “Save” was pressed and nothing was written. A meter and a rule count once in a visit, however often it was tried. Rows of registers that were refused are in “Imports of registers”.',
  },
  readingRefusalsByStaff: {
    title: 'Refused readings: staff',
    how: 'Whose readings the rules kept out, and of which meters. A meter and a rule count once in a visit.',
  },
  readingWarnings: {
    title: 'Warnings about readings',
    how: 'Readings in force that a rule warned of, by rule; how many wait for a decision, were looked at, were cancelled. A reading with several warnings counts in each.',
  },
  readingCancellations: {
    title: 'Cancelled readings',
    how: 'Readings that are cancelled now, by the reason and the day they were entered (not cancelled).',
  },
  requests: {
    title: 'Requests',
    how: 'Requests taken within the period, by kind, and what became of them by this minute. Overdue: open past its due date, or closed later than it. “On time” is the share closed by the due date. The usual time is the median from taking to doing or refusing. Those an operator undid during the visit count as withdrawn.',
  },
  requestList: { title: 'List of requests', how: 'Requests taken within the period, newest first, at most 500. The office is that of whoever took the request.' },
  approvals: {
    title: 'A supervisor’s approvals',
    how: 'What operators asked within the period. “Unanswered”: nobody decided within 15 minutes. “Used”: the password was issued with it. Time to decide is the median from the question to the answer. The member of staff is the one who asked.',
  },
  accessByTime: {
    title: 'Contacts and passwords over time',
    how: 'Changes and removals of the main e-mail and the main phone that came into force, and portal passwords issued, by days of the office. “Within a day of a change” means a password issued at a desk within 24 hours of one. Changes taken back are not subtracted: see “Changes of e-mail and phone”.',
  },
  contactChanges: {
    title: 'Changes of e-mail and phone',
    how: 'Changes begun at a desk within the period and how they ended: confirmed by a code, confirmed by a link, recorded without confirmation, still waiting, cancelled before. Apart from that: removals and changes taken back within the period (one taken back by the link of a letter counts with whoever made the change). Confirming a contact of a register without changing it does not count.',
  },
  passwordIssues: {
    title: 'Portal passwords issued',
    how: 'Every password the office made within the period, at a desk and in lists of memos. “First”: the cabinet was opened by it. “After a change of contacts”: within the hours the provider sets. Passwords revoked later are not subtracted.',
  },
  reissueAfterChange: {
    title: 'A change of contacts and a password within a day',
    how: 'Passwords issued within 24 hours after a change or a removal of a main contact of the same subscriber (the change first, then the password). The last change before the password is shown. The period is that of the password. A row opens the subscriber’s timeline.',
  },
  reissueWithoutSignIn: {
    title: 'Passwords nobody signed in with',
    how: 'Passwords issued at a desk within the period, at least the given number of days ago. A sign-in is one that succeeded at the portal, by password or through Gosuslugi, after the password was issued and, where it was replaced, before that. Later passwords are left out: it is too early to tell.',
  },
  portalAdoption: {
    title: 'Portal accounts by month',
    how: 'The state at the end of each month, for this one at the beginning of today. Accounts: open ones. “With e-mail”: the subscriber has a confirmed main e-mail in force. “With a cabinet”: the account is linked to a portal user. “Signed in”: that user signed in within the last 90 days. Closed months were counted once and change no more. The total is that of the last month.',
  },
  cardsWithoutVisit: {
    title: 'Cards opened without a visit',
    how: 'How often a member of staff opened a card without beginning a visit. Other looks: timeline, charges, neighbours, contacts, unmasking without a visit. Only a supervisor can open one without a visit. The same card opened again is another look.',
  },
  documentLookups: {
    title: 'Searches by document',
    how: 'Searches by document number, СНИЛС, ИНН or ОГРН by day and member of staff, as on the page of look-ups and with its thresholds: 120 searches a day, half of them without a result, found ones not opened, 30 unmaskings, 20 cards without a visit. “Card opened after”: of somebody who was found, within 10 minutes.',
  },
  unmasking: {
    title: 'Masked data shown',
    how: 'Every time something masked was shown in full, by the reason given: the subscriber’s identity (documents, СНИЛС, ИНН, date of birth) and contacts. Without a visit only a supervisor may open the identity.',
  },
  workingHours: {
    title: 'Work outside the usual hours',
    how: 'What staff did with subscribers within the period. Usual hours lie between the 5th and the 95th percentile of the person’s actions within 90 days before the end of the period, if there are 50 of them; “outside own hours” is more than an hour before or after. The office’s hours are read from its card (“пн–пт 8:00–19:00, сб 9:00–15:00”); if they can’t be read, nothing is compared with them. Whole hours are counted: one that ends less than 15 minutes before opening or begins less than 30 after closing still counts as open. Hours are those of the office’s zone.',
  },
  duplicates: {
    title: 'Duplicates of payment documents',
    how: 'Payment documents given out at a desk within the period: the first is the original, the next are duplicates. Those saved as files count too and have a column. Those printed in batches are in “Batches of memos and bills”.',
  },
  batches: { title: 'Batches of memos and bills', how: 'Batches made within the period, newest first, and what has been printed by this minute. “Not taken”: rows that nothing can or may be printed for.' },
  debtAging: {
    title: 'Debts by age',
    how: 'The debt of an account is the closing balance of its last closed period over all services (accrued, recalculated, benefits and penalties less payments) less what was paid since. Money settles the oldest charges first, so a debt consists of the latest ones; what is older than the history of charges is counted from its beginning. Days run from the last day to pay (Housing Code, art. 155 part 1: the 15th, before March 2026 the 10th; telecom: the end of the month). Not due yet counts as up to 30 days.',
  },
  debtByStreet: { title: 'Debts by street', how: 'As “Debts by age”, by streets of the accounts’ addresses. The first 500 streets by sum; the total is of all.' },
  topDebtors: { title: 'The largest debts', how: 'The hundred accounts with the largest debts, by the rules of “Debts by age”. No names: a card is opened apart, and that is recorded. The total is of all debtors.' },
  verificationDue: {
    title: 'Verification of meters by month',
    how: 'Meters in service of open accounts whose verification ends within the chosen days, by month. “Overdue”: it has ended. Removed meters and those without a date are left out.',
  },
  verificationByHouse: { title: 'Verification of meters by house', how: 'The same by house: where a verifier has to go. The first 500 houses by number of meters; the total is of all.' },
  verificationMeters: { title: 'Meters to be verified', how: 'Meters whose verification ends within the chosen days, by date, at most 500. No names.' },
  messages: {
    title: 'Letters and SMS',
    how: 'Messages queued within the period and what became of them by this minute. “Unknown”: the connection broke when the text had gone out. “Too late”: the code or link had expired. Delivery time is the median from the queue to leaving. The share of failures is failed, unknown and too late of all but cancelled and waiting.',
  },
  messageFailures: { title: 'Messages not sent', how: 'Messages that failed, came too late or may not have arrived, by the day that became clear and the reason. Those sent again are left out. No addresses.' },
  imports: { title: 'Registers taken in', how: 'Registers whose import began within the period: rows taken, taken with a remark, unchanged, refused. An administrator imports them; they are common to all offices.' },
}

const columns: SameTexts<ReportTitles['columns']> = {
  visits: 'Visits', operations: 'Operations', medianSeconds: 'Median time', p90Seconds: '9 of 10 within', longestSeconds: 'Longest', postponed: 'Postponed', forgotten: 'Forgotten',
  weekday: 'Weekday', hour: 'Hour', openedAt: 'Begun', window: 'Window', seconds: 'Time', identification: 'Identified by', kind: 'Operation', operationsShare: 'Share of operations',
  perDay: 'Per day', channel: 'Channel', readings: 'Readings', withWarning: 'Warned of', overridden: 'In spite of a warning', overriddenShare: 'Share in spite of a warning',
  atDesk: 'At a window', byPhone: 'By phone', byPortal: 'From the cabinet', byPaper: 'On paper', byAct: 'By act', byRegister: 'By register', reason: 'Reason of a reading',
  general: 'Plain meters', zones: 'Multi-zone', automatic: 'Automatic', rule: 'Warning', refusedRule: 'Rule', reviewed: 'Reviewed', cancelReason: 'Reason of cancelling', otherWays: 'Otherwise',
  staffName: 'Member of staff', provider: 'Provider', accountNumber: 'Account', address: 'Address', street: 'Street', house: 'House', moment: 'When', day: 'Day', month: 'Month', service: 'Service',
  accounts: 'Accounts', subscribers: 'Different subscribers', days: 'Days', name: 'Name', rows: 'Rows', times: 'Times',
  requestKind: 'Kind of request', created: 'Taken', done: 'Done', refused: 'Refused', withdrawn: 'Withdrawn', open: 'Open', overdue: 'Overdue', onTimeShare: 'On time', medianTime: 'Usual time',
  requestNumber: 'Number', requestStatus: 'State', createdAt: 'Made', dueOn: 'Due', closedAt: 'Closed', assignee: 'Assignee',
  asked: 'Begun', questions: 'Questions', granted: 'Granted', unanswered: 'Unanswered', expired: 'Too late', used: 'Used', refusedShare: 'Share refused', medianDecision: 'Time to decide',
  emailChanges: 'E-mail changes', phoneChanges: 'Phone changes', passwords: 'Passwords', afterContactChange: 'After a change of contacts', within24Hours: 'Within a day of a change',
  contactKind: 'Contact', byCode: 'Confirmed by code', byLink: 'Confirmed by link', unconfirmed: 'Without confirmation', waiting: 'Waiting', cancelled: 'Cancelled', removed: 'Removed', reverted: 'Taken back',
  firstIssues: 'First password', reissues: 'Reissued', onPaper: 'On paper', toFile: 'As a file', byEmail: 'By e-mail', bySms: 'By SMS', inBatches: 'In batches', approved: 'Approved',
  changedAt: 'Contact changed', changedBy: 'Changed by', issuedAt: 'Password issued', samePerson: 'Same person', between: 'In between', delivery: 'Way', approvedBy: 'Approved by',
  signedIn: 'Signed in', withoutSignIn: 'Did not', withoutSignInShare: 'Share without sign-in',
  withEmail: 'With e-mail', withEmailShare: 'Share with e-mail', withUser: 'With a cabinet', withUserShare: 'Share with a cabinet', active90: 'Signed in within 90 days', active90Share: 'Share signed in',
  cards: 'Cards without a visit', otherLooks: 'Other looks', mostInADay: 'Most in a day',
  searches: 'Searches', foundNothing: 'Nothing found', openedAfter: 'Card opened after', stopped: 'Stopped', unmasked: 'Unmasked', signs: 'To look at',
  what: 'What was shown', unmaskReason: 'Reason', withoutVisit: 'Without a visit',
  actions: 'Actions', usualFrom: 'Usually from', usualTo: 'Usually until', outsideUsual: 'Outside own hours', outsideOffice: 'Outside office hours', outsideOfficeShare: 'Share outside office hours',
  issues: 'Given out', originals: 'Originals', duplicates: 'Duplicates', duplicatesShare: 'Share of duplicates',
  batchKind: 'What was printed', batchState: 'State of the batch', printed: 'Printed', failed: 'Failed', notTaken: 'Not taken', left: 'Left',
  debtors: 'Debtors', debt: 'Debt', to30: 'Up to 30 days', to60: '31–60 days', to90: '61–90 days', to180: '91–180 days', to365: '181–365 days', over365: 'More than 365 days', oldestMonth: 'Debt since', debtDays: 'Days of debt',
  meters: 'Meters', verifiedUntil: 'Verified until', serial: 'Serial number',
  messageChannel: 'Channel', messageTemplate: 'Message', messageError: 'Reason of failure', messages: 'Messages', sent: 'Sent', uncertain: 'Unknown', queued: 'Waiting to be sent', failedShare: 'Share of failures',
  startedAt: 'Begun at', registerKind: 'Register', fileName: 'File', accepted: 'Rows taken', warned: 'With a remark', unchanged: 'Unchanged', took: 'Took',
}

const values: SameTexts<ReportTitles['values']> = {
  rule: {
    invalidValue: 'not digits', zonesMissing: 'zones missing', exceedsCapacity: 'too many digits', tooManyDecimals: 'too many decimals', dateInFuture: 'date in the future', beforeInstallation: 'before installation', meterRemoved: 'meter removed',
    notCommissioned: 'not in service', automaticMeter: 'sends itself', sealBroken: 'seal broken', controlReadingRequired: 'control reading required', controlSameDay: 'on the day of a control reading',
    verificationExpired: 'verification expired', belowControl: 'below the control reading', belowPrevious: 'below the previous', rollover: 'turn of the dial', aboveNext: 'above a later one', aboveUsual: 'above the usual',
    aboveMaximum: 'above the cap', aboveNorm: 'above the norm', looksMistyped: 'looks mistyped', looksSwapped: 'cold and hot swapped', previousDisputed: 'previous disputed', zeroConsumptionRepeated: 'no consumption in a row',
    secondInPeriod: 'second of the period', longSilence: 'long silence', zeroConsumption: 'no consumption', belowUsual: 'below the usual', sameAsAccepted: 'the same accepted already', periodClosed: 'period closed',
    outsideWindow: 'out of the window', verificationEndsSoon: 'verification ends soon', firstReading: 'first reading',
  },
  cancelReason: {
    replaced: 'replaced by a correction', replacedByRegister: 'replaced by a register', undone: 'undone', wrongValue: 'wrong value', wrongMeter: 'wrong meter', wrongDate: 'wrong date',
    duplicate: 'entered twice', subscriberAsked: 'the subscriber asked', other: 'another reason', supervisor: 'the supervisor decided', review: 'cancelled by the supervisor',
  },
  identification: { none: 'not identified', document: 'by document', representative: 'representative', readingsOnly: 'readings only' },
  contactKind: { email: 'e-mail', phone: 'phone' },
  delivery: { print: 'on paper', save: 'as a file', email: 'by letter', sms: 'by SMS', batch: 'in a batch' },
  yesNo: { yes: 'yes', no: 'no' },
  unmasked: { identity: 'identity', contact: 'contact' },
  unmaskReason: { verify: 'comparing', dictate: 'asked to dictate', other: 'other' },
  batchKind: { memoBatches: 'memos', documentBatches: 'bills' },
  batchState: { ready: 'not begun', running: 'printing', paused: 'stopped', done: 'done' },
  requestKind: {
    connection: 'Connection', termination: 'Termination', tariffChange: 'Change of tariff', serviceChange: 'Change of services', promisedPayment: 'Promised payment', suspension: 'Suspension',
    specialist: 'Specialist’s visit', recalculation: 'Recalculation', correction: 'Correction of data', letter: 'Letter', complaint: 'Complaint',
  },
  status: { new: 'new', inProgress: 'in progress', waiting: 'waits for the subscriber', done: 'done', refused: 'refused', withdrawn: 'withdrawn' },
  registerKind: { subscribers: 'Subscribers', accounts: 'Accounts', meters: 'Meters', readings: 'Readings', charges: 'Charges', payments: 'Payments' },
  messageChannel: { email: 'letter', sms: 'SMS' },
  messageTemplate: {
    contactCode: 'Confirmation code', contactLink: 'Link that confirms an address', contactChanged: 'Notice of a changed contact', contactReverted: 'Notice of a change taken back', passwordIssued: 'Notice of a new password',
    portalPassword: 'Portal password', pin: 'PIN', pinRefused: 'PIN refused', bill: 'Bill', registration: 'Confirmation of a registration', accessChanged: 'Notice of access to the cabinet', test: 'Test message',
  },
  messageError: {
    unreachable: 'the server does not answer', authentication: 'the server refused the office’s name and password', encryption: 'the server does not support the encryption', certificate: 'the server’s certificate was not accepted',
    addressRefused: 'no server takes the address', brokenOff: 'the connection broke while sending', noAnswer: 'the gateway did not answer', senderStopped: 'the sending computer went off', expired: 'expired',
    superseded: 'replaced by a newer message', letterNotWritten: 'the text could not be written', secretLost: 'the key is lost', notConfigured: 'this way of sending is not set up', gatewayRefused: 'the gateway did not take it',
    gatewayRedirects: 'the gateway has moved', gatewayMisconfigured: 'the gateway is set up wrongly', smtp550: 'no such mailbox (550)', smtp552: 'the mailbox is full (552)', smtp554: 'taken for spam (554)',
    smtp450: 'asks to come later (450)', smtp451: 'asks to come later (451)', smtp452: 'no room on the server (452)', gateway429: 'the gateway asks for less (429)', unknown: 'no reason given',
  },
  sign: {
    refused: 'a search was stopped by the limit', many: 'more searches than visitors of a day', mostlyNothing: 'nobody was found most times', notOpened: 'found cards were not opened',
    manyUnmasked: 'masked data shown often', withoutVisit: 'many cards without a visit',
  },
}

const reportTitles: SameTexts<ReportTitles> = { reports, columns, values }
export default reportTitles
