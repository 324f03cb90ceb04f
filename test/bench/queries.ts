import type { Hit } from '@shared/contract/desk'
import { fold } from '@shared/domain/fold'
import { buildGostQr } from '@shared/domain/gost-qr'
import { toEnglishLayout } from '@shared/domain/layout'
import { organisationKey } from '@shared/domain/person-name'
import { toLatin } from '@shared/domain/transliteration'
import { at, random, type Random } from '../../src/main/training/random'
import { spelledPhone } from '../../src/main/training/people'
import type { Place } from './data/places'
import type { BenchData, Person } from './data/rows'

/** A text somebody may type, and whether a hit is who they meant. */
export interface Query {
  text: string
  isRight(hit: Hit): boolean
}

type Make = (index: number, person: Person, r: Random, data: BenchData) => Query | null

const letters = 'абвгдежзиклмнопрстуфхцчшщыэюя'

/** One slip of a hand: a letter left out, put in, wrong, or two swapped. Never the same word. */
export function slip(word: string, r: Random): string {
  for (;;) {
    const place = r.int(0, word.length - 1)
    const [before, letter, after] = [word.slice(0, place), word.charAt(place), word.slice(place + 1)]
    const slipped = r.pick([
      () => before + after,
      () => before + r.pick([...letters]) + letter + after,
      () => before + r.pick([...letters]) + after,
      () => before + after.charAt(0) + letter + after.slice(1),
    ])()
    if (slipped !== word && slipped.length >= 3) return slipped
  }
}

const fullName = ({ lastName, firstName, middleName }: Person) => [lastName, firstName, middleName].filter(Boolean).join(' ')
/** Namesakes are all right: the desk tells them apart by the address. */
const isNamesake = (person: Person) => (hit: Hit) => fold(hit.name) === fold(fullName(person))
/** Several villages have the same street and house: without its name each of them is meant. */
const isAt = ({ locality, street, house, building, flat }: Place, isNamed: boolean) => (hit: Hit) =>
  [street, `д. ${house}`, building && `корп. ${building}`, flat && `кв. ${flat}`, isNamed && locality].every((part) => !part || hit.account?.address.split(', ').includes(part))
const isSubscriber = (index: number) => (hit: Hit) => hit.subscriberId === index + 1
const named = (make: (person: Person, r: Random) => string | null): Make => (_index, person, r) => {
  const text = person.kind === 'person' && person.lastName.length >= 5 ? make(person, r) : null
  return text === null ? null : { text, isRight: isNamesake(person) }
}
const ofDocument = (types: readonly string[]): Make => (index, { document }) =>
  document && types.includes(document.type) ? { text: `${document.series} ${document.number}`.trim(), isRight: isSubscriber(index) } : null

/** «ленина 10к2 15» */
function spelledAddress(index: number, r: Random, { place }: BenchData): string {
  const { locality, street, house, building, flat } = place(index)
  const words = street.replace(/^\S+ /, '').toLowerCase()
  return r.pick([
    () => [words, house + (building && `к${building}`), flat],
    () => [street.toLowerCase().replace(/\./, ''), `д${house}${building && ` к ${building}`}`, flat],
    () => [`${locality}, ${street}, д. ${house}`, building && `корп. ${building}`, flat && `кв. ${flat}`],
  ])().filter(Boolean).join(' ')
}

/** Each kind of key of the one box (product.md §2). */
export const queryKinds: Record<string, Make> = {
  passport: ofDocument(['passport_rf']),
  'other document': ofDocument(['passport_foreign', 'residence_permit', 'birth_certificate', 'military_id']),
  account: (index, _person, _r, { account }) => ({ text: account(index).number, isRight: isSubscriber(index) }),
  contract: (index, _person, _r, { account }) => (account(index).contract ? { text: account(index).contract, isRight: isSubscriber(index) } : null),
  'housing code': (index, _person, _r, { account }) => (account(index).els ? { text: account(index).els, isRight: isSubscriber(index) } : null),
  phone: (index, { phone }, r) => (phone ? { text: spelledPhone(r, phone), isRight: isSubscriber(index) } : null),
  'e-mail': (index, { email }) => (email ? { text: email, isRight: isSubscriber(index) } : null),
  serial: (index, _person, _r, { meter }) => ({ text: meter(index).serial, isRight: isSubscriber(index) }),
  СНИЛС: (index, { snils }) => (snils ? { text: snils.replace(/(\d{3})(\d{3})(\d{3})(\d\d)/, '$1-$2-$3 $4'), isRight: isSubscriber(index) } : null),
  ИНН: (index, { inn }) => (inn ? { text: inn, isRight: isSubscriber(index) } : null),
  QR: (index, { lastName }, _r, { account }) => ({
    text: buildGostQr({ Name: 'АО «Энскгазэнерго»', PersonalAcc: '40702810572000000101', BankName: 'ПАО СБЕРБАНК', BIC: '047501602', LastName: lastName, PersAcc: account(index).number, PaymPeriod: '102026', Sum: 123_456 }).text,
    isRight: isSubscriber(index),
  }),
  'exact name': named(fullName),
  'surname and name': (_index, person, _r) => {
    const { kind, lastName, firstName } = person
    return kind === 'person' ? { text: `${lastName} ${firstName}`, isRight: (hit) => fold(hit.name).startsWith(fold(`${lastName} ${firstName}`)) } : null
  },
  prefix: (_index, { kind, lastName, firstName }, r) => {
    const typed = `${lastName.slice(0, r.int(4, 6))} ${firstName.slice(0, 2)}`.toLowerCase()
    return kind === 'person' && lastName.length >= 6
      ? { text: typed, isRight: ({ name }) => { const [last = '', first = ''] = fold(name).split(' '); const [l = '', f = ''] = fold(typed).split(' '); return last.startsWith(l) && first.startsWith(f) } }
      : null
  },
  initials: (_index, { kind, lastName, firstName, middleName }) => {
    const wanted = new RegExp(`^${fold(lastName)} ${fold(firstName.charAt(0))}\\S* ${fold(middleName.charAt(0))}`)
    return kind === 'person' && middleName ? { text: `${lastName} ${firstName.charAt(0)}. ${middleName.charAt(0)}.`, isRight: ({ name }) => wanted.test(fold(name)) } : null
  },
  'swapped order': named(({ lastName, firstName, middleName }) => `${firstName} ${middleName} ${lastName}`.trim()),
  'wrong layout': named((person) => toEnglishLayout(fullName(person).toLowerCase())),
  // A passport for travel has no patronymic: whoever bears the two names is right.
  Latin: (_index, { kind, lastName, firstName }) =>
    kind === 'person' ? { text: toLatin(`${lastName} ${firstName}`), isRight: ({ name }) => fold(name).startsWith(fold(`${lastName} ${firstName}`)) } : null,
  'one typo': named((person, r) => [slip(person.lastName.toLowerCase(), r), person.firstName.toLowerCase(), person.middleName.toLowerCase()].join(' ').trim()),
  'one typo, no patronymic': (_index, person, r) =>
    person.kind === 'person' && person.lastName.length >= 5
      ? { text: `${slip(person.lastName.toLowerCase(), r)} ${person.firstName.toLowerCase()}`, isRight: (hit) => fold(hit.name).startsWith(fold(`${person.lastName} ${person.firstName}`)) }
      : null,
  'two typos': named((person, r) => (person.lastName.length < 7 ? null : [slip(slip(person.lastName.toLowerCase(), r), r), person.firstName.toLowerCase(), person.middleName.toLowerCase()].join(' ').trim())),
  address: (index, _person, r, data) => {
    const text = spelledAddress(index, r, data)
    return { text, isRight: isAt(data.place(index), text.includes(data.place(index).locality)) }
  },
  'address, one typo': (index, _person, r, data) => {
    const { street, house, building, flat } = data.place(index)
    const word = street.split(' ').at(-1) ?? ''
    return /^[а-яё]{5,}$/i.test(word) ? { text: [slip(word.toLowerCase(), r), house + (building && `к${building}`), flat].filter(Boolean).join(' '), isRight: isAt(data.place(index), false) } : null
  },
  'surname and address': (index, { kind, lastName }, r, data) => (kind === 'person' ? { text: `${lastName.toLowerCase()} ${spelledAddress(index, r, data)}`, isRight: isSubscriber(index) } : null),
  organisation: (index, { kind, organisation }) => (kind === 'organisation' ? { text: organisationKey(organisation), isRight: isSubscriber(index) } : null),
  'nothing: a number': (_index, _person, r) => ({ text: `9999 ${r.int(100_000, 999_999)}`, isRight: () => false }),
  'nothing: a name': (_index, _person, r) => ({ text: `${Array.from({ length: 9 }, () => r.pick(['щ', 'ы', 'ю', 'э', 'ф'])).join('')} ${r.pick(['борис', 'нина'])}`, isRight: () => false }),
}

/** `count` questions of a kind about people drawn from the whole office; the same every time. Only of homes that are not closed. */
export function queriesOf(kind: string, data: BenchData, count: number): Query[] {
  const make = queryKinds[kind]
  if (!make) throw new Error(`no such kind of query: ${kind}`)
  const r = random('query', data.options.seed, kind)
  const found: Query[] = []
  for (let tries = 0; found.length < count && tries < count * 400; tries++) {
    const index = r.int(0, data.options.subscribers - 1)
    if (data.account(index).closed) continue
    const query = make(index, data.person(index), r, data)
    if (query) found.push(query)
  }
  if (found.length < count) throw new Error(`the office has too few people to ask for by ${kind}`)
  return found
}

/** The query of a round; rounds beyond the list begin anew. */
export const ofRound = (queries: readonly Query[], round: number): Query => at(queries, round % queries.length)
