import { addDays, addMonthsToPeriod, formatDate, formatPeriod, isLocalDate, periodOf } from '@shared/domain/dates'
import { readyProvider, type ReadyProviderCode } from '../features/providers/ready-profiles'
import { accountMaker } from './accounts'
import { billFacts } from './bill-facts'
import { accountHistory, initialOf } from './billing'
import { castDefinitions, numberKey, type CastDefinition } from './cast'
import type { AccountHistory, TrainingAccount, TrainingSubscriber, TrainingTime } from './model'
import { peopleMaker } from './people'
import { placeMaker, type Place } from './places'
import { random, type Random } from './random'
import { price, rubles, thousandths, type RegisterKind, type RegisterRow } from './registers'

export interface TrainingOptions {
  /** Same seed, size and date: the same office to the last byte. */
  seed?: number
  subscribers?: number
  /** The day the office is looked at, 'YYYY-MM-DD'; the month before it is the last closed period. */
  asOf: string
}

/** A portal login to be created after the import. */
export interface TrainingPortalUser {
  provider: ReadyProviderCode
  /** By the scheme of the provider: e-mail, digits of the account, contract without spaces. */
  login: string
  /** Account numbers as registered; all of one provider. */
  accounts: string[]
  email: string | null
  emailConfirmed: boolean
  /** Instant with offset; null: never signed in. */
  lastSignInAt: string | null
  /** Link with Госуслуги: contracts of one person share the link id. */
  esia: { linkId: string; linkedAt: string; holder: string } | null
}

export interface TrainingOffice {
  asOf: string
  /** Oldest first; the last one is closed, the month of `asOf` is not. */
  periods: readonly string[]
  /** Rows of a register file; charges, readings and payments are made as they are read. */
  rows<Kind extends RegisterKind>(kind: Kind): Generator<RegisterRow<Kind>>
  portalUsers: readonly TrainingPortalUser[]
  /** Rows that import with a warning on purpose. */
  deliberateWarnings: readonly { register: RegisterKind; subscriberId: string; column: string }[]
}

const providers: readonly (readonly [ReadyProviderCode, number])[] = [['enser', 33], ['smorodina', 28], ['eis24', 26], ['enicom', 5], ['is-telecom', 4], ['tctr', 4]]

/**
 * A believable service centre of the fictional town Энск: subscribers, accounts, meters, twelve closed periods of readings,
 * charges and payments that agree with each other. Nobody in it exists.
 * Throws RangeError for a date that is none and for a size that is not a whole number from 0 to 500,000.
 */
export function trainingOffice({ seed = 2026, subscribers: size = 2000, asOf }: TrainingOptions): TrainingOffice {
  if (!isLocalDate(asOf)) throw new RangeError(`asOf: ${asOf}`)
  if (!Number.isInteger(size) || size < 0 || size > 500_000) throw new RangeError(`subscribers: ${size}`)

  const current = periodOf(asOf)
  const time: TrainingTime = { asOf, current, periods: Array.from({ length: 12 }, (_, index) => addMonthsToPeriod(current, index - 12)) }
  const { subscribers, accounts, portalUsers } = people(seed, size, time)
  const histories = new Map<TrainingAccount, AccountHistory>()

  /** Three registers are read from one history; it is made once. */
  function history(account: TrainingAccount): AccountHistory {
    const known = histories.get(account)
    if (known) return known
    const made = accountHistory(account, time, seed)
    histories.set(account, made)
    return made
  }

  const rows: { [Kind in RegisterKind]: () => Generator<RegisterRow<Kind>> } = {
    *subscribers() {
      for (const subscriber of subscribers) yield subscriberRow(subscriber)
    },
    *accounts() {
      for (const account of accounts) yield accountRow(account)
    },
    *meters() {
      for (const account of accounts) yield* meterRows(account)
    },
    *readings() {
      for (const account of accounts) {
        for (const { meter, takenOn, values, channel } of history(account).readings) {
          const [t1 = 0, t2, t3] = values
          yield {
            provider: account.provider, account: account.account, serial: meter.serial, service: meter.service, taken_on: dateText(takenOn),
            t1: thousandths(t1), t2: t2 === undefined ? '' : thousandths(t2), t3: t3 === undefined ? '' : thousandths(t3), channel,
          }
        }
      }
    },
    *charges() {
      for (const account of accounts) {
        for (const charge of history(account).charges) {
          yield {
            provider: account.provider, account: account.account, period: formatPeriod(charge.period), service: charge.service, unit: charge.unit,
            volume: charge.volume === null ? '' : thousandths(charge.volume),
            volume_common: charge.volumeCommon === null ? '' : thousandths(charge.volumeCommon),
            tariff: price(charge.tariff),
            accrued: rubles(charge.accrued), accrued_common: rubles(charge.accruedCommon), recalculated: rubles(charge.recalculated),
            recalculation_reason: charge.recalculationReason, benefit: rubles(charge.benefit), penalty: rubles(charge.penalty),
            opening: rubles(charge.opening), paid: rubles(charge.paid), closing: rubles(charge.closing),
            ...billFacts(charge, time.periods.at(-1) ?? ''),
          }
        }
      }
    },
    *payments() {
      for (const account of accounts) {
        for (const payment of history(account).payments) {
          yield {
            provider: account.provider, account: account.account, payment_id: payment.id, paid_on: dateText(payment.paidOn),
            amount: rubles(payment.amount), channel: payment.channel, purpose: payment.purpose,
          }
        }
      }
    },
  }

  return {
    asOf,
    periods: time.periods,
    rows: (kind) => rows[kind](),
    portalUsers,
    deliberateWarnings: [
      { register: 'subscribers', subscriberId: castDefinitions.semyon.subscriber.id, column: 'phone' },
      { register: 'subscribers', subscriberId: castDefinitions.zhanna.subscriber.id, column: 'snils' },
    ],
  }
}

function people(seed: number, size: number, time: TrainingTime) {
  const definitions: CastDefinition[] = Object.values(castDefinitions)
  const taken = new Set(definitions.flatMap(({ accounts }) => accounts.map(({ provider, account }) => `${provider} ${numberKey(provider, account)}`)))
  const placeFor = placeMaker(seed, size, definitions.map(({ subscriber }) => subscriber.home))
  const newPerson = peopleMaker({ seed, asOf: time.asOf, placeFor, takenEmails: definitions.map(({ subscriber }) => subscriber.email) })
  const maker = accountMaker({ seed, time, taken })

  const subscribers: TrainingSubscriber[] = []
  const accounts: TrainingAccount[] = []
  const portal = portalUsers(time)

  for (const { subscriber, accounts: given } of definitions) {
    subscribers.push(subscriber)
    for (const { provider, account, details, portal: signsIn } of given) {
      const r = random('cast', provider, account)
      const made = maker.account(r, provider, subscriber, subscriber.home, { account, key: `cast ${account}`, ...details(time) })
      accounts.push(made)
      if (signsIn) portal.add(made, r, signsIn === 'esia')
    }
  }

  for (let index = 0; subscribers.length < size; index++) {
    const r = random(seed, 'subscriber', index)
    const subscriber = newPerson(r, index)
    subscribers.push(subscriber)
    for (const [provider, place] of servedBy(r, subscriber, placeFor)) {
      const made = maker.account(r, provider, subscriber, place)
      accounts.push(made)
      const wanted = r.chance(0.42)
      const esia = r.chance(0.35)
      if (wanted) portal.add(made, r, esia)
    }
  }
  return { subscribers, accounts, portalUsers: portal.users }
}

/** Most have one account, some two or three of different providers, a few a second dwelling under the same provider. */
function servedBy(r: Random, subscriber: TrainingSubscriber, placeFor: (r: Random, kind: 'home' | 'office') => Place): [ReadyProviderCode, Place][] {
  const first = r.weighted(providers)
  const served: [ReadyProviderCode, Place][] = [[first, subscriber.home]]
  const more = r.weighted([[0, 80], [1, 12], [2, 8]])
  for (let i = 0; i < more; i++) {
    const next = r.weighted(providers)
    if (!served.some(([provider]) => provider === next)) served.push([next, subscriber.home])
  }
  if (r.chance(0.025)) served.push([first, placeFor(r, subscriber.kind === 'organisation' ? 'office' : 'home')])
  return served
}

/** Collects portal logins by the scheme of each provider; two dwellings of one person share an e-mail login. */
function portalUsers(time: TrainingTime) {
  const byLogin = new Map<string, TrainingPortalUser>()
  return {
    get users(): TrainingPortalUser[] {
      return [...byLogin.values()]
    },
    add(account: TrainingAccount, r: Random, esia: boolean) {
      const portal = readyProvider(account.provider)?.profile.portal
      const email = account.subscriber.email.toLowerCase() || null
      const login = portal && { email, account: numberKey(account.provider, account.account), contract: account.contract.replace(/\s/g, '') }[portal.scheme]
      const at = (daysAgo: number) => `${addDays(time.asOf, -daysAgo)}T${String(r.int(7, 22)).padStart(2, '0')}:${String(r.int(0, 59)).padStart(2, '0')}:00+05:00`
      const lastSignInAt = r.chance(0.86) ? at(r.int(1, 240)) : null
      const linkedAt = at(r.int(250, 700))
      // Access ends with the contract.
      if (!portal || !login || account.status === 'closed') return
      const known = byLogin.get(`${account.provider} ${login}`)
      if (known) {
        known.accounts.push(account.account)
        return
      }
      byLogin.set(`${account.provider} ${login}`, {
        provider: account.provider,
        login,
        accounts: [account.account],
        email,
        emailConfirmed: email !== null && (esia || r.chance(0.8)),
        lastSignInAt,
        esia: esia && portal.esia && account.subscriber.kind !== 'organisation' ? { linkId: `esia-${account.subscriber.id}`, linkedAt, holder: holderOf(account.subscriber) } : null,
      })
    },
  }
}

/** Госуслуги tell the name only; the desk shows «С***а М. И.». */
function holderOf({ lastName, firstName, middleName }: TrainingSubscriber): string {
  const initials = [firstName, middleName].filter(Boolean).map((name) => `${name.slice(0, 1)}.`)
  return `${lastName.slice(0, 1)}***${lastName.slice(-1)} ${initials.join(' ')}`
}

const dateText = (date: string | null) => (date === null ? '' : formatDate(date))

function subscriberRow(s: TrainingSubscriber): RegisterRow<'subscribers'> {
  return {
    subscriber_id: s.id, kind: s.kind, last_name: s.lastName, first_name: s.firstName, middle_name: s.middleName, birth_date: dateText(s.birthDate),
    org_name: s.organisation, inn: s.inn, kpp: s.kpp, ogrn: s.ogrn, snils: s.snils,
    doc_type: s.document?.type ?? '', doc_series: s.document?.series ?? '', doc_number: s.document?.number ?? '', doc_issued_by: s.document?.issuedBy ?? '',
    doc_issued_on: dateText(s.document?.issuedOn ?? null), doc_issuer_code: s.document?.issuerCode ?? '', phone: s.phone, email: s.email,
  }
}

function accountRow(a: TrainingAccount): RegisterRow<'accounts'> {
  return {
    provider: a.provider, account: a.account, contract: a.contract, contract_date: dateText(a.contractDate), subscriber_id: a.subscriber.id,
    region: a.place.region, locality: a.place.locality, street: a.place.street, house: a.place.house, building: a.place.building, flat: a.place.flat,
    flat_as_printed: a.place.flatAsPrinted, area_m2: thousandths(a.area * 100), rooms: String(a.rooms), residents: String(a.residents), els: a.els, zhku_id: a.zhkuId,
    status: a.status, opened_on: dateText(a.openedOn), closed_on: dateText(a.closedOn), bill_delivery: a.billDelivery, tariff: a.plan,
  }
}

function* meterRows(a: TrainingAccount): Generator<RegisterRow<'meters'>> {
  for (const m of a.meters) {
    const [t1 = 0, t2, t3] = initialOf(m)
    yield {
      provider: a.provider, account: a.account, serial: m.serial, service: m.service, digits: String(m.digits), decimals: String(m.decimals), zones: String(m.zones),
      ratio: String(m.ratio), installed_on: dateText(m.installedOn), verified_until: dateText(m.verifiedUntil), removed_on: dateText(m.removedOn),
      initial_t1: thousandths(t1), initial_t2: t2 === undefined ? '' : thousandths(t2), initial_t3: t3 === undefined ? '' : thousandths(t3),
    }
  }
}
