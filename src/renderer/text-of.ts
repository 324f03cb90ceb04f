import type { LocalDate } from '@shared/domain/dates'
import type { MeteredService } from '@shared/domain/provider-profile'
import { currentLocale, numberText, t } from './i18n'

/** «22.11.2026, 14:05» in the office's time, whatever the clock of this computer is set to. */
export function instantText(instant: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('ru-RU', { day: '2-digit', month: '2-digit', year: 'numeric', hour: '2-digit', minute: '2-digit', ...(timeZone && { timeZone }) }).format(new Date(instant))
}

/** «14:05» */
export function timeText(instant: string, timeZone?: string): string {
  return new Intl.DateTimeFormat('ru-RU', { hour: '2-digit', minute: '2-digit', ...(timeZone && { timeZone }) }).format(new Date(instant))
}

/** The civil day of an instant, for grouping. */
export function dayOf(instant: string, timeZone?: string): LocalDate {
  return new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', ...(timeZone && { timeZone }) }).format(new Date(instant))
}

const sizes = ['byte', 'kilobyte', 'megabyte', 'gigabyte'] as const

/** «312 КБ», «1,4 ГБ»: binary, as the system's own windows count. */
export function sizeText(bytes: number): string {
  const power = Math.min(sizes.length - 1, Math.floor(Math.log2(Math.max(1, bytes)) / 10))
  const size = bytes / 1024 ** power
  const hasTenth = power > 1 && Math.round(size * 10) % 10 > 0
  return t(`common.size.${sizes[power] ?? 'byte'}`, { n: numberText(size, hasTenth ? 1 : 0) })
}

/** A number as it was written down, every digit of it, with the decimal sign of the screen's language: «2418,06». */
export function decimalText(written: string | number): string {
  return currentLocale() === 'en' ? String(written) : String(written).replace('.', ',')
}

/** Thousandths of the unit as the meter shows them: 5533 with 3 decimals is «5,533», 1234000 with none is «1 234». */
export function readingText(thousandths: number, decimals: number): string {
  return numberText(thousandths / 1000, decimals)
}

/** «e•••@mail.ru»: the database masks with asterisks, which in this type stand too high to be read as hidden letters. */
export function maskText(masked: string): string {
  return masked.replaceAll('*', '•')
}

/** «паспорт гражданина РФ» inside a sentence. */
export const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1)

/** The colour of a metered service. */
export const serviceColour: Record<MeteredService, string> = {
  cold_water: 'var(--service-cold)',
  hot_water: 'var(--service-hot)',
  electricity: 'var(--service-electricity)',
  gas: 'var(--service-gas)',
  heat: 'var(--service-heat)',
}
