import { hasText, t, type TextValues } from '@renderer/i18n'
import type { Flag, FlagRuleSetting } from '@shared/contract/flags'
import { lowerFirst } from '@renderer/text-of'
import { formatDate, isLocalDate } from '@shared/domain/dates'

export const stateTone = { new: 'warning', looked: 'info', explained: 'success' } as const satisfies Record<Flag['state'], string>

/** «35 мин», «18 ч». */
function timeText(minutes: number): string {
  return minutes < 120 ? t('flags.minutes', { n: minutes }) : t('flags.hours', { n: Math.floor(minutes / 60) })
}

/** What was counted, in a line: «Поисков за день: 140. Порог 120; обычно 60 в день». */
export function factText({ rule, n, facts }: Pick<Flag, 'rule' | 'n' | 'facts'>): string {
  const values: TextValues = { n }
  for (const [name, value] of Object.entries(facts)) if (typeof value !== 'boolean') values[name] = typeof value === 'string' && isLocalDate(value) ? formatDate(value) : value
  if (rule === 'contactThenPassword') {
    const change = `audit.action.${String(facts['change']).replace('.', '_')}`
    const parts = [
      t('flags.fact.contactThenPassword', { time: timeText(Number(facts['minutes'] ?? 0)), change: hasText(change) ? lowerFirst(t(change)) : t('common.nothing') }),
      t(facts['sameVisit'] ? 'flags.fact.sameVisit' : 'flags.fact.otherVisit'),
      ...(facts['sameStaff'] === false ? [t('flags.fact.otherStaff')] : []),
    ]
    return parts.join('; ')
  }
  const usual = facts['usual'] === undefined ? '' : `; ${t('flags.fact.usual', { usual: Number(facts['usual']).toLocaleString('ru-RU') })}`
  return t(`flags.fact.${rule}`, values) + usual
}

/** What may be typed for a threshold; the same bounds as flag_rule_save of 0036-live-desk.sql. */
export const bounds: Readonly<Record<string, readonly [number, number]>> = { hours: [1, 720], days: [1, 60], count: [1, 10_000], share: [1, 100], times: [2, 100], fromHour: [0, 23], toHour: [1, 24] }

/** Why these thresholds can't be saved, by name; empty when they can. */
export function problemsOf(params: Readonly<Record<string, string>>): Record<string, string> {
  const problems: Record<string, string> = {}
  for (const [name, text] of Object.entries(params)) {
    const [min, max] = bounds[name] ?? [0, 99_999]
    const value = Number(text)
    if (!/^\d{1,5}$/.test(text.trim()) || value < min || value > max) problems[name] = t('flags.rules.problem', { min, max })
  }
  if (!problems['fromHour'] && !problems['toHour'] && Number(params['fromHour']) >= Number(params['toHour'])) problems['toHour'] = t('flags.rules.hoursOrder')
  return problems
}

export const paramLabel = (name: string) => {
  const key = `flags.rules.${name}`
  return hasText(key) ? t(key) : name
}

/** «обычно 24; 50», the thresholds where the office says nothing. */
export const defaultsText = ({ defaults }: Pick<FlagRuleSetting, 'defaults'>) => t('flags.rules.usual', { values: Object.values(defaults).join('; ') })
