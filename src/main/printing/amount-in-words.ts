import { convert } from 'number-to-words-ru'
import { roublesOf, type Kopecks } from '@shared/domain/money'

/**
 * A sum as a document spells it: «Двенадцать тысяч триста сорок пять рублей 67 копеек».
 * The amount goes in as a string: a binary float would lose kopecks of large sums.
 */
export function amountInWords(kopecks: Kopecks): string {
  return convert(roublesOf(kopecks), { currency: 'rub' })
}
