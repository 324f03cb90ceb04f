import { formatDate, isLocalDate } from '@shared/domain/dates'
import { hasText, t } from '@renderer/i18n'
import { reportWordsNow } from '@renderer/report-words'

/** «Показания сохранены» for 'readings.save'; an action without words is named by its code. */
export function actionText(action: string): string {
  const key = `audit.action.${action.replaceAll('.', '_')}`
  return hasText(key) ? t(key) : t('audit.unknownAction', { code: action })
}

/** Details as pairs of words, nested ones by path. Values are shown as they were recorded: what must not be seen was masked before it got there. */
export function detailTexts(details: Record<string, unknown>): { name: string; value: string }[] {
  return Object.entries(details).flatMap(([name, value]) => {
    // Which operation it was says nothing to a reader; an extract has it.
    if (name === 'operation') return []
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return []
    return [{ name: nameText(name), value: valueText(value, name) }]
  })
}

function nameText(name: string): string {
  const key = `audit.detail.${name}`
  return hasText(key) ? t(key) : name
}

function valueText(value: unknown, of?: string): string {
  if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no')
  if (typeof value === 'string') return isLocalDate(value) ? formatDate(value) : codeText(value, of)
  if (Array.isArray(value)) return value.map((part) => valueText(part, of)).join(', ')
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([name, part]) => `${nameText(name)} ${valueText(part, name)}`).join(', ')
  return String(value)
}

/** Codes of the office that have words elsewhere in the catalogue. */
function codeText(code: string, of: string | undefined): string {
  // «document» is a kind of key, a way to identify and a sheet: the detail it stands in says which.
  if (of === 'report') return reportWordsNow().reports[code]?.title ?? code
  const own = of === 'by' ? [`desk.kinds.${code}`] : of === 'oldConsents' ? [`consents.texts.codes.${code}`] : of === 'stage' ? [`audit.stage.${code}`] : of === 'rule' ? [`flags.rule.${code}`] : of === 'part' ? [`configuration.part.${code}`] : of === 'state' ? [`flags.filter.${code}`, `outbox.state.${code}`] : of === 'requestKind' ? [`requests.kinds.${code}`] : of === 'purpose' || of === 'way' ? [`audit.contact.${code}`] : []
  const places = [...own, `common.roles.${code}`, `readings.reason.${code}`, `readings.channels.${code}`, `registers.kind.${code}`, `visits.documents.${code}`, `visits.identification.ways.${code}`, `desk.kinds.${code}`]
  const found = /^[A-Za-z_]+$/.test(code) ? places.find(hasText) : undefined
  return found && hasText(found) ? t(found) : code
}
