import { currentLocale, plural, t } from '@renderer/i18n'

const NBSP = '\u00a0'

/** «1 234 567» with spaces that never break. */
export function countText(count: number): string {
  return new Intl.NumberFormat(currentLocale() === 'en' ? 'en-GB' : 'ru-RU').format(count).replace(/\s/g, NBSP)
}

export function bytesText(bytes: number): string {
  if (bytes < 1024) return plural('registers.file.bytes', bytes)
  const one = (size: number) => new Intl.NumberFormat(currentLocale() === 'en' ? 'en-GB' : 'ru-RU', { maximumFractionDigits: 1 }).format(size)
  return bytes < 1024 ** 2 ? t('registers.file.kilobytes', { n: one(bytes / 1024) }) : t('registers.file.megabytes', { n: one(bytes / 1024 ** 2) })
}
