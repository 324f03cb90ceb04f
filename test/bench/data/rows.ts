import { accountKey, contractKey } from '@shared/domain/account-number'
import { addDays, addMonths, type LocalDate } from '@shared/domain/dates'
import type { DocumentType } from '@shared/domain/identity-document'
import type { MeteredService } from '@shared/domain/provider-profile'
import { ogrn, ogrnip, organisationInn, personInn, snils } from '../../../src/main/training/checksums'
import { latinLetters, organisationName } from '../../../src/main/training/names'
import { at, numbering, random } from '../../../src/main/training/random'
import { type Place, placeList } from './places'
import { surnameMaker } from './surnames'

/** How many rows of each table. Every subscriber has one place to live and at least one account. */
export interface Counts {
  subscribers: number
  accounts: number
  meters: number
  readings: number
  charges: number
  payments: number
  /** Of a year; a visit is four of them. */
  operations: number
}

export interface DataOptions extends Counts {
  seed: number
  /** First day of the month that is not billed yet. */
  asOf: LocalDate
}

export interface Person {
  kind: 'person' | 'organisation' | 'entrepreneur'
  externalId: string
  lastName: string
  firstName: string
  middleName: string
  birthDate: LocalDate | null
  organisation: string
  inn: string
  kpp: string
  ogrn: string
  snils: string
  document: { type: DocumentType; series: string; number: string } | null
  /** Ten digits. */
  phone: string
  email: string
}

export interface Account {
  subscriber: number
  provider: string
  number: string
  contract: string
  els: string
  closed: boolean
}

export interface Meter {
  account: number
  serial: string
  service: MeteredService
  decimals: number
  zones: number
  /** Thousandths of the unit: when it was put in, and what a month adds. */
  initial: number
  monthly: number
}

const ofHomes = ['eis24', 'enser', 'smorodina'] as const
const ofOthers = ['enicom', 'is-telecom', 'tctr', 'smorodina', 'enser'] as const
const prefixes: Record<string, string> = { eis24: '07', enser: '1', smorodina: '04', enicom: '00', 'is-telecom': '3000', tctr: '14' }
const measured: Record<(typeof ofHomes)[number], readonly MeteredService[]> = { eis24: ['cold_water', 'cold_water'], enser: ['hot_water', 'electricity'], smorodina: ['gas', 'electricity'] }
const billed: Record<string, readonly string[]> = {
  eis24: ['maintenance', 'cold_water', 'capital_repair', 'waste'], enser: ['hot_water', 'electricity', 'heating_norm'], smorodina: ['gas', 'electricity', 'gas_maintenance'],
  enicom: ['internet', 'tv'], 'is-telecom': ['internet', 'tv'], tctr: ['internet', 'tv'],
}
const mailDomains = ['example.org', 'example.com', 'example.net', 'mail.example', 'pochta.example'] as const
/** What a home uses in a month, in units. */
const usual: Record<MeteredService, [number, number]> = { cold_water: [2, 8], hot_water: [2, 5], gas: [5, 20], electricity: [80, 250], heat: [1, 2] }
/** Area codes given to no operator. */
const phoneAreas = ['943', '945', '947', '973', '976'] as const

/**
 * The rows of a region, each a function of its index: row 7 is the same in an office of a thousand and of a million. Ids in the database are index + 1.
 * Fictional people only: numbers that were never given out, domains for examples.
 */
export function benchData(options: DataOptions) {
  const { seed, asOf, subscribers, accounts, meters, readings, charges, payments } = options
  const names = surnameMaker(seed)
  const places = placeList(seed, subscribers, names.men)
  const six = numbering(6, seed % 71)
  const seven = numbering(7, seed % 83)
  const eight = numbering(8, seed % 91)
  const eightOfMeters = numbering(8, seed % 97)

  function person(index: number): Person {
    const r = random('person', seed, index)
    const kind = r.weighted<Person['kind']>([['person', 94], ['organisation', 3], ['entrepreneur', 3]])
    const { name } = names.nameOf(r, index)
    const digits = eight(index)
    const phone = r.chance(0.94) ? r.pick(phoneAreas) + seven(index) : ''
    if (kind === 'organisation') {
      const inn = organisationInn(`9${digits}`)
      return {
        kind, phone, externalId: String(100_000 + index), lastName: '', firstName: '', middleName: '', birthDate: null, organisation: organisationName(r, index),
        inn, kpp: `${inn.slice(0, 4)}01001`, ogrn: ogrn(`125${digits}0`), snils: '', document: null, email: `office${index}@${r.pick(mailDomains)}`,
      }
    }
    const isEntrepreneur = kind === 'entrepreneur'
    const type = r.weighted<DocumentType | 'none'>([['passport_rf', 925], ['passport_foreign', 30], ['residence_permit', 15], ['birth_certificate', 10], ['military_id', 5], ['none', 15]])
    const number = six(index % 999_983)
    const documents: Partial<Record<DocumentType, { series: string; number: string }>> = {
      passport_rf: { series: `74${String(r.int(1, 25)).padStart(2, '0')}`, number },
      passport_foreign: { series: '', number: `${r.pick(['AA', 'FK', 'N', 'ZX'])}${seven(index)}` },
      residence_permit: { series: '82', number: `0${number}` },
      birth_certificate: { series: `${r.pick(['I', 'II', 'III'])}-${r.pick(['ДУ', 'ЖЯ', 'ЩЭ'])}`, number },
      military_id: { series: r.pick(['ЭЩ', 'ЭЮ']), number: `0${number}` },
    }
    const document = type === 'none' ? undefined : documents[type]
    return {
      kind, phone, externalId: String(100_000 + index), ...name,
      birthDate: addDays(asOf, -r.int(19 * 365, 88 * 365)),
      organisation: isEntrepreneur ? `ИП ${name.lastName} ${name.firstName} ${name.middleName}`.trim() : '',
      inn: isEntrepreneur || r.chance(0.2) ? personInn(`98${digits}`) : '',
      kpp: '',
      ogrn: isEntrepreneur ? ogrnip(`325980${digits}`) : '',
      snils: type !== 'passport_foreign' && r.chance(0.7) ? snils(`9${digits}`).replace(/\D/g, '') : '',
      document: document && type !== 'none' ? { type, ...document } : null,
      email: r.chance(0.58) ? `${latinLetters(name.firstName)}.${latinLetters(name.lastName).replaceAll('-', '')}${index}@${r.pick(mailDomains)}` : '',
    }
  }

  function account(index: number): Account {
    const isOfHome = index < subscribers
    const provider = isOfHome ? at(ofHomes, index % ofHomes.length) : at(ofOthers, index % ofOthers.length)
    const digits = eight(index)
    const isInternet = billed[provider]?.[0] === 'internet'
    const r = random('account', seed, index)
    return {
      subscriber: isOfHome ? index : (index * 7919) % subscribers,
      provider,
      number: `${prefixes[provider] ?? ''}${digits}`,
      contract: isInternet || r.chance(0.1) ? `ДГ-${digits}/${r.int(2005, 2025)}` : '',
      els: !isInternet && r.chance(0.5) ? `75${r.pick(['АБ', 'ДА', 'ЕЖ', 'КЛ', 'НР', 'ТУ'])}${six(index % 999_983)}` : '',
      closed: r.chance(0.03),
    }
  }

  function meter(index: number): Meter {
    const home = index % subscribers
    const services = measured[at(ofHomes, home % ofHomes.length)]
    const service = at(services, Math.floor(index / subscribers) % services.length)
    const r = random('meter', seed, index)
    const decimals = service === 'electricity' || service === 'gas' ? 0 : 3
    const digits = eightOfMeters(index)
    return {
      account: home,
      serial: r.weighted([[digits, 6], [`${digits.slice(0, 2)}-${digits.slice(2)}`, 2], [`СВ${digits}`, 2]]),
      service,
      decimals,
      zones: service === 'electricity' && r.chance(0.25) ? 2 : 1,
      initial: r.int(0, 900) * 1000,
      monthly: r.int(...usual[service]) * 1000,
    }
  }

  /** How many of `total` rows belong to the owner of this index; they differ by one at most. */
  const share = (total: number, owners: number, index: number) => Math.floor(((index + 1) * total) / owners) - Math.floor((index * total) / owners)

  return {
    options,
    streets: places.streets,
    person,
    place: (subscriber: number): Place => places.place(subscriber),
    account,
    meter,
    /** Readings of a meter, oldest first: months before asOf, the newest in the month before. Values in thousandths. */
    readingsOf(index: number): { takenOn: LocalDate; values: number[] }[] {
      const { initial, monthly, zones } = meter(index)
      const count = share(readings, meters, index)
      return Array.from({ length: count }, (_, n) => ({
        takenOn: addDays(addMonths(asOf, n - count), 19 + (index % 6)),
        values: Array.from({ length: zones }, (_zone, zone) => initial + Math.max(1, Math.floor(monthly / (zone + 1) / 1000)) * 1000 * (n + 1)),
      }))
    },
    /** Charges of an account, the newest period first; the month before asOf is the last billed. Kopecks. */
    chargesOf(index: number): { period: LocalDate; service: string; accrued: number; paid: number; opening: number }[] {
      const services = billed[account(index).provider] ?? []
      const r = random('charge', seed, index)
      const opening = r.chance(0.12) ? r.int(50_000, 900_000) : 0
      return Array.from({ length: share(charges, accounts, index) }, (_, n) => {
        const accrued = r.int(5_000, 150_000)
        return { period: addMonths(asOf, -1 - Math.floor(n / services.length)), service: at(services, n % services.length), accrued, paid: r.chance(0.9) ? accrued : 0, opening }
      })
    },
    paymentsOf(index: number): { paidOn: LocalDate; amount: number }[] {
      const r = random('payment', seed, index)
      return Array.from({ length: share(payments, accounts, index) }, (_, n) => ({ paidOn: addDays(asOf, -r.int(1, 28) - 30 * n), amount: r.int(10_000, 600_000) }))
    },
    keys: { account: accountKey, contract: contractKey },
  }
}

export type BenchData = ReturnType<typeof benchData>
