import { failureText, failureWords } from '@renderer/failure-text'
import { hasText, setLocale, type Locale } from '@renderer/i18n'
import en from '@renderer/i18n/en'
import ru from '@renderer/i18n/ru'
import { failureCodes } from '@shared/errors'
import { afterEach, expect, test } from 'vitest'

// What only the administrator's commands say is said on a terminal, not here.
const sources = import.meta.glob<string>(['../../src/main/**/*.{ts,sql}', '!../../src/main/headless/**'], { query: '?raw', import: 'default', eager: true })
const given = new RegExp(`(?:refuse\\('OK4\\d\\d',\\s*|(?:AppError\\(|: \\[)'(?:${failureCodes.join('|')})',\\s*)'([a-zA-Z]+)'`, 'g')
const reasons = [...new Set(Object.values(sources).flatMap((source) => [...source.matchAll(given)].flatMap(([, reason]) => reason ?? [])))].sort()

afterEach(() => setLocale('ru'))

test.each((['ru', 'en'] as Locale[]).flatMap((locale) => failureCodes.map((code) => [locale, code] as const)))('in %s a failure %s says what happened, what was kept and what to do', async (locale, code) => {
  await setLocale(locale)
  const { what, kept, todo } = failureWords({ code })
  for (const words of [what, kept, todo]) expect(words).toMatch(/\S{2,}.*\.$/)
})

test('the fence finds the reasons that main and the database give', () => {
  expect(reasons.length).toBeGreaterThan(30)
})

test.each(reasons)('the reason %s of main or the database has words', (reason) => {
  expect(hasText(`failures.reasons.${reason}.what`)).toBe(true)
})

test('Russian texts of failures have no foreign words but names of products and formats', () => {
  const words = [...Object.values<object>(ru.failures.codes), ...Object.values<object>(ru.failures.reasons)].flatMap((part): string[] => Object.values(part))
  const foreign = words.join(' ').replace(/\{\w+\}|Okno|okno (?:migrate|init)|Caps Lock|PostgreSQL|CSV|Excel|XLSX|PDF|JPEG|PNG|UTF-8|windows-1251/g, '').match(/[A-Za-z]{2,}/g)
  expect(foreign ?? []).toEqual([])
})

test('a known reason replaces the words of its code, and its dates are written the Russian way', () => {
  expect(failureText({ code: 'invalidInput', reason: 'powerOfAttorneyExpired', details: { until: '2026-03-05' } })).toContain('истёк 05.03.2026')
})

test('an unknown reason is never shown as it is', () => {
  expect(failureText({ code: 'conflict', reason: 'somethingNobodyKnows' })).toBe(failureText({ code: 'conflict' }))
})

test('both languages have the same texts', () => {
  const keys = (tree: object, prefix = ''): string[] => Object.entries(tree).flatMap(([name, value]) => (typeof value === 'string' ? [prefix + name] : keys(value as object, `${prefix}${name}.`)))
  expect(keys(en).sort()).toEqual(keys(ru).sort())
})

test('values stand in the same texts in both languages', () => {
  const flat = (tree: object, prefix = ''): [string, string][] => Object.entries(tree).flatMap(([name, value]): [string, string][] => (typeof value === 'string' ? [[prefix + name, value]] : flat(value as object, `${prefix}${name}.`)))
  const slots = (words: string) => [...new Set(words.match(/\{\w+\}/g) ?? [])].sort().join()
  const english = new Map(flat(en))
  expect(flat(ru).filter(([key, words]) => slots(words) !== slots(english.get(key) ?? '')).map(([key]) => key)).toEqual([])
})
