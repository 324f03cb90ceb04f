import type { AmountFacts } from '../contract/desk'
import { formatDateLong, lastDay, periodName, type LocalDate } from './dates'
import { decimalOfThousandths, exactly, formatDecimal, formatReading } from './decimal'
import { formatMoney, multiplyRounded, type Kopecks } from './money'

const NBSP = '\u00a0'
const METERED = new Set(['cold_water', 'hot_water', 'electricity', 'gas', 'heat'])

/** One sentence and what it adds to the sum, in kopecks; null where it adds nothing of its own (readings, the total). */
export interface ExplanationLine {
  text: string
  amount: Kopecks | null
}

/**
 * «Откуда эта сумма?» in short sentences that an operator reads aloud. The amounts of the lines add up to `facts.closing`, always: where billing's figures do not,
 * a line says so and billing's stand. Nothing is said that the facts do not hold: why billing took another volume, only billing knows.
 */
export function explanationOf(facts: AmountFacts): ExplanationLine[] {
  const lines: ExplanationLine[] = []
  const add = (amount: Kopecks | null, ...sentences: (string | null)[]) => {
    const text = sentences.filter((one) => one !== null).map(ended).join(' ')
    if (text !== '') lines.push({ text, amount })
  }

  if (facts.service === null) add(facts.accrued + facts.accruedCommon, accruedInAll(facts))
  else {
    add(facts.accrued, ...accrual(facts))
    for (const sentence of meterSentences(facts)) add(null, sentence)
    if (facts.accruedCommon !== 0 || !isNothing(facts.volumeCommon)) add(facts.accruedCommon, ...product('На общедомовые нужды', facts.volumeCommon, facts.unit, facts.tariff, facts.accruedCommon))
  }
  if (facts.recalculated !== 0) add(facts.recalculated, recalculation(facts))
  if (facts.benefit !== 0) add(-facts.benefit, `Льгота ${formatMoney(-facts.benefit)}${partsOf(facts, 'benefit', -1)}`)
  if (facts.penalty !== 0) add(facts.penalty, `Пени за просрочку ${formatMoney(facts.penalty)}${partsOf(facts, 'penalty', 1)}`)
  if (facts.opening !== 0) add(facts.opening, `${facts.opening > 0 ? 'Долг' : 'Переплата'} на начало месяца ${formatMoney(Math.abs(facts.opening))}`)
  if (facts.paid !== 0) add(-facts.paid, payment(facts))

  const added = lines.reduce((sum, { amount }) => sum + (amount ?? 0), 0)
  if (added !== facts.closing) {
    const difference = facts.closing - added
    add(difference, `По этим строкам получается ${formatMoney(added)}, в счёте поставщика на ${formatMoney(Math.abs(difference))} ${moreOrLess(difference)}: верна сумма поставщика`)
  }
  add(null, total(facts))
  return lines
}

/** The sentences of `explanationOf`. */
export function explainAmount(facts: AmountFacts): string[] {
  return explanationOf(facts).map(({ text }) => text)
}

function accrual(facts: AmountFacts): (string | null)[] {
  const what = `${facts.name} за ${periodName(facts.period)}`
  if (facts.kind === 'internet' && facts.volume === '1' && facts.tariff !== null && multiplyRounded('1', facts.tariff) === facts.accrued) return [`${what}: абонентская плата ${formatMoney(facts.accrued)}`]
  if (facts.accrued === 0 && isNothing(facts.volume)) return [`${what}: начислений нет`]
  return product(what, facts.volume, facts.unit, facts.tariff, facts.accrued)
}

/** «Холодная вода за сентябрь 2026 г.: 5,533 м³ × 45,27 ₽ = 250,48 ₽», or billing's own figure with what differs. */
function product(what: string, volume: string | null, unit: string | null, tariff: string | null, amount: Kopecks): (string | null)[] {
  const start = `${what}: начислено ${formatMoney(amount)}`
  if (volume === null || tariff === null) {
    return [start, volume !== null ? `Объём ${quantity(volume, unit)}` : tariff !== null ? `Тариф ${price(tariff)}${unit === null ? '' : ` за ${unit}`}` : null]
  }
  const expected = multiplyRounded(volume, tariff)
  const written = `${quantity(volume, unit)} × ${price(tariff)}`
  if (expected === amount) return [`${what}: ${written} = ${formatMoney(amount)}`]
  const difference = amount - expected
  return [start, `${written} = ${formatMoney(expected)}, начислено на ${formatMoney(Math.abs(difference))} ${moreOrLess(difference)}: верна сумма поставщика`]
}

/* ---- meters ---- */

type FactsMeter = AmountFacts['meters'][number]

function meterSentences(facts: AmountFacts): string[] {
  const zone = /_t([1-3])$/.exec(facts.service ?? '')?.[1]
  const isMetered = METERED.has((facts.service ?? '').replace(/_t[1-3]$/, ''))
  if (facts.meters.length === 0) return isMetered && !isNothing(facts.volume) ? ['Прибора учёта по этой услуге нет: объём посчитал поставщик, обычно это норматив'] : []
  const several = facts.meters.length > 1
  const sentences = facts.meters.map((meter) => readingsOf(meter, facts, zone === undefined ? null : Number(zone) - 1, several))
  const used = facts.meters.map((meter) => usageOf(meter, zone === undefined ? null : Number(zone) - 1))
  const ratio = facts.meters.length === 1 ? (facts.meters[0]?.ratio ?? '1') : '1'
  if (used.every((one) => one !== null)) {
    const sum = used.reduce((all, one) => all + one, 0n)
    const written = decimalOfMillionths(sum)
    if (facts.volume === null || !equal(written, facts.volume)) {
      const taken = facts.volume === null ? '' : `, поставщик принял ${quantity(facts.volume, facts.unit)}`
      sentences.push(`По показаниям расход ${quantity(written, facts.unit)}${taken}`)
    } else if (several || ratio !== '1') {
      sentences.push(ratio !== '1' ? `Расход с коэффициентом трансформации ${formatDecimal(ratio)}: ${quantity(written, facts.unit)}` : `Вместе ${quantity(written, facts.unit)}`)
    }
  } else if (facts.meters.some(({ current }) => current === null) && !isNothing(facts.volume)) {
    sentences.push('Без показаний объём посчитал поставщик: по среднему расходу или нормативу')
  }
  return sentences
}

/** «Показания: 1 028,467 на 25 августа, 1 034,000 на 25 сентября». */
function readingsOf({ serial, decimals, previous, current }: FactsMeter, { period }: AmountFacts, zone: number | null, named: boolean): string {
  const name = named ? `Прибор №${NBSP}${serial}` : 'Показания'
  const written = (reading: NonNullable<FactsMeter['current']>) => {
    const values = zone === null ? reading.values : reading.values.slice(zone, zone + 1)
    const dial = values.map((value, index) => (values.length > 1 ? `Т${index + 1}${NBSP}` : '') + grouped(formatReading(value, decimals))).join(' и ')
    return reading.takenOn === null ? dial : `${dial} на ${dayText(reading.takenOn, period)}`
  }
  if (current === null) return `${named ? name : 'Прибор учёта'}: показаний за этот месяц нет${previous === null ? '' : `, последние ${written(previous)}`}`
  return `${name}: ${previous === null ? '' : `${written(previous)}, `}${written(current)}`
}

/** Used volume in millionths of the unit, with the transformation ratio; null when it can't be told (a reading is missing, the dial went round). */
function usageOf({ previous, current, ratio }: FactsMeter, zone: number | null): bigint | null {
  if (previous === null || current === null || previous.values.length !== current.values.length) return null
  const from = zone === null ? 0 : zone
  const to = zone === null ? current.values.length : zone + 1
  let used = 0n
  for (let index = from; index < to; index++) {
    const [before, now] = [previous.values[index], current.values[index]]
    if (before === undefined || now === undefined || now < before) return null
    used += BigInt(now - before)
  }
  const { units, digits } = exactly(ratio)
  if (digits > 3) return (used * 1000n * units) % 10n ** BigInt(digits) === 0n ? (used * 1000n * units) / 10n ** BigInt(digits) : null
  return used * units * 10n ** BigInt(3 - digits)
}

/* ---- corrections and payments ---- */

function accruedInAll(facts: AmountFacts): string {
  const parts = facts.services.filter(({ accrued }) => accrued !== 0).map(({ name, accrued }) => `${lowered(name)} ${formatMoney(accrued)}`)
  const sum = `${facts.name}, всего начислено за ${periodName(facts.period)} ${formatMoney(facts.accrued + facts.accruedCommon)}`
  return parts.length === 0 ? sum : `${sum}: ${parts.join(', ')}`
}

function recalculation(facts: AmountFacts): string {
  const sum = `Перерасчёт ${formatMoney(facts.recalculated)}`
  if (facts.service === null) return sum + partsOf(facts, 'recalculated', 1)
  const reason = (facts.recalculationReason ?? '').trim().replace(/[.\s]+$/u, '')
  return reason === '' ? `${sum}, причина поставщиком не указана` : `${sum}: ${lowered(reason)}`
}

/** « (отопление −124,00 ₽)» of the whole account. */
function partsOf(facts: AmountFacts, column: 'recalculated' | 'benefit' | 'penalty', sign: 1 | -1): string {
  const parts = facts.services.filter((service) => service[column] !== 0).map((service) => `${lowered(service.name)} ${formatMoney(sign * service[column])}`)
  return facts.service === null && parts.length > 0 ? ` (${parts.join(', ')})` : ''
}

function payment(facts: AmountFacts): string {
  const { paid, payments, period } = facts
  if (paid < 0) return `Возвращено ${formatMoney(-paid)}`
  const [only] = payments
  if (only && payments.length === 1 && only.amount === paid) return `Оплачено ${dayText(only.paidOn, period)} ${formatMoney(paid)}`
  const listed = payments.map((one) => `${dayText(one.paidOn, period)} ${formatMoney(one.amount)}`).join(', ')
  if (listed !== '' && payments.reduce((sum, { amount }) => sum + amount, 0) === paid) return `Оплачено ${formatMoney(paid)}: ${listed}`
  // Billing spreads a payment over the services, so the account's payments are other sums.
  const of = facts.service === null ? '' : ' по этой услуге'
  return `Оплачено${of} ${formatMoney(paid)}${listed === '' ? '' : ` (платежи по счёту в этом месяце: ${listed})`}`
}

function total({ closing, period }: AmountFacts): string {
  const on = `Итого на ${formatDateLong(lastDay(period))}:`
  if (closing === 0) return `${on} долга нет`
  return closing > 0 ? `${on} к оплате ${formatMoney(closing)}` : `${on} переплата ${formatMoney(-closing)}`
}

/* ---- words and numbers ---- */

const isNothing = (volume: string | null): boolean => volume === null || exactly(volume).units === 0n
const moreOrLess = (difference: Kopecks): string => (difference > 0 ? 'больше' : 'меньше')
const ended = (sentence: string): string => (sentence.endsWith('.') ? sentence : `${sentence}.`)
const grouped = (dial: string): string => dial.replace(/\B(?=(\d{3})+(?!\d))/g, NBSP)
const quantity = (volume: string, unit: string | null): string => formatDecimal(volume) + (unit === null ? '' : NBSP + unit)

/** «45,27 ₽», «0,5 ₽» as «0,50 ₽», «4,8125 ₽» in full: a tariff is not rounded. */
function price(tariff: string): string {
  const [whole = '0', fraction = ''] = tariff.split('.')
  return `${formatDecimal(`${whole}.${fraction.padEnd(2, '0')}`)}${NBSP}₽`
}

/** «25 августа», with the year when it is not the period's. */
function dayText(date: LocalDate, period: string): string {
  const long = formatDateLong(date)
  return date.slice(0, 4) === period.slice(0, 4) ? long.split(NBSP).slice(0, 2).join(NBSP) : long
}

/** «Холодная вода» inside a sentence; abbreviations («ТКО») stay. */
const lowered = (name: string): string => (/^\p{Lu}\p{Ll}/u.test(name) ? name.charAt(0).toLocaleLowerCase('ru') + name.slice(1) : name)

function decimalOfMillionths(millionths: bigint): string {
  const thousandths = millionths / 1000n
  const rest = millionths % 1000n
  if (rest === 0n) return decimalOfThousandths(Number(thousandths))
  return `${millionths / 1_000_000n}.${String(millionths % 1_000_000n).padStart(6, '0')}`.replace(/0+$/, '')
}

function equal(left: string, right: string): boolean {
  const [a, b] = [exactly(left), exactly(right)]
  const digits = Math.max(a.digits, b.digits)
  return a.units * 10n ** BigInt(digits - a.digits) === b.units * 10n ** BigInt(digits - b.digits)
}
