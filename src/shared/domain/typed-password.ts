import { toEnglishLayout } from './layout'
import { lookAlikesToLatin } from './look-alikes'
import { spellRussian } from './password-policy'

// Lower-case letters that look the same in print; the upper-case ones are in look-alikes.ts.
const CYRILLIC = 'асеорху'
const LATIN = 'aceopxy'

export interface TypedPasswordHints {
  /** Russian letters in it, each once: no password of a sheet holds any. */
  russian: string[]
  /** What the same keys give under the English layout; null when there is nothing Russian in it. */
  byKeys: string | null
  /** With Latin letters in place of those that look the same; null when that leaves something Russian, or is what `byKeys` says. */
  byLooks: string | null
  /** Signs that no password of this provider is made of, spelled: «l (эль строчная)». Empty while there are Russian letters. */
  unexpected: string[]
  /** How many signs were typed, when a sheet has another number of them. */
  otherLength: number | null
}

/**
 * Why a password copied from a sheet may not be what the sheet says. Only the provider's policy is asked, never a password in force:
 * the hints tell nobody more than the sheet's neighbour knows. Spaces between the printed groups don't count.
 */
export function typedPasswordHints(typed: string, policy: { length: number; alphabet: string }): TypedPasswordHints {
  const signs = [...typed.normalize('NFC').replace(/\s/g, '')]
  const text = signs.join('')
  const russian = [...new Set(signs.filter((sign) => /[а-яё]/i.test(sign)))]
  const byKeys = russian.length > 0 ? toEnglishLayout(text) : null
  const looks = lookAlikesToLatin([...text].map((sign) => (CYRILLIC.includes(sign) ? LATIN.charAt(CYRILLIC.indexOf(sign)) : sign)).join(''))
  return {
    russian,
    byKeys,
    byLooks: russian.length > 0 && looks !== byKeys && !/[а-яё]/i.test(looks) ? looks : null,
    unexpected: russian.length > 0 ? [] : [...new Set(signs)].filter((sign) => !policy.alphabet.includes(sign)).map((sign) => spelled(sign)),
    otherLength: signs.length > 0 && signs.length !== policy.length ? signs.length : null,
  }
}

function spelled(sign: string): string {
  const [name = sign] = spellRussian(sign)
  return name === sign ? sign : `${sign} (${name})`
}
