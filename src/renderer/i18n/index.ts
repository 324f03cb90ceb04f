import { createI18n } from 'vue-i18n'
import ru from './ru'

export type Locale = 'ru' | 'en'

const NBSP = '\u00a0'

/** Paths of all texts: `'contacts.emailChange.title'`. */
type Leaves<T, Prefix extends string = ''> = {
  [K in keyof T & string]: T[K] extends string ? `${Prefix}${K}` : Leaves<T[K], `${Prefix}${K}.`>
}[keyof T & string]
export type TextKey = Leaves<typeof ru>
export type TextValues = Record<string, string | number>

export const i18n = createI18n({
  legacy: false,
  locale: 'ru',
  fallbackLocale: 'ru',
  messages: { ru } as { ru: typeof ru; en: typeof ru },
  pluralRules: { ru: russianForm },
})

/** A text in the language of the screen. A key that does not exist does not compile. */
export function t(key: TextKey, values: TextValues = {}): string {
  return i18n.global.t(key, values)
}

/** A text with a number in it, «один | несколько | много»: `plural('desk.attempts', 3)` is «3 попытки». `{n}` stands for the number, its thousands apart. */
export function plural(key: TextKey, n: number, values: TextValues = {}): string {
  return i18n.global.t(key, { n: numberText(n), ...values }, n)
}

/** A number as people write it: «1 250 000», «0,5». */
export function numberText(value: number, decimals = 0): string {
  return new Intl.NumberFormat(currentLocale() === 'en' ? 'en-GB' : 'ru-RU', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }).format(value).replace(/\s/g, NBSP)
}

/** Whether there is a text for a code that came from outside, as a type guard for `t`. */
export function hasText(key: string): key is TextKey {
  return i18n.global.te(key, 'ru')
}

let hasEnglish = false
let wanted: Locale = 'ru'

export function currentLocale(): Locale {
  return i18n.global.locale.value
}

/** English is fetched when somebody wants it: the sign-in screen is not kept waiting for it. Russian is there at once. */
export async function setLocale(locale: Locale): Promise<void> {
  wanted = locale
  if (locale === 'en' && !hasEnglish) {
    i18n.global.setLocaleMessage('en', (await import('./en')).default)
    hasEnglish = true
    if (wanted !== 'en') return // Changed again meanwhile.
  }
  i18n.global.locale.value = locale
  document.documentElement.lang = locale
}

/** CLDR: 1 день, 2 дня, 5 дней; a text with two forms is «один | много». */
function russianForm(count: number, forms: number): number {
  const size = Math.abs(count)
  const form = new Intl.PluralRules('ru').select(size)
  const index = form === 'one' ? 0 : form === 'few' ? 1 : 2
  return Math.min(index, forms - 1)
}
