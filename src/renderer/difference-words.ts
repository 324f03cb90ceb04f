import type { ConfigurationPart } from '@shared/contract/configuration'
import type { Difference } from '@shared/domain/differences'
import type { LocalDate } from '@shared/domain/dates'
import { formatDate } from '@shared/domain/dates'
import { hasText, plural, t } from './i18n'
import { sectionOf } from './provider-sections'
import { choiceOf, labelOf, valueText } from './provider-words'
import { decimalText } from './text-of'

/** A difference as it is read: what it is about, and what was and is. Null: nothing of that kind. */
export interface DifferenceWords {
  name: string
  kind: Difference['kind']
  before: string | null
  after: string | null
}

export const partName = (part: ConfigurationPart): string => t(`configuration.part.${part}`)

/** What an item is called: some have a name of their own, some only a key. */
export function itemName(part: ConfigurationPart, key: string, name: string): string {
  if (part === 'flagRules') return words(`flags.rule.${key}`) ?? key
  if (part === 'liveLimits') return t('configuration.limits')
  if (part === 'office') return name || t('configuration.part.office')
  if (part === 'consentTexts') {
    const [purpose = '', channel = '', version = ''] = key.split('/')
    return t('configuration.consentText', { purpose: words(`configuration.purpose.${purpose}`) ?? purpose, channel: words(`configuration.channel.${channel}`) ?? channel, version })
  }
  if (part === 'registerMappings') {
    const [kind = '', provider] = key.split('/')
    const named = words(`configuration.registerKind.${kind}`) ?? kind
    return provider === undefined ? named : `${named}, ${provider}`
  }
  return name
}

export function differenceWords(part: ConfigurationPart, one: Difference): DifferenceWords {
  const row = one.row === null || one.kind === 'added' || one.kind === 'removed' ? null : rowName(one.path.slice(0, one.path.lastIndexOf('.')), one.row)
  const field = fieldName(part, one.path)
  return {
    name: row === null ? field : `${field}: ${row}`,
    kind: one.kind,
    before: one.before === undefined ? null : written(part, one.path, one.before),
    after: one.after === undefined ? null : written(part, one.path, one.after),
  }
}

/** «Пароль кабинета: Okno выдаёт, знаков» */
function fieldName(part: ConfigurationPart, path: string): string {
  if (part === 'providers') {
    const section = t(`providers.section.${sectionOf(path)}`)
    const label = requestField(path) ?? labelOf(path)
    return label === section ? label : `${section}: ${label}`
  }
  const own = `configuration.field.${path.replace(/^filters\..*/, 'filters')}`
  if (part === 'flagRules' && path.startsWith('params.')) return words(`flags.rules.${path.slice('params.'.length)}`) ?? path
  return words(own) ?? path
}

/** «profile.requests.promisedPayment.maxDays» is a field of a kind of request. */
function requestField(path: string): string | null {
  const [, kind, field] = /^profile\.requests\.(\w+)\.(\w+)$/.exec(path) ?? []
  return kind && field ? `${words(`requests.kinds.${kind}`) ?? kind}, ${words(`providers.requests.field.${field}`) ?? field}` : null
}

function written(part: ConfigurationPart, path: string, value: unknown): string {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return rowText(path, value as Record<string, unknown>)
  if (typeof value === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(value)) return formatDate(value as LocalDate)
  if (typeof value === 'boolean') return t(value ? 'providers.history.yes' : 'providers.history.no')
  if (part === 'providers') {
    if (Array.isArray(value) && path.endsWith('.documents')) return value.map((one) => words(`requests.papers.${String(one)}`) ?? String(one)).join('; ') || t('providers.history.nothing')
    return valueText(path, value)
  }
  if (Array.isArray(value)) return plural('providers.history.items', value.length)
  if (typeof value === 'number') return decimalText(value)
  const last = path.split('.').at(-1) ?? ''
  return words(`configuration.choice.${last}.${String(value)}`) ?? String(value)
}

/** What a row is called: by its name, the service it is for, the day it begins. */
function rowName(path: string, row: Record<string, unknown>): string {
  const list = path.split('.').at(-1)
  const text = (key: string) => (typeof row[key] === 'string' && row[key] !== '' ? (row[key] as string) : null)
  const named = (key: string) => (text(key) === null ? null : choiceOf(`${path}.${key}`, text(key) ?? ''))
  const day = text('since')
  const parts: (string | null)[] = {
    services: [text('name') ?? text('code')],
    phones: [text('label')],
    windows: [named('service')],
    rules: [named('rule'), named('service'), named('meterType')],
    penaltyRates: [day && formatDate(day as LocalDate)],
    tariffs: [text('name') ?? named('service'), typeof row['zone'] === 'number' ? t('providers.tariffs.zone', { n: row['zone'] }) : null, day && t('providers.tariffs.since', { date: formatDate(day as LocalDate) })],
  }[list ?? ''] ?? [text('name')]
  return parts.filter((one) => one !== null).join(', ')
}

/** A whole row, made or taken away: its name and what else it holds. */
function rowText(path: string, row: Record<string, unknown>): string {
  const name = rowName(path, row)
  const values = Object.entries(row)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => [key, typeof value === 'object' && !Array.isArray(value) ? null : written('providers', `${path}.${key}`, value)] as const)
    .filter(([, value]) => value !== null && value !== '' && !name.includes(value))
    .map(([key, value]) => `${labelOf(`${path}.${key}`)} ${value}`)
  return [name, ...values].filter(Boolean).join('; ')
}

const words = (key: string): string | null => (hasText(key) ? t(key) : null)
