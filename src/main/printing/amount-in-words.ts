import { convert } from 'number-to-words-ru'
import { roublesOf, type Kopecks } from '@shared/domain/money'

/**
 * A sum as a document spells it: «Двенадцать тысяч триста сорок пять рублей 67 копеек».
 * The amount goes in as a string: a binary float would lose kopecks of large sums.
 */
export function amountInWords(kopecks: Kopecks): string {
  // A sheet that is laid out anew says the same sum again.
  if (last?.kopecks !== kopecks) last = { kopecks, words: convert(roublesOf(kopecks), { currency: 'rub' }) }
  return last.words
}

let last: { kopecks: Kopecks; words: string } | null = null
