// Letters that look the same in print. People retype blanks with whichever layout is on.
const LATIN = 'ABCEHKMOPTXY'
const CYRILLIC = 'АВСЕНКМОРТХУ'

/** Upper-case Latin letters that look Cyrillic become Cyrillic; the rest stays. */
export function lookAlikesToCyrillic(text: string): string {
  return replaced(text, LATIN, CYRILLIC)
}

/** Upper-case Cyrillic letters that look Latin become Latin; the rest stays. */
export function lookAlikesToLatin(text: string): string {
  return replaced(text, CYRILLIC, LATIN)
}

function replaced(text: string, from: string, to: string): string {
  return [...text].map((letter) => (from.includes(letter) ? to.charAt(from.indexOf(letter)) : letter)).join('')
}
