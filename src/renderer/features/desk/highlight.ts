import { isOneSlip } from '@shared/domain/first-names'
import { fold } from '@shared/domain/fold'
import { toRussianLayout } from '@shared/domain/layout'
import { understand } from '@shared/domain/search-query'

export interface Piece {
  text: string
  isMatch: boolean
}

/**
 * Cuts a text into pieces that the query named and pieces between them. Digits match across spaces and dashes and whatever zeros stand in front, words at their beginnings, ё as е,
 * also in the other layout, from Latin letters, and with `isSimilar` words a slip or two away.
 */
export function highlight(text: string, query: string, { isSimilar = false } = {}): Piece[] {
  const marked = new Array<boolean>(text.length).fill(false)
  const spellings = [query, toRussianLayout(query), ...meantWords(query)]
  const tokens = [...new Set(spellings.flatMap((spelling) => fold(spelling).split(/[\s,.;]+/)))].filter((token) => token.length >= 2)
  for (const token of tokens) (/^[\d()+-]+$/.test(token) ? markDigits : markWords)(text, token, marked)
  const digits = query.replace(/\D/g, '')
  if (digits.length >= 3 && /^[^\p{L}]*$/u.test(query)) markDigits(text, digits, marked)
  if (digits.length >= 4 && !marked.some(Boolean)) markDigits(text, digits.replace(/^0+/, ''), marked)
  if (isSimilar) markSimilar(text, tokens.filter((token) => token.length >= 4 && /^[а-я-]+$/.test(token)), marked)
  return pieces(text, marked)
}

/** A masked value matched as a whole; its stars say nothing. */
export function highlightMasked(text: string): Piece[] {
  return pieces(text, [...text].map((letter) => letter !== '•'))
}

/** Words of names and streets as the search understood them: transliterated ones are in no other way in the query. */
function meantWords(query: string): string[] {
  return understand(query).flatMap((lookup) => {
    if (lookup.kind === 'name') return [lookup.last, lookup.first ?? '', lookup.middle ?? '']
    return lookup.kind === 'address' ? [...lookup.words, ...(lookup.name ?? [])] : lookup.kind === 'organisation' ? lookup.text.split(' ') : []
  })
}

/** Whole words that are a slip away from a word of the query, or two when they are long. */
function markSimilar(text: string, tokens: readonly string[], marked: boolean[]) {
  const folded = fold(text)
  if (folded.length !== text.length) return
  for (const { 0: word, index } of folded.matchAll(/[\p{L}-]{4,}/gu)) {
    const halves = [word, ...word.split('-')]
    if (!marked[index] && tokens.some((token) => halves.some((half) => isNear(token, half)))) marked.fill(true, index, index + word.length)
  }
}

function isNear(one: string, other: string): boolean {
  if (one === other || isOneSlip(one, other)) return true
  if (one.length < 6 || other.length < 6) return false
  // Two slips: one letter left out of either makes them one slip apart.
  const withoutOne = (word: string) => [...word].map((_, index) => word.slice(0, index) + word.slice(index + 1))
  return withoutOne(one).some((shorter) => isOneSlip(shorter, other) || withoutOne(other).some((word) => word === shorter))
}

function markWords(text: string, token: string, marked: boolean[]) {
  const folded = fold(text)
  // Folding may change the length of rare letters; then there is nothing to point at.
  if (folded.length !== text.length) return
  for (let at = folded.indexOf(token); at >= 0; at = folded.indexOf(token, at + 1)) {
    const isBeginning = at === 0 || !/[\p{L}\p{N}]/u.test(folded.charAt(at - 1))
    if (isBeginning) marked.fill(true, at, at + token.length)
  }
}

function markDigits(text: string, token: string, marked: boolean[]) {
  const wanted = token.replace(/\D/g, '')
  if (wanted.length < 2) return
  const places = [...text].flatMap((letter, index) => (/\d/.test(letter) ? [index] : []))
  const digits = places.map((place) => text.charAt(place)).join('')
  const at = digits.indexOf(wanted)
  const first = places[at]
  const last = places[at + wanted.length - 1]
  if (at >= 0 && first !== undefined && last !== undefined) marked.fill(true, first, last + 1)
}

function pieces(text: string, marked: readonly boolean[]): Piece[] {
  const result: Piece[] = []
  for (const [index, letter] of [...text].entries()) {
    const isMatch = marked[index] ?? false
    const last = result.at(-1)
    if (last?.isMatch === isMatch) last.text += letter
    else result.push({ text: letter, isMatch })
  }
  return result
}
