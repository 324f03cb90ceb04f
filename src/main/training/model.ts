import type { MeteredService } from '@shared/domain/provider-profile'
import type { ReadyProviderCode } from '../features/providers/ready-profiles'
import type { Place } from './places'

export interface IdentityDocument {
  /** Code of `domain.md` §1.1: 21 passport, 10 foreign passport, 03 birth certificate… */
  type: string
  series: string
  number: string
  issuedBy: string
  issuedOn: string | null
  issuerCode: string
}

export interface TrainingSubscriber {
  id: string
  kind: 'person' | 'organisation' | 'entrepreneur'
  lastName: string
  firstName: string
  middleName: string
  birthDate: string | null
  organisation: string
  inn: string
  kpp: string
  ogrn: string
  snils: string
  document: IdentityDocument | null
  /** As somebody once typed it. */
  phone: string
  email: string
  home: Place
}

/** How an account is paid; everything about debts follows from it. */
export type Payer = 'whole' | 'late' | 'rounding' | 'irregular' | 'stopped' | 'debtor' | 'overpays' | 'prepays'

export interface TrainingMeter {
  serial: string
  service: MeteredService
  digits: number
  decimals: number
  zones: 1 | 2 | 3
  ratio: number
  installedOn: string
  verifiedUntil: string
  removedOn: string | null
  /** The meter this one replaced: both serve the same pipe. */
  replaces: string | null
  /** Share of the account's consumption that flows through this meter. */
  share: number
  /** The counter passes through zero in the last year: 99998 → 00003. */
  rollsOver: boolean
}

export interface TrainingAccount {
  provider: ReadyProviderCode
  account: string
  contract: string
  contractDate: string | null
  subscriber: TrainingSubscriber
  place: Place
  /** Square metres times 10: 543 is 54,3 m². */
  area: number
  rooms: number
  residents: number
  els: string
  zhkuId: string
  status: 'active' | 'suspended' | 'closed'
  openedOn: string
  closedOn: string | null
  /** Month from which a suspended account is not charged for use. */
  suspendedFrom: string | null
  billDelivery: 'paper' | 'email'
  plan: string
  /** Charge services without a meter, or all of an internet account. */
  extras: string[]
  meters: TrainingMeter[]
  payer: Payer
  /** Percent of metered services covered by a benefit. */
  benefit: number
  /** No readings for so many last periods: charged by the average (ПП 354 п. 59). */
  silentPeriods: number
  /** Nobody lives there: consumption is zero. */
  empty: boolean
  /** Overrides the sequence of chance, for the cast. */
  key: string
}

export interface TrainingReading {
  account: TrainingAccount
  meter: TrainingMeter
  takenOn: string
  /** Thousandths of the unit, one per zone. */
  values: number[]
  channel: string
}

export interface TrainingCharge {
  account: TrainingAccount
  period: string
  service: string
  unit: string
  /** Thousandths of the unit; null where the charge is not a volume. */
  volume: number | null
  volumeCommon: number | null
  /** 1/10000 rouble. */
  tariff: number
  /** Kopecks from here on. */
  accrued: number
  accruedCommon: number
  recalculated: number
  recalculationReason: string
  benefit: number
  penalty: number
  opening: number
  paid: number
  closing: number
}

export interface TrainingPayment {
  account: TrainingAccount
  id: string
  paidOn: string
  /** Kopecks; negative is a reversal. */
  amount: number
  channel: string
  purpose: string
}

export interface AccountHistory {
  readings: TrainingReading[]
  charges: TrainingCharge[]
  payments: TrainingPayment[]
}

/** The twelve closed periods and the month going on. */
export interface TrainingTime {
  asOf: string
  /** Twelve periods, the last one is the month before `asOf`. */
  periods: string[]
  current: string
}
