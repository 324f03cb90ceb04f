import { fold } from '@shared/domain/fold'
import { toRussianLayout } from '@shared/domain/layout'

export interface Piece {
  text: string
  isMatch: boolean
}

/** Cuts a text into pieces that the query named and pieces between them. Digits match across spaces and dashes, words at their beginnings, ё as е. */
export function highlight(text: string, query: string): Piece[] {
  const marked = new Array<boolean>(text.length).fill(false)
  const tokens = [...new Set([query, toRussianLayout(query)].flatMap((spelling) => fold(spelling).split(/[\s,.;]+/)))].filter((token) => token.length >= 2)
  for (const token of tokens) (/^[\d()+-]+$/.test(token) ? markDigits : markWords)(text, token, marked)
  const digits = query.replace(/\D/g, '')
  if (digits.length >= 3 && /^[\d\s()+-]+$/.test(query)) markDigits(text, digits, marked)
  return pieces(text, marked)
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
