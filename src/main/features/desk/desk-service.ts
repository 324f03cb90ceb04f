import type { OutputOf } from '@shared/contract/call'
import { matchKinds, type deskContract } from '@shared/contract/desk'
import { accountKey } from '@shared/domain/account-number'
import { spellingsOf, understand, type Lookup, type NameLookup } from '@shared/domain/search-query'
import type { Service } from '../../ipc/context'

/** The database refuses more: one text does not mean a hundred things. */
const MOST_READINGS = 12

type Found = OutputOf<typeof deskContract.search>

export function deskService(): Service<'desk'> {
  return {
    async search({ text, includeClosed }, { db }): Promise<Found> {
      const lookups = understand(text)
      const understood = matchKinds.filter((kind) => lookups.some((lookup) => lookup.kind === kind))
      if (lookups.length === 0) return { understood, hits: [], more: false, closedHidden: 0 }
      const found = await db.call<Omit<Found, 'understood'>>('desk_search', { ...searchArguments(lookups), includeClosed })
      return { understood, ...found }
    },
    card: (input, { db }) => db.call('desk_card', input),
    unmask: (input, { db }) => db.call('desk_unmask', input),
    charges: (input, { db }) => db.call('desk_charges', input),
    explain: (input, { db }) => db.call('desk_explain', input),
    neighbours: (input, { db }) => db.call('desk_neighbours', input),
    timeline: (input, { db }) => db.call('desk_timeline', input),
    addNote: (input, { db }) => db.call('note_add', input),
    editNote: (input, { db }) => db.call('note_edit', input),
    removeNote: (input, { db }) => db.call('note_remove', input),
  }
}

/** All meanings of a text in one statement: one trip to the database, and one search in the audit. */
function searchArguments(lookups: Lookup[]) {
  const keys = <Kind extends Lookup['kind']>(kind: Kind, read: (lookup: Extract<Lookup, { kind: Kind }>) => string[]): string[] =>
    lookups.filter((lookup): lookup is Extract<Lookup, { kind: Kind }> => lookup.kind === kind).flatMap(read)
  return {
    // Providers that keep letters in their numbers match the number as typed, the others its digits.
    accounts: [...new Set(keys('account', ({ digits, raw }) => [digits, accountKey(raw, { digitsOnly: false })]))],
    contracts: keys('contract', ({ key }) => [key]),
    documents: keys('document', ({ key }) => [key]),
    phones: keys('phone', ({ last10 }) => [last10]),
    emails: keys('email', ({ value }) => [value.toLowerCase()]),
    serials: keys('serial', ({ key }) => [key]),
    snils: keys('snils', ({ digits }) => [digits]),
    inns: keys('inn', ({ digits }) => [digits]),
    ogrns: keys('ogrn', ({ digits }) => [digits]),
    els: keys('els', ({ key }) => [key]),
    zhkuIds: keys('zhkuId', ({ key }) => [key]),
    names: JSON.stringify(
      lookups
        .filter((lookup): lookup is NameLookup & Lookup => lookup.kind === 'name')
        .slice(0, MOST_READINGS)
        .map((lookup) => ({ last: lookup.last, first: lookup.first, middle: lookup.middle, ...spellingsOf(lookup, lookups) })),
    ),
    addresses: JSON.stringify(
      lookups
        .filter((lookup) => lookup.kind === 'address')
        .slice(0, MOST_READINGS)
        .map(({ words, places, name }) => ({ words, places, name })),
    ),
    organisations: keys('organisation', ({ text }) => [text]),
  }
}
