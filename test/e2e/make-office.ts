import { existsSync } from 'node:fs'
import { admin, emptyFolder, forgetFolder, okno } from './office'

/** A zone of Russia in which it is working hours now: an office whose day has just begun has nothing to show to a supervisor. */
export function zoneInDaylight(): string {
  const zones = ['Europe/Kaliningrad', 'Europe/Moscow', 'Asia/Yekaterinburg', 'Asia/Novosibirsk', 'Asia/Vladivostok', 'Asia/Kamchatka']
  const hour = (timeZone: string) => Number(new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', hourCycle: 'h23' }).format())
  return zones.sort((one, other) => Math.abs(hour(one) - 14) - Math.abs(hour(other) - 14))[0]!
}

/** Makes a training office by the command that IT uses and gives its data folder. */
export async function newOffice(options: string[] = []): Promise<string> {
  const folder = emptyFolder()
  const made = await okno(folder, ['init', '--training', '--admin', admin.login, ...options], { password: admin.password })
  if (made.exitCode === 0) return folder
  forgetFolder(folder)
  throw new Error(`the training office was not made:\n${made.stdout}${made.stderr}`)
}

/** One training office for the whole run; every file of tests works on a copy of its data folder. */
export default async function makeOffice(): Promise<() => void> {
  // For somebody who writes tests: an office made before is used again.
  if (process.env['OKNO_E2E_OFFICE'] && existsSync(process.env['OKNO_E2E_OFFICE'])) return () => undefined
  const folder = await newOffice()
  process.env['OKNO_E2E_OFFICE'] = folder
  return () => forgetFolder(folder)
}
