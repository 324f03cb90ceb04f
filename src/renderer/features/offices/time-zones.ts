import { currentLocale } from '@renderer/i18n'

/** The zones of Russia, west to east. */
const zones = ['Europe/Kaliningrad', 'Europe/Moscow', 'Europe/Samara', 'Asia/Yekaterinburg', 'Asia/Omsk', 'Asia/Krasnoyarsk', 'Asia/Irkutsk', 'Asia/Yakutsk', 'Asia/Vladivostok', 'Asia/Magadan', 'Asia/Kamchatka']

/** To choose from, with their clocks: «Омск, UTC+6»; `present` is there whatever it is. */
export function zoneOptions(present: string): { value: string; label: string }[] {
  const all = zones.includes(present) ? zones : [present, ...zones]
  return all.map((value) => ({ value, label: labelOf(value) }))
}

function labelOf(zone: string): string {
  try {
    const part = (timeZoneName: 'longGeneric' | 'shortOffset', locale: string) => new Intl.DateTimeFormat(locale, { timeZone: zone, timeZoneName }).formatToParts().find(({ type }) => type === 'timeZoneName')?.value ?? zone
    return `${part('longGeneric', currentLocale())}, ${part('shortOffset', 'en').replace('GMT', 'UTC')}`
  } catch {
    // A zone that this computer's tables don't have is shown by its name.
    return zone
  }
}
