import { addDays, addMonthsToPeriod, formatPeriod, periodOf } from '@shared/domain/dates'
import { readyProvider, readyProviders } from '../features/providers/ready-profiles'
import { dayOf } from './calendar'
import { isInternet } from './accounts'
import type { AccountHistory, TrainingAccount, TrainingCharge, TrainingMeter, TrainingPayment, TrainingReading, TrainingTime } from './model'
import { random, type Random } from './random'
import { amountOf, tariffOf } from './tariffs'

/** Gcal per square metre and month, thousandths; the season lasts from October to April. */
const heatPerMetre = [36, 32, 26, 14, 0, 0, 0, 0, 0, 17, 26, 33] as const
/** Heating by norm is spread over the year. */
const heatNormPerMetre = 17
const gasSeason = [1.9, 1.8, 1.5, 1.1, 0.5, 0.25, 0.2, 0.2, 0.45, 1.1, 1.5, 1.8] as const

const recalculations = ['Временное отсутствие потребителя', 'Перерыв в предоставлении услуги', 'Услуга ненадлежащего качества', 'Временно проживающие', 'Акт проверки прибора учёта'] as const

/** One line of a bill before money is settled. */
interface Line {
  service: string
  unit: string
  volume: number | null
  volumeCommon: number | null
}

/**
 * Readings, charges and payments of an account that agree with each other: a metered volume is the difference of readings,
 * closing = opening + accrued + accruedCommon + recalculated − benefit + penalty − paid, the next opening is this closing,
 * and what was paid in a period is the sum of its payments.
 */
export function accountHistory(account: TrainingAccount, time: TrainingTime, seed: number): AccountHistory {
  const r = random(seed, 'history', account.key)
  const metered = meterHistory(account, time, r)
  const { charges, payments } = settle(account, time, r, (period, index) => linesOf(account, period, index, metered.volumes))
  return { readings: metered.readings, charges, payments }
}

/* ---- readings ---- */

/** Thousandths of the unit by meter, place of the period in `TrainingTime.periods`, zone. */
type Volumes = Map<TrainingMeter, (number[] | undefined)[]>

function meterHistory(account: TrainingAccount, time: TrainingTime, r: Random): { readings: TrainingReading[]; volumes: Volumes } {
  const readings: TrainingReading[] = []
  const volumes: Volumes = new Map()
  // The month before the first period only gives the readings the first charges start from.
  const months = [addMonthsToPeriod(time.current, -time.periods.length - 1), ...time.periods]
  const profile = readyProvider(account.provider)?.profile.readings
  if (!profile || account.meters.length === 0) return { readings, volumes }

  const lastHeard = account.silentPeriods > 0 ? addMonthsToPeriod(time.current, -1 - account.silentPeriods) : time.periods.at(-1) ?? time.current
  const readToday = account.silentPeriods === 0 && account.status === 'active' && r.chance(0.35)
  const readDay = r.int(profile.windowFromDay, profile.windowToDay)

  for (const meter of account.meters) {
    const step = 10 ** (3 - Math.min(meter.decimals, profile.acceptDecimals))
    const capacity = 10 ** meter.digits * 1000
    const installedIn = periodOf(meter.installedOn)
    const removedIn = meter.removedOn === null ? null : periodOf(meter.removedOn)
    const usage = months.map((period) => zoneUsage(account, meter, period, r, step, period === installedIn || period === removedIn ? 0.5 : 1))
    const values = startOf(meter, usage, capacity, step, r)
    const channel = () => r.weighted([['portal', 50], ['phone', 14], ['desk', 16], ['paper', 17], ['act', 3]])

    const counted: (number[] | undefined)[] = []
    volumes.set(meter, counted)

    months.forEach((period, index) => {
      if (installedIn > period || (removedIn !== null && removedIn < period)) return
      if (index > 0) {
        const used = usage[index] ?? []
        used.forEach((value, zone) => (values[zone] = ((values[zone] ?? 0) + value) % capacity))
        counted[index - 1] = used
      }
      const removedHere = removedIn === period
      if (period > lastHeard && !removedHere) {
        const known = counted.slice(0, time.periods.length - account.silentPeriods)
        counted[index - 1] = values.map((_, zone) => averageOf(known.map((used) => used?.[zone] ?? 0), step))
        return
      }
      const day = Math.min(Math.max(profile.windowFromDay, readDay + r.int(-1, 1)), profile.windowToDay)
      readings.push({
        account,
        meter,
        takenOn: removedHere && meter.removedOn ? meter.removedOn : dayOf(period, day),
        values: [...values],
        channel: removedHere ? 'act' : channel(),
      })
    })

    const takenOn = dayOf(time.current, readDay)
    if (readToday && meter.removedOn === null && takenOn <= time.asOf) {
      const used = zoneUsage(account, meter, time.current, r, step, 1)
      readings.push({ account, meter, takenOn, values: values.map((value, zone) => (value + (used[zone] ?? 0)) % capacity), channel: 'portal' })
    }
  }
  return { readings, volumes }
}

const averageOf = (values: readonly number[], step: number) => (values.length === 0 ? 0 : Math.floor(values.reduce((sum, value) => sum + value, 0) / values.length / step) * step)

/** What a meter counts in a month, thousandths of the unit by zone, whole steps of the dial. */
function zoneUsage(account: TrainingAccount, meter: TrainingMeter, period: string, r: Random, step: number, part: number): number[] {
  const month = Number(period.slice(5, 7)) - 1
  const swing = r.between(0.75, 1.25) * meter.share * part
  const business = account.subscriber.kind === 'organisation'
  const idle = account.empty || (account.suspendedFrom !== null && period >= account.suspendedFrom)
  const total = idle
    ? 0
    : {
        cold_water: account.residents * 3_100,
        hot_water: account.residents * 2_000,
        // Behind transformers the dial shows a part.
        electricity: (account.residents * 55_000 + (business ? 900_000 : 45_000)) / meter.ratio,
        gas: account.place.dwelling === 'house' ? account.area * 240 * (gasSeason[month] ?? 1) : account.residents * 7_600,
        heat: (account.area * (heatPerMetre[month] ?? 0)) / 10,
      }[meter.service]
  const shares = { 1: [1], 2: [0.68, 0.32], 3: [0.28, 0.3, 0.42] }[meter.zones]
  return shares.map((share) => Math.floor((total * swing * share) / step) * step)
}

/** The dial at the start of the history. A meter that rolls over stands at 99998 before one of the last readings and at 00003 after it. */
function startOf(meter: TrainingMeter, usage: number[][], capacity: number, step: number, r: Random): number[] {
  const before = usage.slice(1)
  if (meter.rollsOver) {
    const crossing = Math.max(1, before.length - 3)
    return Array.from({ length: meter.zones }, (_, zone) => {
      const month = before[crossing]
      if (month) month[zone] = 5_000
      const spent = before.slice(0, crossing).reduce((sum, values) => sum + (values[zone] ?? 0), 0)
      return (((capacity - 2_000 - spent) % capacity) + capacity) % capacity
    })
  }
  if (meter.replaces !== null) return initialOf(meter)
  const years = Math.max(1, Number(meter.verifiedUntil.slice(0, 4)) - Number(meter.installedOn.slice(0, 4)))
  return Array.from({ length: meter.zones }, (_, zone) => {
    const yearly = before.reduce((sum, values) => sum + (values[zone] ?? 0), 0)
    const soFar = Math.floor((yearly * Math.min(years, 8) * r.between(0.3, 0.8)) / step) * step
    return initialOf(meter, zone) + Math.min(soFar, Math.floor(capacity * 0.8 / step) * step)
  })
}

/** New meters come with a little on the dial from their test at the factory. */
export function initialOf(meter: TrainingMeter): number[]
export function initialOf(meter: TrainingMeter, zone: number): number
export function initialOf(meter: TrainingMeter, zone?: number): number | number[] {
  const value = meter.rollsOver ? 0 : (Number(meter.serial.slice(-1)) % 4) * 1000
  return zone === undefined ? Array.from({ length: meter.zones }, () => value) : value
}

/* ---- charges ---- */

const units = new Map(readyProviders.flatMap(({ code, services }) => services.map((service) => [`${code} ${service.code}`, service.unit ?? ''] as const)))
const unitOf = (account: TrainingAccount, service: string) => units.get(`${account.provider} ${service}`) ?? ''

function linesOf(account: TrainingAccount, period: string, index: number, volumes: Volumes): Line[] {
  if (account.closedOn && period > periodOf(account.closedOn)) return []
  if (period < periodOf(account.openedOn)) return []
  const suspended = account.suspendedFrom !== null && period >= account.suspendedFrom
  const line = (service: string, volume: number | null, volumeCommon: number | null = null): Line => ({ service, unit: unitOf(account, service), volume, volumeCommon })
  if (isInternet(account.provider)) return suspended ? [] : account.extras.map((service) => line(service, 1000))

  const lines = new Map<string, Line>()
  for (const meter of account.meters) {
    for (const [zone, used] of volumes.get(meter)?.[index]?.entries() ?? []) {
      const service = meter.service === 'electricity' && meter.zones > 1 ? `electricity_t${zone + 1}` : meter.service
      const before = lines.get(service)?.volume ?? 0
      lines.set(service, line(service, before + used * meter.ratio, commonVolume(account, service)))
    }
  }
  const water = lines.get('cold_water')?.volume
  for (const service of account.extras) {
    const volume = volumeWithoutMeter(account, service, water)
    if (volume !== null) lines.set(service, line(service, suspended && service === 'waste' ? 0 : volume, commonVolume(account, service)))
  }
  return [...lines.values()]
}

/** Volume of a service that has no meter: area, people or a norm; null for a service of another provider. */
function volumeWithoutMeter(account: TrainingAccount, service: string, water: number | null | undefined): number | null {
  switch (service) {
    case 'maintenance':
    case 'capital_repair':
      return account.area * 100
    case 'waste':
      return account.residents * 1000
    case 'heating_norm':
      return Math.round((account.area * heatNormPerMetre) / 10)
    case 'hot_water':
      return account.residents * 3_010
    case 'cold_water':
      return account.residents * 4_300
    case 'sewerage':
      return water ?? account.residents * 4_300
    case 'gas':
      return account.residents * 10_000
    case 'gas_maintenance':
      return 1000
    default:
      return null
  }
}

/** Water of the common parts of a block (КР на СОИ): 4 litres a square metre. */
const commonVolume = (account: TrainingAccount, service: string) => (service === 'cold_water' && account.place.dwelling === 'block' ? Math.round((account.area * 4) / 10) : null)

function settle(account: TrainingAccount, time: TrainingTime, r: Random, linesIn: (period: string, index: number) => Line[]): { charges: TrainingCharge[]; payments: TrainingPayment[] } {
  const charges: TrainingCharge[] = []
  const payments: TrainingPayment[] = []
  const owed = new Map<string, number>()
  const lastAccrued = new Map<string, number>()
  const utility = !isInternet(account.provider)
  let issued = 0

  const pay = (paidOn: string, amount: number, channel: string, purpose?: string) => {
    issued += 1
    const id = `${account.account.replace(/\D/g, '')}-${paidOn.replace(/-/g, '')}-${String(issued).padStart(2, '0')}`
    payments.push({ account, id, paidOn, amount, channel, purpose: purpose ?? purposeOf(account, paidOn) })
  }
  const channelOf = () => r.weighted([['банк', 48], ['личный кабинет', 22], ['касса', 12], ['терминал', 10], ['почта', 8]])

  time.periods.forEach((period, index) => {
    const lines = linesIn(period, index)
    const accruedNow = lines.map((line) => {
      const tariff = tariffOf(line.service, period, account.plan)
      return { line, tariff, accrued: amountOf(line.volume ?? 0, tariff), accruedCommon: amountOf(line.volumeCommon ?? 0, tariff) }
    })
    const bill = accruedNow.reduce((sum, item) => sum + item.accrued + item.accruedCommon, 0)

    if (index === 0) for (const item of accruedNow) owed.set(item.line.service, firstOpening(account, item.accrued + item.accruedCommon))
    for (const item of accruedNow) if (!owed.has(item.line.service)) owed.set(item.line.service, 0)

    // What came in during the month settles what was due at its beginning.
    const due = [...owed.values()].reduce((sum, value) => sum + value, 0)
    const amount = paymentOf(account, due, bill, index, time.periods.length, r)
    if (amount > 0) {
      const paidOn = dayOf(period, account.payer === 'late' ? r.int(16, 27) : r.int(3, 15))
      if (amount > 60_000 && r.chance(0.06)) {
        const first = Math.floor(amount / 2 / 100) * 100
        pay(paidOn, first, channelOf())
        pay(addDays(paidOn, 1), amount - first, channelOf())
      } else pay(paidOn, amount, channelOf())
      // A payment made twice and taken back by the bank.
      if (r.chance(0.0015)) {
        pay(paidOn, amount, 'банк')
        pay(addDays(paidOn, 1), -amount, 'банк', 'Возврат ошибочного платежа')
      }
    }
    const paid = spread(amount, owed)

    const services = new Map(accruedNow.map((item) => [item.line.service, item]))
    for (const [service, opening] of owed) {
      const item = services.get(service)
      const accrued = item?.accrued ?? 0
      const accruedCommon = item?.accruedCommon ?? 0
      const recalculation = item && accrued > 0 && r.chance(0.012) ? r.pick(recalculations) : ''
      const recalculated = recalculation === '' ? 0 : Math.floor((accrued * r.int(1, 9)) / 30) * (recalculation.startsWith('Временно прож') || recalculation.startsWith('Акт') ? 1 : -1)
      const benefit = item && utility && item.line.service !== 'capital_repair' ? Math.floor((accrued * account.benefit) / 100) : 0
      // Debt older than the bill before: 9,5 % / 300 a day after the thirtieth (ЖК РФ ст. 155 ч. 14).
      const overdue = index >= 2 && utility && account.subscriber.kind === 'person' ? Math.max(0, opening - (lastAccrued.get(service) ?? 0)) : 0
      const penalty = Math.floor((overdue * 950 * 30 + 1_500_000) / 3_000_000)
      const part = paid.get(service) ?? 0
      const closing = opening + accrued + accruedCommon + recalculated - benefit + penalty - part
      if (item || opening !== 0 || part !== 0) {
        charges.push({
          account, period, service,
          unit: item?.line.unit ?? unitOf(account, service),
          volume: item ? item.line.volume : 0,
          volumeCommon: item?.line.volumeCommon ?? null,
          tariff: item?.tariff ?? tariffOf(service, period, account.plan),
          accrued, accruedCommon, recalculated, recalculationReason: recalculated === 0 ? '' : recalculation, benefit, penalty, opening, paid: part, closing,
        })
      }
      owed.set(service, closing)
      lastAccrued.set(service, accrued + accruedCommon)
    }
  })

  // The month going on: those who pay early have paid already.
  const due = [...owed.values()].reduce((sum, value) => sum + value, 0)
  const paidOn = dayOf(time.current, r.int(3, 14))
  if (due > 0 && paidOn <= time.asOf && account.status === 'active' && (account.payer === 'whole' || account.payer === 'rounding') && r.chance(0.6)) pay(paidOn, due, channelOf())
  return { charges, payments }
}

/** Where the account stood before the first of the twelve periods. */
function firstOpening(account: TrainingAccount, accrued: number): number {
  if (account.payer === 'prepays') return -accrued
  if (account.payer === 'debtor') return accrued * 3
  if (account.payer === 'overpays') return -Math.floor(accrued / 2)
  return accrued
}

/** What is paid in a month, kopecks. `due` is the sum owed at its beginning, `bill` what the month itself costs. */
function paymentOf(account: TrainingAccount, due: number, bill: number, index: number, periods: number, r: Random): number {
  switch (account.payer) {
    case 'whole':
      return Math.max(0, due)
    case 'late':
      return r.chance(0.8) ? Math.max(0, due) : 0
    case 'rounding':
      return due > 0 ? Math.ceil(due / 10_000) * 10_000 : 0
    case 'irregular':
      return r.weighted([[Math.max(0, due), 5], [Math.floor(Math.max(0, due) / 2), 3], [0, 3]])
    case 'stopped':
      // Paid like everybody until two months ago.
      return index < periods - 2 ? Math.max(0, due) : 0
    case 'debtor':
      // Nothing in the last three months.
      return index < periods - 3 && due > 0 && r.chance(0.3) ? Math.floor(due / 3) : 0
    case 'overpays':
      return Math.ceil((bill * 1.15) / 10_000) * 10_000
    case 'prepays':
      return Math.max(0, Math.ceil((due + 2 * bill) / 5_000) * 5_000)
  }
}

/** Divides a payment among services in proportion to what is owed for each; what is over goes to the first. */
function spread(amount: number, owed: ReadonlyMap<string, number>): Map<string, number> {
  const parts = new Map<string, number>()
  const due = [...owed].filter(([, value]) => value > 0)
  const total = due.reduce((sum, [, value]) => sum + value, 0)
  let rest = amount
  for (const [service, value] of due) {
    const part = Math.min(rest, Math.floor((Math.min(amount, total) * value) / total))
    parts.set(service, part)
    rest -= part
  }
  const first = due[0]?.[0] ?? [...owed.keys()][0]
  if (first !== undefined && rest !== 0) parts.set(first, (parts.get(first) ?? 0) + rest)
  return parts
}

/** The account number stands in the purpose, as banks print it. */
function purposeOf(account: TrainingAccount, paidOn: string): string {
  return isInternet(account.provider)
    ? `Оплата услуг связи по договору ${account.contract.replace(/\s/g, '')}`
    : `Оплата ЖКУ за ${formatPeriod(addMonthsToPeriod(periodOf(paidOn), -1))}, л/с ${account.account}`
}
