import type { ParsedInputOf } from '@shared/contract/call'
import { matchKinds, type deskContract, type Found, type Hit, type SearchStage } from '@shared/contract/desk'
import { accountKey } from '@shared/domain/account-number'
import { isWholeDocument, similarAccounts, spellingsOf, understand, type Lookup, type NameLookup } from '@shared/domain/search-query'
import { formatVisitCode } from '@shared/domain/visit-code'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'

/** The database refuses more: one text does not mean a hundred things. */
const MOST_READINGS = 12
const MOST_HITS = 20

/** What a stage of the database answers. `closed`: subscribers left out because all that matched of theirs is closed. */
interface StageAnswer {
  hits: Hit[]
  more: boolean
  closed: number[]
  refused?: string
  waitSeconds?: number
}

export type StageTold = (stage: { searchId: string; stage: SearchStage; found: Found }) => void

/**
 * All meanings of one text, stage by stage: a key that is found ends the search, similar words are looked for while there is room in the list, two slips only
 * when nobody was found. With a `searchId` each stage is told as it comes, and the next search of the same session ends this one, on the server too:
 * AppError conflict `searchSuperseded`. Throws forbidden `tooManyDocumentLookups` {waitSeconds} when the limit left nothing else to answer.
 */
export function createSearch(told: StageTold) {
  // One per session: the database of a session is its own.
  const underWay = new WeakMap<Database, AbortController>()

  return async function search({ searchId, ...asked }: ParsedInputOf<typeof deskContract.search>, db: Database): Promise<Found> {
    if (searchId === undefined) return stages(asked, db)
    const own = new AbortController()
    underWay.get(db)?.abort(new AppError('conflict', 'searchSuperseded'))
    underWay.set(db, own)
    try {
      return await stages(asked, db, (stage, found) => told({ searchId, stage, found: structuredClone(found) }), own.signal)
    } finally {
      if (underWay.get(db) === own) underWay.delete(db)
    }
  }
}

async function stages(
  { text, includeClosed, whileTyping }: Omit<ParsedInputOf<typeof deskContract.search>, 'searchId'>, db: Database, tell?: (stage: SearchStage, found: Found) => void, signal?: AbortSignal,
): Promise<Found> {
  const lookups = understand(text).filter((lookup) => !(whileTyping && lookup.kind === 'document' && !isWholeDocument(lookup.key)))
  const understood = matchKinds.filter((kind) => lookups.some((lookup) => lookup.kind === kind))
  const found: Found = { understood, hits: [], more: false, closedHidden: 0, documentsWaitSeconds: null }
  const closed = new Set<number>()
  const ask = async (stage: SearchStage, args: Record<string, unknown>) => {
    const answer = await db.call<StageAnswer>(`desk_search_${stage}`, { ...args, includeClosed }, signal ? { signal } : {})
    const isNew = ({ subscriberId }: Hit) => !found.hits.some((hit) => hit.subscriberId === subscriberId)
    const hits = [...found.hits, ...answer.hits.map(shown).filter(isNew)]
    found.more ||= answer.more || hits.length > MOST_HITS
    found.hits = hits.slice(0, MOST_HITS)
    for (const id of answer.closed) closed.add(id)
    found.closedHidden = [...closed].filter((id) => !found.hits.some(({ subscriberId }) => subscriberId === id)).length
    found.documentsWaitSeconds ??= answer.waitSeconds ?? null
    tell?.(stage, found)
    return answer
  }
  const except = () => found.hits.map(({ subscriberId }) => subscriberId)
  const isFound = () => found.hits.length + closed.size > 0

  const keys = keyArguments(lookups)
  if (keys) await ask('keys', keys)
  // A key that is somebody's means nothing else; one with a zero too many may.
  if (closed.size === 0 && !found.hits.some(({ match }) => !match.isSimilar)) {
    const { names, similarNames, farNames, organisations, addresses } = wordArguments(lookups)
    if (names.length + organisations.length > 0) await ask('names', { names: JSON.stringify(names), organisations, except: except() })
    // Somebody of that name is hardly a misspelled organisation.
    const near = found.hits.length > 0 ? [] : organisations
    if (found.hits.length < MOST_HITS && similarNames.length + addresses.length + near.length > 0) {
      const similar = { names: JSON.stringify(similarNames), organisations: near, addresses: JSON.stringify(addresses) }
      await ask('similar', { ...similar, except: except() })
    }
    if (!isFound() && similarNames.length > 0) await ask('far', { names: JSON.stringify(farNames()), except: except() })
  }
  if (found.documentsWaitSeconds !== null && !isFound()) throw new AppError('forbidden', 'tooManyDocumentLookups', { waitSeconds: found.documentsWaitSeconds })
  return found
}

function shown(hit: Hit): Hit {
  return hit.match.kind === 'visitCode' ? { ...hit, match: { ...hit.match, text: formatVisitCode(hit.match.text) } } : hit
}

function keysOf<Kind extends Lookup['kind']>(lookups: readonly Lookup[], kind: Kind, read: (lookup: Extract<Lookup, { kind: Kind }>) => string[]): string[] | undefined {
  const keys = lookups.filter((lookup): lookup is Extract<Lookup, { kind: Kind }> => lookup.kind === kind).flatMap(read)
  return keys.length === 0 ? undefined : [...new Set(keys)].slice(0, MOST_READINGS)
}

/** Arguments of the first stage, only those there are; null when no meaning of the text is a key. */
function keyArguments(lookups: readonly Lookup[]): Record<string, unknown> | null {
  const documents = (weak: boolean, most: number) => keysOf(lookups, 'document', ({ key, isWeak }) => (Boolean(isWeak) === weak ? [key] : []))?.slice(0, most)
  const args = {
    // Providers that keep letters in their numbers match the number as typed, the others its digits.
    accounts: keysOf(lookups, 'account', ({ digits, raw }) => [digits, accountKey(raw, { digitsOnly: false })]),
    similarAccounts: keysOf(lookups, 'account', ({ digits }) => similarAccounts(digits)),
    contracts: keysOf(lookups, 'contract', ({ key }) => [key]),
    documents: documents(false, 4),
    otherNumbers: documents(true, 2),
    phones: keysOf(lookups, 'phone', ({ last10 }) => [last10]),
    emails: keysOf(lookups, 'email', ({ value }) => [value.toLowerCase()]),
    serials: keysOf(lookups, 'serial', ({ key }) => [key]),
    snils: keysOf(lookups, 'snils', ({ digits }) => [digits]),
    inns: keysOf(lookups, 'inn', ({ digits }) => [digits]),
    ogrns: keysOf(lookups, 'ogrn', ({ digits }) => [digits]),
    els: keysOf(lookups, 'els', ({ key }) => [key]),
    zhkuIds: keysOf(lookups, 'zhkuId', ({ key }) => [key]),
    visitCode: keysOf(lookups, 'visitCode', ({ code }) => [code])?.[0],
  }
  return Object.values(args).some((value) => value !== undefined) ? args : null
}

function wordArguments(lookups: readonly Lookup[]) {
  const named = lookups.filter((lookup): lookup is NameLookup & Lookup => lookup.kind === 'name').slice(0, MOST_READINGS)
  const spelled = (far: boolean) => named.map((lookup) => ({ last: lookup.last, first: lookup.first, middle: lookup.middle, ...spellingsOf(lookup, lookups, { far }) })).filter(({ similar }) => similar)
  const names = named.map(({ last, first, middle }) => ({ last, first, middle }))
  return {
    names: names.filter((name, index) => names.findIndex((other) => JSON.stringify(other) === JSON.stringify(name)) === index),
    similarNames: spelled(false),
    farNames: () => spelled(true),
    addresses: lookups.filter((lookup) => lookup.kind === 'address').slice(0, MOST_READINGS).map(({ words, places, name }) => ({ words, places, name })),
    organisations: keysOf(lookups, 'organisation', ({ text }) => [text]) ?? [],
  }
}
