import type { Knex } from 'knex'
import { addMonthsToPeriod, periodOf } from '@shared/domain/dates'

export interface GivenMeter {
  serial: string
  service?: string
  digits?: number
  decimals?: number
  zones?: number
  verifiedUntil?: string | null
  removedOn?: string | null
  isAutomatic?: boolean
  /** What the dials showed on the 10th of the last twelve months, oldest first, in thousandths: `from`, then `monthly` more each month. */
  from?: number
  monthly?: number
}

/** The 10th of the month so many months ago: in every window's month, never in this one. */
export const tenth = (today: string, monthsAgo: number): string => `${addMonthsToPeriod(periodOf(today), -monthsAgo)}-10`

/** An account with these meters and nothing else, so that a test does not depend on chance or on the day it runs. Returns their ids. */
export async function giveMeters(owner: Knex, accountId: number, today: string, meters: GivenMeter[]): Promise<number[]> {
  await owner.raw('delete from meter_reading where account_id = ?', [accountId])
  await owner.raw('delete from meter where account_id = ?', [accountId])
  const ids: number[] = []
  for (const { serial, service = 'cold_water', digits = 5, decimals = 3, zones = 1, verifiedUntil = null, removedOn = null, isAutomatic = false, from = 100_000, monthly = 3_000 } of meters) {
    const [{ id }] = await owner('meter')
      .insert({ account_id: accountId, serial, service, digits, decimals, zones, verified_until: verifiedUntil, removed_on: removedOn, is_automatic: isAutomatic, installed_on: tenth(today, 30) })
      .returning('id')
    for (let month = 0; month < 12; month++) {
      const value = from + month * monthly
      const takenOn = tenth(today, 12 - month)
      const values = { t1: value, t2: zones > 1 ? value : null, t3: zones > 2 ? value : null }
      await owner('meter_reading').insert({ meter_id: id, account_id: accountId, taken_on: takenOn, period: `${takenOn.slice(0, 7)}-01`, ...values, channel: 'portal', status: 'calculated' })
    }
    ids.push(id)
  }
  return ids
}

/** Rows of a meter that were entered here, oldest first. */
export async function enteredRows(owner: Knex, meterId: number) {
  return owner('meter_reading').where({ meter_id: meterId }).whereNotNull('operation_id').orderBy('id').select('id', 't1', 't2', 't3', 'status', 'status_reason', 'replaces_id', 'reasons', 'warnings', 'period', 'taken_on')
}
