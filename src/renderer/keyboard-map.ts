import type { TextKey } from './i18n'

/** Order of the cheat sheet. */
export const keyGroups = ['visit', 'search', 'form', 'everywhere'] as const
export type KeyGroup = (typeof keyGroups)[number]

/** Where keys live. A place has the keys of what it stands in as well: a form in a card has those of the card. */
export const places = {
  everywhere: { within: null, group: 'everywhere' },
  signIn: { within: null, group: 'form' },
  search: { within: 'everywhere', group: 'search' },
  card: { within: 'everywhere', group: 'visit' },
  overview: { within: 'card', group: 'visit' },
  contacts: { within: 'overview', group: 'form' },
  password: { within: 'overview', group: 'form' },
  approvals: { within: 'everywhere', group: 'form' },
  identification: { within: 'overview', group: 'form' },
  ending: { within: 'overview', group: 'form' },
  readings: { within: 'card', group: 'form' },
  peak: { within: 'everywhere', group: 'form' },
  exceptions: { within: 'everywhere', group: 'form' },
  liveDesk: { within: 'everywhere', group: 'form' },
  attention: { within: 'everywhere', group: 'form' },
  documents: { within: 'card', group: 'form' },
  requests: { within: 'overview', group: 'form' },
  sheets: { within: 'overview', group: 'form' },
  sheetTemplates: { within: 'everywhere', group: 'form' },
  documentChoice: { within: 'everywhere', group: 'form' },
  documentBatch: { within: 'everywhere', group: 'form' },
  memoList: { within: 'everywhere', group: 'form' },
  memoBatch: { within: 'everywhere', group: 'form' },
  registers: { within: 'everywhere', group: 'form' },
  staff: { within: 'everywhere', group: 'form' },
  offices: { within: 'everywhere', group: 'form' },
  providers: { within: 'everywhere', group: 'form' },
  periods: { within: 'everywhere', group: 'form' },
  consentTexts: { within: 'everywhere', group: 'form' },
  configuration: { within: 'everywhere', group: 'form' },
  providerEditor: { within: 'everywhere', group: 'form' },
  fleet: { within: 'everywhere', group: 'form' },
  outbox: { within: 'everywhere', group: 'form' },
  portalRequests: { within: 'everywhere', group: 'form' },
  reports: { within: 'everywhere', group: 'form' },
  printQueue: { within: null, group: 'form' },
  sheetPreview: { within: null, group: 'form' },
  dialog: { within: null, group: 'form' },
} as const satisfies Record<string, { within: string | null; group: KeyGroup }>
export type Place = keyof typeof places

interface MappedKey {
  key: string
  place: Place
  label: TextKey
}
const at = (place: Place, keys: Record<string, TextKey>): MappedKey[] => Object.entries(keys).map(([key, label]) => ({ key, place, label }))

/** The whole keyboard: every key, where it works and what it does. Keys are places of the keyboard (`event.code`); a test holds the table against the components. */
export const keyboardMap: readonly MappedKey[] = [
  ...at('everywhere', {
    F1: 'shell.help', F2: 'shell.search.label', F3: 'keys.palette.open', 'Ctrl+KeyK': 'keys.palette.open', 'Ctrl+KeyL': 'shell.person.lock', 'Alt+KeyM': 'training.open', 'Alt+KeyJ': 'visits.waiting.accept', 'Alt+KeyV': 'readings.peak.toggle', 'Alt+KeyZ': 'approvals.strip.open', 'Ctrl+Shift+KeyP': 'printing.queue.open',
    'Ctrl+Tab': 'live.tabs.next', 'Ctrl+Shift+Tab': 'live.tabs.previous',
  }),
  ...at('signIn', { 'Alt+KeyL': 'session.signIn.acceptLogin' }),
  ...at('search', { 'Alt+KeyC': 'desk.search.showClosed', 'Alt+KeyL': 'desk.search.inOtherLayout', 'Alt+KeyS': 'desk.search.byName' }),
  ...at('card', {
    F4: 'desk.card.identify', F5: 'desk.card.contactsKey', F6: 'desk.card.portalAccess', F7: 'desk.card.readings', F8: 'desk.card.document', F9: 'desk.card.close', Escape: 'desk.card.backToCard',
    'Alt+KeyB': 'visits.close.postpone', 'Alt+KeyW': 'visits.close.handOver', 'Alt+KeyG': 'visits.draft.next',
  }),
  ...at('overview', {
    'Alt+ArrowDown': 'desk.card.next', 'Alt+ArrowUp': 'desk.card.previous', 'Alt+ArrowLeft': 'desk.balance.earlier', 'Alt+ArrowRight': 'desk.balance.later', 'Alt+KeyA': 'desk.alerts.title', 'Alt+KeyC': 'desk.copy.title',
    'Alt+KeyD': 'desk.personal.unmask', 'Alt+KeyE': 'desk.balance.explain', 'Alt+KeyH': 'desk.neighbours.title', 'Alt+KeyK': 'desk.contacts.unmaskAll', 'Alt+KeyN': 'desk.notes.add', 'Alt+KeyP': 'desk.balance.toggle', 'Alt+KeyQ': 'requests.title', 'Alt+KeyF': 'sheetTemplates.panel.title', 'Alt+KeyO': 'consents.title',
    'Alt+KeyT': 'desk.timeline.filter', 'Alt+KeyU': 'portalUsers.title',
  }),
  ...at('contacts', { 'Alt+KeyR': 'contacts.code.resend' }),
  ...at('readings', { 'Ctrl+KeyS': 'readings.save', 'Ctrl+KeyZ': 'readings.saved.undo', 'Alt+KeyF': 'readings.attachment.key', 'Alt+KeyI': 'readings.history.key', 'Alt+KeyU': 'readings.work.key', 'Alt+KeyL': 'readings.portal.ask', 'Alt+KeyY': 'readings.notice.open' }),
  ...at('password', { 'Alt+KeyL': 'portalAccess.output.large', 'Alt+KeyS': 'portalAccess.sheet.open', 'Alt+KeyR': 'portalAccess.receipt' }),
  ...at('approvals', { 'Alt+KeyA': 'approvals.page.grant', 'Alt+KeyX': 'approvals.page.refuse' }),
  ...at('dialog', { 'Alt+ArrowLeft': 'liveDesk.day.previous', 'Alt+ArrowRight': 'liveDesk.day.next', 'Ctrl+KeyP': 'readings.notice.print', 'Alt+KeyL': 'portalAccess.sheet.byKeys' }),
  ...at('printQueue', { 'Alt+ArrowDown': 'printing.queue.next', 'Alt+ArrowUp': 'printing.queue.previous', 'Alt+KeyR': 'printing.queue.retry', 'Alt+KeyX': 'printing.queue.cancel', 'Alt+KeyD': 'printing.queue.dismiss' }),
  ...at('sheetPreview', { 'Ctrl+KeyP': 'printing.preview.print', 'Ctrl+KeyS': 'printing.preview.save' }),
  ...at('peak', { Escape: 'readings.peak.skip' }),
  ...at('exceptions', { 'Alt+KeyA': 'readings.exceptions.accept', 'Alt+KeyO': 'readings.exceptions.orderControl', 'Alt+KeyX': 'readings.exceptions.cancel', 'Alt+KeyT': 'readings.tuning.open' }),
  ...at('liveDesk', { 'Alt+KeyN': 'liveDesk.action.name', 'Alt+KeyO': 'liveDesk.action.card', 'Alt+KeyP': 'liveDesk.action.move', 'Alt+KeyD': 'liveDesk.action.day', 'Alt+KeyR': 'liveDesk.refresh', 'Alt+KeyL': 'liveDesk.action.limits' }),
  ...at('attention', { 'Alt+KeyL': 'flags.action.looked', 'Alt+KeyE': 'flags.action.explained', 'Alt+KeyO': 'flags.action.card', 'Alt+KeyI': 'flags.action.audit', 'Alt+KeyT': 'flags.action.rules', 'Alt+KeyR': 'flags.action.check' }),
  ...at('documents', {
    'Ctrl+KeyP': 'paymentDocuments.print', 'Ctrl+KeyS': 'paymentDocuments.save', 'Ctrl+Enter': 'paymentDocuments.preview.open', 'Alt+KeyE': 'paymentDocuments.penalty.open',
    'Alt+KeyP': 'paymentDocuments.mode.periods', 'Alt+KeyI': 'paymentDocuments.mode.invoice', 'Alt+KeyY': 'paymentDocuments.mode.statement',
  }),
  ...at('requests', { 'Ctrl+KeyP': 'requests.made.print', 'Ctrl+KeyS': 'requests.made.save' }),
  ...at('sheets', { 'Ctrl+KeyP': 'sheetTemplates.panel.print', 'Ctrl+KeyS': 'sheetTemplates.panel.save' }),
  ...at('sheetTemplates', { 'Alt+KeyN': 'sheetTemplates.add', 'Alt+KeyC': 'consents.texts.title', 'Ctrl+KeyS': 'sheetTemplates.save', Escape: 'sheetTemplates.back' }),
  ...at('consentTexts', { Escape: 'consents.texts.back' }),
  ...at('documentChoice', { 'Ctrl+Enter': 'documentBatches.form.count', 'Ctrl+KeyP': 'documentBatches.found.go' }),
  ...at('documentBatch', { 'Alt+KeyP': 'documentBatches.batch.pause', 'Ctrl+Enter': 'documentBatches.batch.resume', 'Alt+KeyL': 'documentBatches.batch.lastSheet', 'Alt+KeyR': 'documentBatches.batch.retry', 'Alt+KeyB': 'documentBatches.batch.back' }),
  ...at('memoList', { 'Ctrl+KeyO': 'memoBatches.form.file', 'Ctrl+Enter': 'memoBatches.form.check', 'Ctrl+KeyP': 'memoBatches.checked.go' }),
  ...at('memoBatch', { 'Alt+KeyP': 'memoBatches.batch.pause', 'Ctrl+Enter': 'memoBatches.batch.resume', 'Ctrl+KeyP': 'memoBatches.batch.list', 'Ctrl+KeyS': 'memoBatches.batch.listSave', 'Alt+KeyR': 'memoBatches.batch.retry', 'Alt+KeyB': 'memoBatches.batch.back' }),
  ...at('reports', {
    'Alt+KeyL': 'reports.list.filter', Escape: 'reports.back', 'Alt+KeyR': 'reports.refresh', 'Alt+KeyT': 'reports.toTable', 'Alt+KeyD': 'reports.chart.show', 'Alt+KeyS': 'reports.save.open',
    'Alt+KeyP': 'printing.preview.open', 'Ctrl+KeyP': 'reports.export.print', 'Ctrl+KeyS': 'reports.export.open', 'Alt+KeyO': 'reports.visit.card',
  }),
  ...at('registers', { 'Ctrl+KeyO': 'registers.choose', 'Ctrl+Enter': 'registers.confirm.go' }),
  ...at('staff', { 'Alt+KeyN': 'staff.add' }),
  ...at('offices', { 'Alt+KeyN': 'offices.add' }),
  ...at('periods', { 'Ctrl+Enter': 'paymentDocuments.closing.check', 'Alt+KeyP': 'paymentDocuments.closing.pause', Escape: 'paymentDocuments.closing.back' }),
  ...at('configuration', { 'Alt+KeyE': 'configuration.export', 'Alt+KeyI': 'configuration.choose', 'Ctrl+KeyS': 'configuration.compare.take', Escape: 'configuration.compare.close' }),
  ...at('providers', { 'Alt+KeyP': 'paymentDocuments.closing.title', 'Alt+KeyN': 'providers.create.open', 'Alt+KeyE': 'providers.edit' }),
  ...at('providerEditor', { 'Ctrl+KeyS': 'providers.editor.save', 'Alt+ArrowDown': 'providers.editor.next', 'Alt+ArrowUp': 'providers.editor.previous', Escape: 'providers.editor.leave' }),
  ...at('portalRequests', { 'Alt+KeyI': 'portalUsers.page.issue', 'Alt+KeyR': 'portalUsers.page.resend', 'Alt+KeyX': 'portalUsers.page.refuse', 'Alt+KeyO': 'portalUsers.page.openCard' }),
  ...at('fleet', {
    'Alt+KeyN': 'fleet.rollout.start', 'Alt+KeyG': 'fleet.rollout.percent', 'Alt+KeyH': 'fleet.rollout.hold', 'Alt+KeyC': 'fleet.rollout.resume', 'Alt+KeyX': 'fleet.rollout.stop', 'Alt+KeyT': 'fleet.settings.open', 'Alt+KeyI': 'fleet.rollout.history',
    'Alt+KeyR': 'fleet.refresh',
  }),
  ...at('outbox', { 'Alt+KeyA': 'outbox.chooseAll', 'Alt+KeyR': 'outbox.resendChosen', 'Alt+KeyX': 'outbox.cancelChosen' }),
]

/** The group of the cheat sheet for a key that says this. */
export function groupOf(label: TextKey): KeyGroup {
  const known = keyboardMap.find((one) => one.label === label)
  if (known) return places[known.place].group
  if (label === 'printing.queue.open' || /^(?:shell|live|training|keys)\./.test(label)) return 'everywhere'
  if (label.startsWith('desk.search')) return 'search'
  return label.startsWith('desk.') ? 'visit' : 'form'
}
