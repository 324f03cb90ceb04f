import { formatDate, isLocalDate, isPeriod, periodName } from './dates'
import { decimalOfThousandths, formatDecimal } from './decimal'
import type { Meter, ReadingPolicy } from './meter-dial'
import type { MeteredService } from './provider-profile'
import { type ReadingLevel, type ReadingRule, type ReadingVerdict, readingRules } from './reading-verdict'

/** `off`: the rule is not asked. */
export type RuleLevel = ReadingLevel | 'off'

/** Whose answer it is: an operator can confirm, a portal can only ask its user, a register is asked nothing. */
export type RuleAudience = 'desk' | 'portal' | 'register'

/** Meters differ in what is odd of them: several dials, dials read from afar, and the rest. */
export const meterTypes = ['general', 'zones', 'automatic'] as const
export type MeterType = (typeof meterTypes)[number]

export interface RuleOfBook {
  levels: Record<RuleAudience, RuleLevel>
  /** Limits an override may change, with their units in `limitNames`. */
  thresholds: Readonly<Record<string, number>>
  /** Services for which the rule is off unless a provider asks for it. */
  except?: readonly MeteredService[]
  /** Details of a verdict, in the order SQL gives them (0018-readings.sql). */
  details: readonly string[]
  /** What the subscriber, the operator and the portal read; {placeholders} are details. */
  text: string
  /** Where the rule is from: domain.md §3.6, lessons.md §1. */
  source: string
  /** What may be changed of it: a thing that cannot be is no matter of opinion. */
  fixed?: true
}

const levels = (desk: RuleLevel, portal: RuleLevel = desk, register: RuleLevel = desk) => ({ desk, portal, register })

/**
 * Every rule of a reading as data. A provider's profile overrides levels, limits and words for all meters, a service, a type of meter
 * (`profile.readings.rules`); the sheet, main, registers, portals and docs/reading-rules.md read this one table.
 */
export const ruleBook: Record<ReadingRule, RuleOfBook> = {
  zonesMissing: { levels: levels('block'), thresholds: {}, details: ['zones', 'given'], text: 'Заполните показания по всем зонам: {zones}', source: 'domain 15, lessons 3', fixed: true },
  invalidValue: { levels: levels('block'), thresholds: {}, details: [], text: 'Показание должно содержать только цифры', source: 'domain 1, lessons 1', fixed: true },
  exceedsCapacity: { levels: levels('block'), thresholds: {}, details: ['digits'], text: 'Превышена разрядность прибора: не более {digits} знаков до запятой', source: 'domain 2, lessons 2', fixed: true },
  tooManyDecimals: { levels: levels('block'), thresholds: {}, details: ['decimals'], text: 'Не более {decimals} знаков после запятой', source: 'domain 3, lessons 1', fixed: true },
  dateInFuture: { levels: levels('block'), thresholds: {}, details: ['today'], text: 'Дата показания не может быть позже сегодняшней ({today})', source: 'domain 13, lessons 4', fixed: true },
  beforeInstallation: { levels: levels('block'), thresholds: {}, details: ['installedOn'], text: 'Прибор установлен {installedOn}: на эту дату показаний быть не может', source: 'domain 9, 13, lessons 4', fixed: true },
  meterRemoved: { levels: levels('block'), thresholds: {}, details: ['removedOn'], text: 'Прибор снят {removedOn}: показания после этого дня не принимаются', source: 'domain 9, lessons 11', fixed: true },
  notCommissioned: { levels: levels('block', 'block', 'warn'), thresholds: {}, details: [], text: 'Прибор учёта не введён в эксплуатацию', source: 'domain 9, lessons 11' },
  automaticMeter: { levels: levels('block', 'block', 'off'), thresholds: {}, details: [], text: 'Показания передаются автоматически', source: 'domain 19, lessons 15' },
  sealBroken: { levels: levels('block', 'block', 'warn'), thresholds: {}, details: ['sealBrokenOn'], text: 'Нарушена пломба ({sealBrokenOn}): нужен контролёр', source: 'domain 9, lessons 11' },
  controlReadingRequired: {
    levels: levels('block', 'block', 'warn'), thresholds: { acts: 2 }, details: ['acts'],
    text: 'Составлено актов о недопуске: {acts}. Требуется контрольное снятие показаний', source: 'domain 11',
  },
  controlSameDay: { levels: levels('block'), thresholds: {}, details: ['value'], text: 'В этот день сделано контрольное снятие: {value}', source: 'domain 16' },
  verificationExpired: {
    levels: levels('warn', 'block', 'warn'), thresholds: {}, details: ['verifiedUntil'], text: 'Истёк срок поверки ({verifiedUntil}). Показание не принимается к расчёту', source: 'domain 8, lessons 10',
  },
  belowControl: { levels: levels('block'), thresholds: {}, details: ['control', 'controlOn'], text: 'Показание меньше контрольного ({control} от {controlOn})', source: 'domain 16' },
  belowPrevious: { levels: levels('warn', 'block', 'warn'), thresholds: {}, details: ['previous', 'previousOn'], text: 'Показание меньше предыдущего ({previous} от {previousOn})', source: 'domain 4, lessons 5' },
  rollover: {
    levels: levels('warn'), thresholds: { from: 0.9 }, details: ['consumption'], text: 'Похоже на переход счётчика через ноль. Расход составит {consumption} {unit}. Подтвердить?', source: 'domain 5, lessons 6',
  },
  aboveNext: { levels: levels('warn', 'block', 'warn'), thresholds: {}, details: ['next', 'nextOn'], text: 'Показание больше более позднего ({next} от {nextOn})', source: 'lessons 5' },
  aboveUsual: {
    levels: levels('warn'), thresholds: { factor: 3, shareOfCap: 0.02, fewestDays: 15 }, details: ['previous', 'previousOn', 'consumption', 'usual', 'days'],
    text: 'Расход {consumption} {unit} превышает обычный ({usual} {unit}). Проверьте показание', source: 'domain 6, lessons 8',
  },
  aboveMaximum: {
    levels: levels('warn', 'block', 'warn'), thresholds: { monthly: 0 }, details: ['consumption', 'maximum', 'days'],
    text: 'Превышен допустимый расход: {consumption} {unit} при предельном {maximum} {unit}', source: 'domain 6, lessons 8',
  },
  aboveNorm: {
    levels: levels('warn'), thresholds: { factor: 3 }, details: ['consumption', 'norm'], text: 'Расход {consumption} {unit} намного больше норматива на проживающих ({norm} {unit})', source: 'domain 6',
  },
  looksMistyped: { levels: levels('warn'), thresholds: {}, details: ['kind', 'suggestion'], text: '{kind}: {suggestion}?', source: 'lessons 9' },
  looksSwapped: { levels: levels('warn'), thresholds: {}, details: [], text: 'Похоже, показания ХВС и ГВС перепутаны', source: 'domain 18' },
  previousDisputed: {
    levels: levels('warn', 'inform', 'warn'), thresholds: {}, details: ['previousOn'], text: 'Прошлое показание от {previousOn} оспорено: назначено контрольное снятие', source: 'lessons 14',
  },
  zeroConsumptionRepeated: {
    levels: levels('warn', 'warn', 'inform'), thresholds: { periods: 3 }, except: ['heat'], details: ['previousOn', 'days', 'periods'], text: 'Расход равен нулю периодов подряд: {periods}. Подтвердить?', source: 'domain 7, lessons 7',
  },
  secondInPeriod: {
    levels: levels('warn', 'warn', 'inform'), thresholds: {}, details: ['takenOn', 'period', 'value'], text: 'Показание за {period} уже принято: {value} от {takenOn}. Заменить?', source: 'domain 14, lessons 13',
  },
  longSilence: {
    levels: levels('warn', 'warn', 'inform'), thresholds: { months: 3 }, details: ['previousOn', 'days'], text: 'Показания не передавались с {previousOn}: больше трёх месяцев. Требуется контрольное снятие', source: 'domain 12',
  },
  zeroConsumption: { levels: levels('inform'), thresholds: {}, details: ['previousOn', 'days'], text: 'Расход равен нулю', source: 'domain 7, lessons 7' },
  belowUsual: {
    levels: levels('inform'), thresholds: { factor: 6 }, details: ['previous', 'previousOn', 'consumption', 'usual', 'days'], text: 'Расход {consumption} {unit} намного меньше обычного ({usual} {unit})', source: 'lessons 8',
  },
  sameAsAccepted: { levels: levels('inform'), thresholds: {}, details: ['takenOn', 'period', 'value'], text: 'Такое же показание за {period} уже принято', source: 'lessons 13' },
  periodClosed: {
    levels: levels('inform', 'inform', 'off'), thresholds: {}, details: ['period', 'closedThrough', 'countsFor'],
    text: 'Период закрыт: начисление за {period} произведено. Показание будет учтено за {countsFor}', source: 'domain 17, lessons 4, 12',
  },
  outsideWindow: {
    levels: levels('inform', 'inform', 'off'), thresholds: {}, details: ['fromDay', 'toDay', 'period'],
    text: 'Показания принимаются с {fromDay} по {toDay} число. Показание будет учтено за {period}', source: 'domain 10, lessons 12',
  },
  verificationEndsSoon: { levels: levels('inform', 'inform', 'off'), thresholds: { days: 60 }, details: ['verifiedUntil', 'days'], text: 'Поверка до {verifiedUntil}', source: 'domain 3.3' },
  firstReading: { levels: levels('inform', 'inform', 'off'), thresholds: {}, details: [], text: 'Первое показание этого прибора', source: 'lessons 8' },
}

/** What a limit means, for docs and the page that tunes it. */
export const limitNames: Record<string, string> = {
  acts: 'актов о недопуске подряд', from: 'доля шкалы, с которой возможен переход через ноль', factor: 'во сколько раз', shareOfCap: 'доля предельного расхода, которая никогда не вопрос',
  fewestDays: 'дней, меньше которых расход не делят', monthly: 'тысячных за 30 дней (0: предел из профиля)', periods: 'периодов подряд', months: 'месяцев', days: 'дней',
}

export interface RuleSetting {
  desk: RuleLevel
  portal: RuleLevel
  register: RuleLevel
  thresholds: Record<string, number>
  /** The provider's own words; null: those of the book. */
  text: string | null
}
export type RuleSettings = Record<ReadingRule, RuleSetting>

export function meterTypeOf(meter: Pick<Meter, 'zones' | 'isAutomatic'>): MeterType {
  return meter.isAutomatic ? 'automatic' : meter.zones > 1 ? 'zones' : 'general'
}

export function ruleSetting(policy: ReadingPolicy, rule: ReadingRule, service: MeteredService, meterType: MeterType): RuleSetting {
  const { levels, thresholds, except, fixed } = ruleBook[rule]
  const found: RuleSetting = { ...(except?.includes(service) ? { desk: 'off', portal: 'off', register: 'off' } : levels), thresholds: { ...thresholds }, text: null }
  if (rule === 'verificationExpired') {
    found.desk = policy.expiredVerification
    found.register = policy.expiredVerification === 'inform' ? 'inform' : 'warn'
  }
  if (rule === 'aboveUsual') found.thresholds['factor'] = policy.averageFactor
  if (rule === 'belowUsual') found.thresholds['factor'] = policy.averageFactor * 2
  if (rule === 'aboveMaximum') found.thresholds['monthly'] = policy.maxMonthly[service]

  // What is said of fewer meters wins; of two that say equally much the later one.
  const fitting = (policy.rules ?? [])
    .filter((change) => change.rule === rule && (change.service ?? service) === service && (change.meterType ?? meterType) === meterType)
    .map((change) => ({ change, weight: (change.service ? 1 : 0) + (change.meterType ? 2 : 0) }))
    .sort((left, right) => left.weight - right.weight)
  for (const { change } of fitting) {
    for (const audience of fixed ? [] : (['desk', 'portal', 'register'] as const)) found[audience] = change[audience] ?? found[audience]
    for (const [name, limit] of Object.entries(change.thresholds ?? {})) if (name in thresholds) found.thresholds[name] = limit
    found.text = change.text ?? found.text
  }
  return found
}

const known = new WeakMap<object, Map<string, RuleSettings>>()

/** All settings for one kind of meter; worked out once per policy object. */
export function ruleSettings(policy: ReadingPolicy, service: MeteredService, meterType: MeterType): RuleSettings {
  const ofPolicy = known.get(policy) ?? new Map<string, RuleSettings>()
  known.set(policy, ofPolicy)
  const key = `${service} ${meterType}`
  const settings = ofPolicy.get(key) ?? (Object.fromEntries(readingRules.map((rule) => [rule, ruleSetting(policy, rule, service, meterType)])) as RuleSettings)
  ofPolicy.set(key, settings)
  return settings
}

const units: Record<MeteredService, string> = { cold_water: 'м³', hot_water: 'м³', electricity: 'кВт·ч', gas: 'м³', heat: 'Гкал' }

export function unitOf(service: MeteredService): string {
  return units[service]
}

const mistypedKinds: Record<string, string> = {
  transposed: 'Возможно, цифры переставлены', extraDigit: 'Возможно, лишняя цифра', missingDigit: 'Возможно, пропущена цифра', shiftedPoint: 'Возможно, не там запятая',
}
const amounts = new Set(['previous', 'control', 'next', 'consumption', 'usual', 'maximum', 'norm', 'value', 'suggestion'])

/** The sentence of a verdict in Russian, the same at the desk, in a register and on a portal. `text`: the provider's own words. */
export function verdictText({ rule, zone, details }: Pick<ReadingVerdict, 'rule' | 'details'> & { zone?: number | undefined }, { unit = '', text = null }: { unit?: string; text?: string | null } = {}): string {
  const said = (text ?? ruleBook[rule].text).replace(/\{(\w+)\}/g, (_whole, name: string) => (name === 'unit' ? unit : worded(name, details[name])))
  return (zone === undefined ? said : `${said} (Т${zone + 1})`).replace(/\s+([).,:?])/g, '$1').replace(/ {2,}/g, ' ').trim()
}

function worded(name: string, value: string | number | undefined): string {
  if (value === undefined) return ''
  if (name === 'kind') return mistypedKinds[value] ?? String(value)
  if (typeof value === 'number') return amounts.has(name) ? formatDecimal(decimalOfThousandths(value)) : String(value)
  return isLocalDate(value) ? formatDate(value) : isPeriod(value) ? periodName(value) : value
}
