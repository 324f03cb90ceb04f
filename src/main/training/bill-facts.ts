import type { TrainingCharge } from './model'
import { rubles, thousandths } from './registers'

/** Norms a person and month, thousandths of the unit, and for the common property of a block, thousandths a square metre of flat. */
const norms: Record<string, { own: number; common: number | null }> = {
  cold_water: { own: 4_300, common: 12 },
  hot_water: { own: 3_010, common: 9 },
  electricity: { own: 105_000, common: 900 },
  sewerage: { own: 7_310, common: null },
}
/** Flats of a block in the training office, about. */
const FLATS = 60

/** What a payment document tells besides the charge: norms, figures of the house, instalments of those who owe for long. Columns of the register of charges. */
export function billFacts({ account, service, volume, volumeCommon, accrued, accruedCommon, opening, closing, period }: TrainingCharge, lastPeriod: string) {
  const norm = norms[service.replace(/_t[1-3]$/, '')]
  const inBlock = account.place.dwelling === 'block' && volumeCommon !== null
  const households = volume === null ? null : volume * FLATS
  const common = volumeCommon === null ? null : volumeCommon * FLATS
  const divided = account.payer === 'debtor' && period === lastPeriod && service === 'cold_water' && opening > 0 && closing > opening
  const past = Math.floor(opening / 6)
  const interest = Math.round((past * 95) / 12_000)
  return {
    norm: norm ? thousandths(norm.own) : '',
    norm_common: norm?.common && inBlock ? thousandths(norm.common) : '',
    house_reading: inBlock && households !== null && common !== null ? String(40_000 + Math.round((households + common) / 1000)) : '',
    house_volume: inBlock && households !== null ? thousandths(households) : '',
    house_volume_common: inBlock && common !== null ? thousandths(common) : '',
    instalment_current: divided ? rubles(accrued + accruedCommon) : '',
    instalment_past: divided ? rubles(past) : '',
    instalment_percent: divided ? '9,5' : '',
    instalment_interest: divided ? rubles(interest) : '',
    instalment_due: divided ? rubles(accrued + accruedCommon + past + interest) : '',
  }
}
