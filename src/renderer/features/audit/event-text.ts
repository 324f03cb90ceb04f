import { formatDate, isLocalDate } from '@shared/domain/dates'
import { hasText, t } from '@renderer/i18n'

/** «Показания сохранены» for 'readings.save'; an action without words is named by its code. */
export function actionText(action: string): string {
  const key = `audit.action.${action.replaceAll('.', '_')}`
  return hasText(key) ? t(key) : t('audit.unknownAction', { code: action })
}

/** Details as pairs of words, nested ones by path. Values are shown as they were recorded: what must not be seen was masked before it got there. */
export function detailTexts(details: Record<string, unknown>): { name: string; value: string }[] {
  return Object.entries(details).flatMap(([name, value]) => {
    if (value === null || value === undefined || (Array.isArray(value) && value.length === 0)) return []
    const key = `audit.detail.${name}`
    return [{ name: hasText(key) ? t(key) : name, value: valueText(value) }]
  })
}

function valueText(value: unknown): string {
  if (typeof value === 'boolean') return t(value ? 'audit.yes' : 'audit.no')
  if (typeof value === 'string') return isLocalDate(value) ? formatDate(value) : codeText(value)
  if (Array.isArray(value)) return value.map(valueText).join(', ')
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([name, part]) => `${name} ${valueText(part)}`).join(', ')
  return String(value)
}

/** Codes of the office that have words elsewhere in the catalogue. */
function codeText(code: string): string {
  const places = [`common.roles.${code}`, `readings.reason.${code}`, `readings.channels.${code}`, `registers.kind.${code}`, `visits.documents.${code}`, `visits.identification.ways.${code}`, `desk.kinds.${code}`]
  const found = /^[A-Za-z_]+$/.test(code) ? places.find(hasText) : undefined
  return found && hasText(found) ? t(found) : code
}
