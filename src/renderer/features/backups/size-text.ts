import { currentLocale, t } from '@renderer/i18n'

/** «1,4 ГБ» */
export function sizeText(bytes: number): string {
  const locale = currentLocale() === 'en' ? 'en-GB' : 'ru-RU'
  const one = (size: number) => new Intl.NumberFormat(locale, { maximumFractionDigits: 1 }).format(size)
  if (bytes < 1024) return t('backups.bytes', { n: one(bytes) })
  if (bytes < 1024 ** 2) return t('backups.kilobytes', { n: one(bytes / 1024) })
  return bytes < 1024 ** 3 ? t('backups.megabytes', { n: one(bytes / 1024 ** 2) }) : t('backups.gigabytes', { n: one(bytes / 1024 ** 3) })
}
