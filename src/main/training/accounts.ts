import { addDays, addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import type { MeteredService } from '@shared/domain/provider-profile'
import type { ReadyProviderCode } from '../features/providers/ready-profiles'
import { addYears, dayOf } from './calendar'
import type { Payer, TrainingAccount, TrainingMeter, TrainingSubscriber, TrainingTime } from './model'
import type { Place } from './places'
import { numbering, seedOf, type Random } from './random'

export const internetProviders: readonly ReadyProviderCode[] = ['enicom', 'is-telecom', 'tctr']
export const isInternet = (provider: ReadyProviderCode): boolean => internetProviders.includes(provider)

/** Shape of a meter by service: digits before the point, decimals on the dial, years between verifications. */
const meterShape: Record<MeteredService, { digits: number; decimals: number; interval: number; serial: (number: string) => string }> = {
  cold_water: { digits: 5, decimals: 3, interval: 6, serial: (number) => number },
  hot_water: { digits: 5, decimals: 3, interval: 4, serial: (number) => number },
  electricity: { digits: 6, decimals: 1, interval: 16, serial: (number) => `011${number}` },
  gas: { digits: 5, decimals: 3, interval: 10, serial: (number) => `G4-${number}` },
  heat: { digits: 5, decimals: 3, interval: 4, serial: (number) => `ТС${number}` },
}

export interface AccountOptions {
  seed: number
  time: TrainingTime
  /** `provider number` pairs that are given already. */
  taken: ReadonlySet<string>
}

/** Makes accounts with their meters; numbers, contracts and serials never repeat. */
export function accountMaker({ seed, time, taken }: AccountOptions) {
  const counters: Record<ReadyProviderCode, number> = { enicom: 0, smorodina: 0, enser: 0, 'is-telecom': 0, tctr: 0, eis24: 0 }
  const numbers: Record<ReadyProviderCode, (index: number) => string> = {
    enicom: numbering(7, seed % 89),
    smorodina: numbering(8, seed % 79),
    enser: numbering(6, seed % 73),
    'is-telecom': numbering(8, seed % 67),
    tctr: numbering(8, seed % 59),
    eis24: numbering(7, seed % 47),
  }
  const els = numbering(6, seed % 43)
  const serials = numbering(8, seed % 41)
  let accounts = 0
  let meters = 0

  function newNumber(provider: ReadyProviderCode): string {
    for (;;) {
      const digits = numbers[provider](counters[provider]++)
      const number = { enicom: digits, smorodina: digits, enser: digits, 'is-telecom': `3${digits}`, tctr: digits, eis24: `070${digits}` }[provider]
      if (!taken.has(`${provider} ${number}`)) return number
    }
  }

  function meter(r: Random, service: MeteredService, overrides: Partial<TrainingMeter> = {}): TrainingMeter {
    const shape = meterShape[service]
    const verification = r.weighted([['valid', 88], ['expired', 6], ['soon', 6]] as const)
    const verifiedUntil =
      verification === 'expired'
        ? addDays(time.asOf, -r.int(5, 700))
        : verification === 'soon'
          ? addDays(time.asOf, r.int(3, 55))
          : addDays(time.asOf, r.int(90, shape.interval * 330))
    const installed = addDays(addYears(verifiedUntil, -shape.interval), -r.int(0, 60))
    const oldest = addDays(dayOf(time.periods[0] ?? time.current, 1), -70)
    return {
      serial: shape.serial(serials(meters++)),
      service,
      digits: shape.digits,
      decimals: shape.decimals,
      zones: 1,
      ratio: 1,
      installedOn: installed < oldest ? installed : addDays(oldest, -r.int(0, 300)),
      verifiedUntil,
      removedOn: null,
      replaces: null,
      share: 1,
      rollsOver: false,
      ...overrides,
    }
  }

  /** A meter of a flat, one time in fifty with the one it replaced within the last year. */
  function meterWithHistory(r: Random, service: MeteredService, overrides: Partial<TrainingMeter> = {}): TrainingMeter[] {
    const newest = meter(r, service, { ...overrides, ...(r.chance(0.006) ? { rollsOver: true, digits: 5 } : {}) })
    if (!r.chance(0.02)) return [newest]
    const replacedOn = dayOf(time.periods[r.int(3, 9)] ?? time.current, r.int(5, 12))
    const old = meter(r, service, { ...overrides, verifiedUntil: addDays(replacedOn, r.int(-30, 400)), removedOn: replacedOn })
    return [old, { ...newest, rollsOver: false, installedOn: replacedOn, replaces: old.serial, verifiedUntil: addYears(replacedOn, meterShape[service].interval) }]
  }

  function electricity(r: Random, business: boolean): TrainingMeter[] {
    const zones = r.weighted<1 | 2 | 3>([[1, 60], [2, 31], [3, 9]])
    const ratio = business && r.chance(0.4) ? r.pick([20, 30, 40]) : 1
    return meterWithHistory(r, 'electricity', { zones, ratio, ...(r.chance(0.3) ? { digits: 5, decimals: 0 } : {}) })
  }

  function pair(r: Random, service: MeteredService, two: number): TrainingMeter[] {
    if (!r.chance(two)) return meterWithHistory(r, service)
    const kitchen = Math.round(r.between(0.3, 0.5) * 100) / 100
    return [...meterWithHistory(r, service, { share: kitchen }), ...meterWithHistory(r, service, { share: 1 - kitchen })]
  }

  /** What the provider serves at a place: meters, and services that need none. */
  function supplies(r: Random, provider: ReadyProviderCode, subscriber: TrainingSubscriber, place: Place): { meters: TrainingMeter[]; extras: string[] } {
    const business = subscriber.kind === 'organisation'
    const privateHouse = place.dwelling === 'house'
    switch (provider) {
      case 'eis24': {
        const metered = r.chance(0.95)
        const meters = metered ? pair(r, 'cold_water', privateHouse || business ? 0.1 : 0.62) : []
        const extras = privateHouse ? ['waste'] : ['maintenance', ...(place.dwelling === 'hostel' || business ? [] : ['capital_repair']), 'sewerage', 'waste']
        return { meters, extras: metered ? extras : [...extras, 'cold_water'] }
      }
      case 'enser': {
        const heat = r.chance(0.3)
        const hot = !privateHouse && r.chance(0.95)
        const meters = [
          ...(heat ? meterWithHistory(r, 'heat') : []),
          ...(hot ? pair(r, 'hot_water', 0.55) : []),
          ...(place.electricity === 'enser' ? electricity(r, business) : []),
        ]
        const extras = [...(heat ? [] : ['heating_norm']), ...(hot || privateHouse ? [] : ['hot_water'])]
        return { meters, extras }
      }
      case 'smorodina': {
        const gas = !business && place.dwelling !== 'hostel'
        const metered = gas && r.chance(privateHouse ? 1 : 0.92)
        const meters = [...(metered ? meterWithHistory(r, 'gas') : []), ...(place.electricity === 'smorodina' || !gas ? electricity(r, business) : [])]
        const extras = [...(gas ? ['gas_maintenance'] : []), ...(gas && !metered ? ['gas'] : []), ...(privateHouse ? ['waste'] : [])]
        return { meters, extras }
      }
      default:
        return { meters: [], extras: ['internet', ...(r.chance(0.35) ? ['tv'] : []), ...(r.chance(0.25) ? ['wifi'] : []), ...(r.chance(business ? 0.6 : 0.04) ? ['static_ip'] : [])] }
    }
  }

  function account(r: Random, provider: ReadyProviderCode, subscriber: TrainingSubscriber, place: Place, overrides: Partial<TrainingAccount> = {}): TrainingAccount {
    const index = accounts++
    const internet = isInternet(provider)
    const business = subscriber.kind === 'organisation'
    const digits = overrides.account ?? newNumber(provider)
    // Every third number of ЭнСер carries the letter index of its old card file.
    const number = provider === 'enser' && overrides.account === undefined && r.chance(0.3) ? `${r.pick(['А', 'Б', 'К'])}-${digits}` : digits
    const fresh = internet && r.chance(0.12)
    const openedOn = fresh ? dayOf(time.periods[r.int(1, 8)] ?? time.current, r.int(1, 28)) : addDays(time.asOf, -r.int(460, internet ? 3600 : 9000))
    const status = r.weighted<TrainingAccount['status']>(internet ? [['active', 90], ['suspended', 6], ['closed', 4]] : [['active', 97], ['suspended', 1], ['closed', 2]])
    const endPeriod = addMonthsToPeriod(time.current, -r.int(2, 9))
    const closedOn = status === 'closed' && endPeriod > periodOf(openedOn) ? dayOf(endPeriod, r.int(1, 28)) : null
    const suspendedFrom = status === 'suspended' && endPeriod > periodOf(openedOn) ? endPeriod : null
    const residents = place.dwelling === 'office' ? 1 : r.weighted([[1, 28], [2, 32], [3, 22], [4, 13], [5, 5]])
    const rooms = place.dwelling === 'hostel' ? 1 : place.dwelling === 'house' ? r.int(3, 6) : r.weighted([[1, 30], [2, 40], [3, 24], [4, 6]])
    const area = place.dwelling === 'hostel' ? r.int(120, 240) : place.dwelling === 'office' ? r.int(300, 2600) : rooms * 160 + r.int(60, 220)
    const elsNumber = `74${r.pick(['АА', 'ДА', 'ЕВ', 'КМ'])}${els(index)}`
    const { meters: allMeters, extras } = internet || !overrides.meters ? supplies(r, provider, subscriber, place) : { meters: [], extras: [] }
    const payer = r.weighted<Payer>(
      internet
        ? [['prepays', 82], ['whole', 8], ['irregular', 6], ['debtor', 4]]
        : business
          ? [['whole', 80], ['late', 15], ['debtor', 5]]
          : [['whole', 62], ['late', 10], ['rounding', 9], ['irregular', 8], ['stopped', 4], ['debtor', 3], ['overpays', 4]],
    )
    return {
      provider,
      account: number,
      contract: contractOf(r, provider, digits, business),
      contractDate: internet || business ? openedOn : null,
      subscriber,
      place,
      area,
      rooms,
      residents,
      els: internet ? '' : elsNumber,
      zhkuId: internet ? '' : `${elsNumber}-01`,
      status: (status === 'closed' && !closedOn) || (status === 'suspended' && !suspendedFrom) ? 'active' : status,
      openedOn,
      closedOn,
      suspendedFrom,
      billDelivery: subscriber.email && r.chance(0.35) ? 'email' : 'paper',
      plan: internet ? (business ? 'biz-100' : r.pick(['home-100', 'home-300', 'home-500'])) : '',
      extras,
      meters: closedOn ? allMeters.filter((m) => m.installedOn < closedOn).map((m) => ({ ...m, removedOn: m.removedOn && m.removedOn < closedOn ? m.removedOn : closedOn })) : allMeters,
      payer,
      benefit: !internet && !business && r.chance(0.08) ? r.pick([25, 50]) : 0,
      silentPeriods: !internet && status === 'active' && r.chance(0.04) ? r.int(1, 3) : 0,
      empty: !internet && !business && r.chance(0.02),
      key: `${seedOf(seed, provider, number)}`,
      ...overrides,
    }
  }

  return { account, meter }
}

/** The login of a contract is typed without spaces, but ТЦТР prints them. */
function contractOf(r: Random, provider: ReadyProviderCode, digits: string, business: boolean): string {
  if (provider === 'tctr') return `${digits.slice(0, 2)} ${digits.slice(2, 5)} ${digits.slice(5)}`
  if (provider === 'enicom') return digits
  if (provider === 'is-telecom') return `1${digits.slice(1)}`
  return business ? `${{ smorodina: 'ГС', enser: 'ТЭ', eis24: 'УК' }[provider]}-${digits}/${r.int(2012, 2024)}` : ''
}
