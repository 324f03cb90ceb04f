import { registerKinds, type WatchRule } from '@shared/contract/registers'

/** Names that are never taken: hidden ones, and what programs call a file they have not finished. */
const unfinished = /^[.~]|^\$|\.(part|partial|tmp|temp|crdownload|filepart|lock|swp)$/i

/** The first rule whose pattern the name fits; `*` is any run of characters, `?` any one, letter case does not matter. Null: not ours. */
export function ruleOf(fileName: string, rules: readonly WatchRule[]): WatchRule | null {
  if (unfinished.test(fileName)) return null
  return rules.find(({ pattern }) => fits(fileName.toLowerCase(), pattern.toLowerCase())) ?? null
}

/** Without a regular expression: a pattern like `*a*a*a*b` must not cost anything. */
export function fits(name: string, pattern: string): boolean {
  let at = 0
  let of = 0
  let star = -1
  let retry = 0
  while (at < name.length) {
    if (of < pattern.length && (pattern[of] === '?' || pattern[of] === name[at]) && pattern[of] !== '*') {
      at += 1
      of += 1
    } else if (pattern[of] === '*') {
      star = of
      retry = at
      of += 1
    } else if (star >= 0) {
      of = star + 1
      retry += 1
      at = retry
    } else {
      return false
    }
  }
  while (pattern[of] === '*') of += 1
  return of === pattern.length
}

/** Registers refer to those before them: subscribers go first, whatever came first. Of one kind the older file does. */
export function inOrder<File extends { rule: WatchRule; changedAt: number; name: string }>(files: readonly File[]): File[] {
  const place = ({ rule }: File) => registerKinds.indexOf(rule.kind)
  return [...files].sort((a, b) => place(a) - place(b) || a.changedAt - b.changedAt || (a.name < b.name ? -1 : 1))
}
