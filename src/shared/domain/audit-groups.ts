import { actionWords } from './action-words'

/** What an event of the journal is about: what the search and the extract of the journal group by. */
export const auditGroups = ['signIns', 'searches', 'views', 'changes', 'visits', 'prints', 'exports', 'portal', 'configuration', 'staff', 'journal', 'direct'] as const
export type AuditGroup = (typeof auditGroups)[number]

const views = /^(desk\.(openCard|unmask|neighbours|charges|explain|timeline)|contacts\.(unmask|check|history)|requests\.(open|queue)|portalUsers\.list|portalRequests\.list|readings\.(attachment|exceptions)|liveDesk\.(name|day)|flags\.list|reports\.(run|details|visit))$/
const prints = /\.(print|preview|save|receipt|slip|nextSlip|form|give|application|act|certificate|invoice|coveringList|printVerificationNotice|penalty)$|^(printing|memoBatches|documentBatches|statements)\./

/** The group of an action as it stands in the journal: `readings.save`. One that nobody has thought of is a change. */
export function groupOf(action: string): AuditGroup {
  const [feature = '', verb = ''] = action.split('.')
  if (feature === 'direct') return 'direct'
  if (feature === 'audit' || action === 'flags.tune') return 'journal'
  if (feature === 'session') return 'signIns'
  if (action === 'desk.search' || action === 'desk.searchRefused') return 'searches'
  if (/^export/i.test(verb) || action === 'registers.exportReadings') return 'exports'
  if (views.test(action)) return 'views'
  if (feature === 'staff' || feature === 'offices' || feature === 'portalLogins') return 'staff'
  if (['providers', 'settings', 'sheetTemplates', 'configuration', 'outbox', 'training', 'backups', 'updates', 'fleet', 'registers'].includes(feature) && !(feature === 'sheetTemplates' && verb !== 'save')) return 'configuration'
  if (action === 'consents.addText' || action === 'consents.dropText') return 'configuration'
  if (action === 'readings.save' || action === 'reports.saveSetting') return 'changes'
  if (prints.test(action)) return 'prints'
  if (feature === 'portal') return 'portal'
  if (feature === 'visits') return 'visits'
  return 'changes'
}

/** Every action of a group that has words. */
export const actionsOf = (group: AuditGroup): string[] => knownActions.filter((action) => groupOf(action) === group)

const knownActions = Object.keys(actionWords).map((key) => key.replace('_', '.'))

/** «Показания сохранены» for `readings.save`; the code itself when it has no words. */
export const wordsOfAction = (action: string): string => (actionWords as Record<string, string | undefined>)[action.replaceAll('.', '_')] ?? action
