import { hasText, plural, t } from '@renderer/i18n'
import { decimalText } from '@renderer/text-of'

/** «profile.messages.pin.sms» and «profile.phones.0.label» without the names and numbers that are the same for all of them. */
export function fieldKey(path: string): string {
  return path
    .split('.')
    .filter((part, index, parts) => !/^\d+$/.test(part) && parts[index - 1] !== 'messages')
    .join('.')
}

const words = (key: string): string | null => (hasText(key) ? t(key) : null)

/** What a field is called; a path this version does not know is named as it is. */
export const labelOf = (path: string): string => words(`providers.fields.${fieldKey(path)}`) ?? words(`providers.groups.${fieldKey(path)}`) ?? path

export const hintOf = (path: string): string | null => words(`providers.hints.${fieldKey(path)}`)

/** Values that other features have words for, by the last key of the path. */
const elsewhere: Record<string, string> = { service: 'common.services', rule: 'readings.ruleName', desk: 'readings.tuning.level', meterType: 'readings.exceptions.meterTypes' }

/** One of the values that a field may have, in words. */
export function choiceOf(path: string, value: string): string {
  const key = fieldKey(path)
  return words(`providers.choices.${key}.${value}`) ?? words(`${elsewhere[key.split('.').pop() ?? ''] ?? ''}.${value}`) ?? value
}

/** A saved value in words, for the history. */
export function valueText(path: string, value: unknown): string {
  if (value === undefined || value === null || value === '') return t('providers.history.nothing')
  if (typeof value === 'boolean') return t(value ? 'providers.history.yes' : 'providers.history.no')
  if (typeof value === 'number') return decimalText(path.includes('Monthly.') ? value / 1000 : value)
  // A picture is no words.
  if (path.endsWith('.logo')) return t('providers.history.changed')
  if (typeof value === 'string' && path.endsWith('.price')) return decimalText(value)
  if (typeof value === 'string') return choiceOf(path, value)
  if (!Array.isArray(value)) return t('providers.history.changed')
  if (value.length === 0) return t('providers.history.nothing')
  const simple = value.every((one) => typeof one === 'string')
  const list = simple ? value.map((one) => choiceOf(path, one)).join('; ') : ''
  return simple && list.length <= 240 ? list : plural('providers.history.items', value.length)
}
