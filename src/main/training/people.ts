import { addDays } from '@shared/domain/dates'
import { addYears } from './calendar'
import { ogrn, ogrnip, organisationInn, personInn, snils } from './checksums'
import type { IdentityDocument, TrainingSubscriber } from './model'
import { doubleName, easternName, foreignName, latinLetters, ordinaryName, organisationName, type Gender, type PersonName } from './names'
import { at, numbering, type Random } from './random'
import type { Place } from './places'

/** Domains reserved for examples (RFC 2606, RFC 6761): no letter can reach a stranger. */
const mailDomains = ['example.org', 'example.com', 'example.net', 'mail.example', 'pochta.example'] as const

/** Area codes of mobile networks given to no operator, so that a training office can't ring anybody. */
const phoneAreas = ['943', '945', '947', '973', '976'] as const

export interface PeopleOptions {
  seed: number
  asOf: string
  placeFor: (r: Random, kind: 'home' | 'office') => Place
  /** E-mail addresses that are somebody's already. */
  takenEmails: readonly string[]
}

/** Makes subscribers one by one; numbers and e-mail addresses never repeat. */
export function peopleMaker({ seed, asOf, placeFor, takenEmails }: PeopleOptions) {
  const numbers = {
    snils: numbering(6, seed % 91),
    phone: numbering(7, seed % 83),
    passport: numbering(6, seed % 71),
    organisation: numbering(5, seed % 61),
    person: numbering(6, seed % 53),
  }
  const emails = new Set(takenEmails)

  return (r: Random, index: number): TrainingSubscriber => {
    const kind = r.weighted<TrainingSubscriber['kind']>([['person', 94], ['organisation', 3], ['entrepreneur', 3]])
    const id = String(100_000 + index)
    const phone = r.chance(0.94) ? spelledPhone(r, `${r.pick(phoneAreas)}${numbers.phone(index)}`) : ''

    if (kind === 'organisation') {
      const tax = `9${r.int(801, 806)}${numbers.organisation(index)}`
      return {
        id, kind, phone,
        lastName: '', firstName: '', middleName: '', birthDate: null,
        organisation: organisationName(r, index),
        inn: organisationInn(tax), kpp: `${tax.slice(0, 4)}01001`, ogrn: ogrn(`1${r.int(10, 25)}980${numbers.person(index)}`), snils: '', document: null,
        email: r.chance(0.9) ? newEmail(`office${index}`, r) : '',
        home: placeFor(r, 'office'),
      }
    }

    const who = person(r)
    const birthDate = who.minor ? addDays(addYears(asOf, -r.int(4, 13)), -r.int(1, 300)) : addDays(addYears(asOf, -r.int(20, 88)), -r.int(1, 360))
    const entrepreneur = kind === 'entrepreneur' && !who.minor
    return {
      id, kind: entrepreneur ? kind : 'person', phone, ...who.name, birthDate,
      organisation: entrepreneur ? `ИП ${who.name.lastName} ${who.name.firstName} ${who.name.middleName}`.trim() : '',
      inn: entrepreneur || r.chance(0.2) ? personInn(`98${r.int(1, 9)}0${numbers.person(index)}`) : '',
      kpp: '',
      ogrn: entrepreneur ? ogrnip(`3${r.int(10, 25)}98000${numbers.person(index)}`) : '',
      snils: who.document !== 'foreign' && r.chance(0.7) ? spelledSnils(r, snils(`999${numbers.snils(index)}`)) : '',
      document: documentOf(r, who.document, birthDate, asOf, numbers.passport(index), index),
      email: !who.minor && r.chance(0.58) ? newEmail(addressOf(r, who.name, birthDate), r) : '',
      home: placeFor(r, 'home'),
    }
  }

  function newEmail(local: string, r: Random): string {
    const name = local.replace(/[^a-z0-9._-]/g, '') || 'abonent'
    for (let attempt = 0; ; attempt++) {
      const email = `${name}${attempt || ''}@${r.pick(mailDomains)}`
      if (emails.has(email)) continue
      emails.add(email)
      // Some people write their address with capitals.
      return r.chance(0.03) ? email.replace(/^./, (letter) => letter.toUpperCase()) : email
    }
  }
}

type DocumentKind = 'passport' | 'foreign' | 'residence' | 'birth' | 'military' | 'temporary' | 'none'

function person(r: Random): { name: PersonName; document: DocumentKind; minor: boolean } {
  const gender: Gender = r.chance(0.55) ? 'female' : 'male'
  const kind = r.weighted<DocumentKind | 'eastern' | 'double' | 'noPatronymic'>([
    ['passport', 890], ['double', 25], ['eastern', 20], ['noPatronymic', 12], ['foreign', 20], ['residence', 10], ['birth', 8], ['military', 6], ['temporary', 4], ['none', 5],
  ])
  if (kind === 'double') return { name: doubleName(r, gender), document: 'passport', minor: false }
  if (kind === 'eastern') return { name: easternName(r, gender), document: 'passport', minor: false }
  if (kind === 'noPatronymic') return { name: { ...ordinaryName(r, gender), middleName: '' }, document: 'passport', minor: false }
  if (kind === 'foreign' || kind === 'residence') return { name: foreignName(r).name, document: kind, minor: false }
  return { name: ordinaryName(r, gender), document: kind, minor: kind === 'birth' }
}

/** Series 74 is no region of the real numbering (ОКАТО), so no such passport exists. */
function documentOf(r: Random, kind: DocumentKind, birthDate: string, asOf: string, number: string, index: number): IdentityDocument | null {
  const recently = () => addDays(asOf, -r.int(40, 2400))
  switch (kind) {
    case 'passport': {
      // Changed at 20 and at 45, by law within 90 days; who was older when the Soviet passports ended got one then.
      const changes = [45, 20].map((age) => addDays(addYears(birthDate, age), r.int(5, 80)))
      const exchanged = addDays('2000-06-01', r.int(0, 1200))
      const due = changes.find((date) => date < asOf && date > '1998-01-01') ?? (birthDate < '1955-01-01' ? exchanged : addDays(asOf, -r.int(1, 9)))
      const office = r.int(1, 6)
      return { type: '21', series: `74${due.slice(2, 4)}`, number, issuedBy: `Отделом внутренних дел № ${office} г. Энска`, issuedOn: due, issuerCode: `742-00${office}` }
    }
    case 'foreign':
      return { type: '10', series: '', number: `${r.pick(['AA', 'FK', 'N', 'ZX'])}${String(4_000_000 + index)}`, issuedBy: 'Ministry of Foreign Affairs', issuedOn: recently(), issuerCode: '' }
    case 'residence':
      return { type: '12', series: '82', number: `0${number}`, issuedBy: 'УМВД по Энской области', issuedOn: recently(), issuerCode: '' }
    case 'birth':
      return { type: '03', series: `${r.pick(['I', 'II', 'III'])}-${r.pick(['ДУ', 'ЖЯ', 'ЩЭ'])}`, number, issuedBy: 'Отдел ЗАГС г. Энска', issuedOn: addDays(birthDate, r.int(3, 30)), issuerCode: '' }
    case 'military':
      return { type: '07', series: r.pick(['ЭЩ', 'ЭЮ']), number: `0${number}`, issuedBy: 'Военный комиссариат г. Энска', issuedOn: recently(), issuerCode: '' }
    case 'temporary':
      return { type: '14', series: '', number: String(7_400_000 + index), issuedBy: 'Отделом внутренних дел г. Энска', issuedOn: addDays(asOf, -r.int(2, 25)), issuerCode: '' }
    case 'none':
      return null
  }
}

function addressOf(r: Random, name: PersonName, birthDate: string): string {
  const last = latinLetters(name.lastName)
  const first = latinLetters(name.firstName)
  return r.pick([`${first}.${last}`, `${last}.${first.slice(0, 1)}`, `${last}${birthDate.slice(0, 4)}`, `${first}_${last}`])
}

/** The same ten digits the many ways people write them. */
export function spelledPhone(r: Random, ten: string): string {
  const [area, a, b, c] = [ten.slice(0, 3), ten.slice(3, 6), ten.slice(6, 8), ten.slice(8)]
  return at(
    [`+7${ten}`, `8${ten}`, `8 (${area}) ${a}-${b}-${c}`, `+7 (${area}) ${a}-${b}-${c}`, ten, `8-${area}-${a}-${b}-${c}`, `7${ten}`, `+7 ${area} ${a} ${b} ${c}`, `8(${area})${a}${b}${c}`],
    r.int(0, 8),
  )
}

const spelledSnils = (r: Random, value: string) => (r.chance(0.3) ? value.replace(/\D/g, '') : value)
