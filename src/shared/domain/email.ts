import { toEnglishLayout } from './layout'
import { lookAlikesToLatin } from './look-alikes'

/** What was repaired to get a suggestion. */
export type EmailSlip = 'spaces' | 'trailingDot' | 'commaForDot' | 'layout' | 'lookAlikes' | 'domainTypo'

export interface EmailHint {
  suggestion: string
  slips: EmailSlip[]
}

const LONGEST = 254
const LOCAL_PART = /^[a-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/i
const DOMAIN = /^(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+(?:[a-z]{2,63}|xn--[a-z0-9-]{1,59})$/i

/** Mail services of Russian households, the more common first: the order settles a tie between two suggestions. */
const KNOWN_DOMAINS = [
  'mail.ru', 'gmail.com', 'yandex.ru', 'bk.ru', 'inbox.ru', 'list.ru', 'rambler.ru', 'ya.ru', 'internet.ru', 'icloud.com', 'outlook.com', 'hotmail.com',
  'yahoo.com', 'vk.com', 'xmail.ru', 'lenta.ru', 'myrambler.ru', 'autorambler.ru', 'ro.ru', 'pochta.ru', 'qip.ru', 'narod.ru', 'e1.ru', 'ngs.ru',
  'yandex.com', 'yandex.by', 'yandex.kz', 'ya.com', 'live.ru', 'live.com', 'outlook.ru', 'me.com', 'protonmail.com', 'proton.me', 'googlemail.com', 'tut.by', 'rambler.ua',
]

/** Each service behind a name with or without a sign that stands for «@»: made once, a search asks at every key. */
const SERVICES = KNOWN_DOMAINS.map((domain) => {
  const [name = ''] = domain.split('.')
  return { domain, name, behind: new RegExp(`^(.{2,}?)(?:@|2|"|'|\\(at\\)|\\(a\\))?${domain.replace('.', '[.,/ю]?')}$`) }
})

/** ASCII addresses as mail servers take them (RFC 5321 lengths); a .рф domain is given in its xn-- form. */
export function isEmail(text: string): boolean {
  const at = text.lastIndexOf('@')
  const local = text.slice(0, at)
  return at > 0 && text.length <= LONGEST && local.length <= 64 && LOCAL_PART.test(local) && DOMAIN.test(text.slice(at + 1))
}

/** Trimmed and in lower case, as addresses are stored and compared; null when it is not an address. */
export function normaliseEmail(text: string): string | null {
  const written = text.replace(/[\u200b-\u200d\u2060\ufeff]/g, '').trim().replace(/^mailto:/i, '').toLowerCase()
  return isEmail(written) ? written : null
}

/**
 * What the visitor may have meant, the likeliest first; empty when nothing looks wrong.
 * Only hints: a real address at a rare domain must stay possible.
 */
export function emailHints(text: string): EmailHint[] {
  const { written, slips } = repaired(text)
  if (!isEmail(written)) return []
  const [local = '', domain = ''] = written.split('@')
  const meant = meantDomains(domain).map((known): EmailHint => ({ suggestion: `${local}@${known}`, slips: [...slips, 'domainTypo'] }))
  if (meant.length > 0) return meant
  return slips.length > 0 ? [{ suggestion: written, slips }] : []
}

/**
 * Addresses that a text without a readable «@» may be, for looking one up: «ivan2mail.ru» (Shift not held), «ivan"mail.ru», «ivanmail.ru», «ivan@mail».
 * Only with a common mail service; at most two.
 */
export function likelyEmails(text: string): string[] {
  const written = text.trim().toLowerCase().replace(/\s+/g, '')
  const typed = /[а-яё]/.test(written) ? toEnglishLayout(written) : written
  const found = SERVICES.flatMap(({ domain, name, behind }) => {
    const [, local] = behind.exec(typed) ?? []
    const unfinished = typed.endsWith(`@${name}`) || typed.endsWith(`@${name}.`) ? typed.slice(0, typed.lastIndexOf('@')) : undefined
    return [local, unfinished].filter((part) => part !== undefined).map((part) => `${part}@${domain}`)
  })
  return [...new Set(found.filter((address) => isEmail(address)))].sort((left, right) => left.length - right.length).slice(0, 2)
}

function repaired(text: string): { written: string; slips: EmailSlip[] } {
  const slips: EmailSlip[] = []
  let written = text.trim().toLowerCase()
  const repair = (slip: EmailSlip, fixed: string) => {
    if (fixed !== written) slips.push(slip)
    written = fixed
  }
  if (/[а-яё]/.test(written)) {
    const fixed = withoutCyrillic(written)
    if (fixed) repair(fixed.slip, fixed.written)
  }
  repair('spaces', written.replace(/\s+/g, ''))
  repair('commaForDot', written.replace(/,/g, '.'))
  repair('trailingDot', written.replace(/\.+$/, '').replace(/\.+@/, '@').replace(/^\.+/, ''))
  return { written, slips }
}

/** A stray look-alike letter, or a whole address typed with the Russian layout on. */
function withoutCyrillic(written: string): { written: string; slip: EmailSlip } | null {
  const sameLooking = lookAlikesToLatin(written.toUpperCase()).toLowerCase()
  const sameKeys = toEnglishLayout(written)
  // Some people see the dot and the @ come out right and type only the letters blindly.
  const sameLetterKeys = written.replace(/[а-яё"]/g, toEnglishLayout)
  const candidates: { written: string; slip: EmailSlip }[] = [
    ...(/[a-z]/.test(written) ? [{ written: sameLooking, slip: 'lookAlikes' as const }] : []),
    { written: sameKeys, slip: 'layout' },
    { written: sameLetterKeys, slip: 'layout' },
    { written: sameLooking, slip: 'lookAlikes' },
  ]
  return candidates.find((candidate) => isEmail(candidate.written.replace(/\s+|\.+$/g, ''))) ?? null
}

function meantDomains(domain: string): string[] {
  if (KNOWN_DOMAINS.includes(domain)) return []
  const near = KNOWN_DOMAINS.map((known) => ({ known, distance: editDistance(domain, known) }))
    // Two letters of «bk.ru» changed make any other short domain.
    .filter(({ known, distance }) => distance <= (known.length <= 6 ? 1 : 2))
    .sort((left, right) => left.distance - right.distance)
  return near.slice(0, 2).map(({ known }) => known)
}

/** Damerau–Levenshtein (optimal string alignment): a swap of neighbours, the usual slip, counts as one. */
function editDistance(left: string, right: string): number {
  const rows: number[][] = [Array.from({ length: right.length + 1 }, (_, column) => column)]
  const cell = (row: number, column: number) => rows[row]?.[column] ?? Infinity
  for (let row = 1; row <= left.length; row++) {
    const current = [row]
    rows.push(current)
    for (let column = 1; column <= right.length; column++) {
      const change = left[row - 1] === right[column - 1] ? 0 : 1
      const isSwap = row > 1 && column > 1 && left[row - 1] === right[column - 2] && left[row - 2] === right[column - 1]
      current.push(Math.min(
        cell(row - 1, column) + 1,
        cell(row, column - 1) + 1,
        cell(row - 1, column - 1) + change,
        isSwap ? cell(row - 2, column - 2) + 1 : Infinity,
      ))
    }
  }
  return cell(left.length, right.length)
}
