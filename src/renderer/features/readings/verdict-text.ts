import type { Sheet, SheetMeter } from '@shared/contract/readings'
import { formatDate } from '@shared/domain/dates'
import { meterTypeOf, ruleSetting, verdictText as domainText } from '@shared/domain/reading-rule-book'
import { readingRules, type ParsedReading, type ReadingVerdict } from '@shared/domain/reading-rules'
import { hasText, plural, t, type TextValues } from '@renderer/i18n'
import { periodText } from '@renderer/period-text'
import { readingText } from '@renderer/text-of'

const amounts = ['previous', 'control', 'next', 'consumption', 'usual', 'maximum', 'norm', 'value', 'suggestion', 'expected']

/** A verdict in words: the provider's own where there are some. A rule this version does not know is named by its code, never hidden. */
export function verdictText({ rule, details }: ReadingVerdict, meter: Pick<SheetMeter, 'service' | 'zones' | 'isAutomatic' | 'decimals'>, policy: Sheet['policy'] | null = null): string {
  const own = policy && readingRules.includes(rule) ? ruleSetting(policy, rule, meter.service, meterTypeOf(meter)).text : null
  if (own) return domainText({ rule, details }, { unit: t(`common.units.${meter.service}`), text: own })
  const values: TextValues = { unit: t(`common.units.${meter.service}`) }
  for (const [name, value] of Object.entries(details)) {
    if (typeof value === 'number') values[name] = amounts.includes(name) ? readingText(value, meter.decimals) : value
    else values[name] = /^\d{4}-\d{2}-\d{2}$/.test(value) ? formatDate(value) : /^\d{4}-\d{2}$/.test(value) ? periodText(value) : value
  }
  if (typeof details['periods'] === 'number') values['periods'] = plural('readings.periods', details['periods'])
  if (rule === 'looksMistyped') {
    const key = `readings.mistyped.${details['kind']}`
    return hasText(key) ? t(key, values) : t('readings.mistyped.extraDigit', values)
  }
  const key = `readings.rule.${rule}`
  return hasText(key) ? t(key, values) : t('readings.rule.unknown', { rule })
}

/** A slip of the keyboard in one field, in words; null while the field is empty or right. */
export function problemText(parsed: ParsedReading, meter: Pick<SheetMeter, 'digits' | 'decimals'>): string | null {
  if (!('problem' in parsed) || parsed.problem === 'empty') return null
  if (parsed.problem === 'notANumber') return t('readings.problem.notANumber')
  if (parsed.problem === 'tooManyDecimals') return meter.decimals === 0 ? t('readings.problem.wholeOnly') : t('readings.problem.tooManyDecimals', { decimals: meter.decimals })
  const suggestion = parsed.details['suggestion']
  const { digits } = meter
  return suggestion === undefined ? t('readings.problem.tooManyDigits', { digits }) : t('readings.problem.tooManyDigitsSuggest', { digits, suggestion: readingText(suggestion, meter.decimals) })
}

/** «Введено», «Отменено: внесено по ошибке»: the words of the portals; a reason in free text stays as it was typed. */
export function statusText(status: SheetMeter['history'][number]['status'], reason: string | null): string {
  const word = t(`readings.status.${status}`)
  if (reason === null) return word
  const [code = '', ...rest] = reason.split(': ')
  const key = `readings.statusReason.${code}`
  return `${word}: ${hasText(key) ? [t(key), ...rest].join(': ') : reason}`
}

/** A code of a rule, a reason in words of its own; the code itself where this version has none. */
export function ruleText(rule: string): string {
  const key = `readings.ruleName.${rule}`
  return hasText(key) ? t(key) : rule
}

export function reasonText(reason: string): string {
  const key = `readings.reason.${reason}`
  return hasText(key) ? t(key) : reason
}
