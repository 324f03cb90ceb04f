import { fold } from '@shared/domain/fold'
import { toEnglishLayout, toRussianLayout } from '@shared/domain/layout'

/**
 * How well typed words name a text: 0 not at all, more is better. Every word has to be found; a word may be its beginning, may be typed in the other layout of the keyboard
 * (`gjxnf` is «почта»), and a longer one may have a slip in it.
 */
export function wordMatch(typed: string, text: string): number {
  const words = fold(text).match(/[\p{L}\p{N}+]+/gu) ?? []
  const tries = [typed, toRussianLayout(typed), toEnglishLayout(typed)].map((one, index) => {
    const asked = fold(one).match(/[\p{L}\p{N}+]+/gu) ?? []
    if (asked.length === 0) return 0
    const found = asked.map((word) => Math.max(0, ...words.map((own) => likeness(word, own))))
    // What was typed as it stands goes before what it would be in another layout, and a name of just these words before a longer one.
    return found.includes(0) ? 0 : found.reduce((sum, one) => sum + one, 0) / found.length - index * 0.1 - Math.min(words.length, 9) * 0.01
  })
  return Math.max(...tries)
}

function likeness(asked: string, word: string): number {
  if (word === asked) return 4
  if (word.startsWith(asked)) return 3
  if (asked.length >= 3 && word.includes(asked)) return 2
  if (asked.length < 4) return 0
  // Endings of Russian words differ: the beginning of the word is compared.
  return [asked.length - 1, asked.length, asked.length + 1].some((length) => isOneSlip(asked, word.slice(0, length))) ? 1 : 0
}

/** One letter more, less, other, or two that changed places. */
function isOneSlip(left: string, right: string): boolean {
  if (Math.abs(left.length - right.length) > 1) return false
  let at = 0
  while (at < left.length && left[at] === right[at]) at++
  const tails = [left.slice(at), right.slice(at)] as const
  const [one, two] = tails
  return one.slice(1) === two || one === two.slice(1) || one.slice(1) === two.slice(1) || (one[0] === two[1] && one[1] === two[0] && one.slice(2) === two.slice(2))
}
