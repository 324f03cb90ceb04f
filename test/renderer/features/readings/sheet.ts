import type { Sheet, SheetMeter } from '@shared/contract/readings'
import { addMonthsToPeriod } from '@shared/domain/dates'

let nextId = 1

/** Readings on the 20th of each of the last months, the newest first. */
function history(meterId: number, last: number[], monthly: number, months = 8): SheetMeter['history'] {
  return Array.from({ length: months }, (_, back) => {
    const period = addMonthsToPeriod('2026-10', -back)
    return {
      id: nextId++, meterId, takenOn: `${period}-20`, enteredAt: `${period}-20T10:00:00+05:00`, period, values: last.map((value) => value - monthly * back), channel: 'portal' as const, status: 'calculated' as const, statusReason: null, reasons: [],
      reader: 'subscriber' as const, warnings: [], isControl: false, actNumber: null, attachmentId: null, review: null, replacesId: null, staffName: null, canCancel: false,
    }
  })
}

const usual = { digits: 5, decimals: 3, zones: 1, ratio: 1, installedOn: '2021-03-01', verifiedUntil: '2030-01-01', removedOn: null, isAutomatic: false, initial: null,
  isCommissioned: true, sealNumber: null, sealBrokenOn: null, replacesId: null, replacedById: null, noAccessActs: 0, expected: [null],
  window: { fromDay: 15, toDay: 25, graceDays: 0, isOpen: true, countsFor: '2026-11' }, verification: { state: 'valid' as const, days: 1136 } }

export const cold: SheetMeter = { ...usual, id: 1, service: 'cold_water', serial: 'ХВ-1', history: history(1, [1_234_567], 5_500) }
export const hot: SheetMeter = { ...usual, id: 2, service: 'hot_water', serial: 'ГВ-2', history: history(2, [876_120], 3_200) }
export const power: SheetMeter = { ...usual, id: 3, service: 'electricity', serial: 'ЭЛ-3', digits: 6, decimals: 0, zones: 2, history: history(3, [18_342_000, 7_211_000], 150_000) }
export const removedGas: SheetMeter = { ...usual, id: 4, service: 'gas', serial: 'ГАЗ-4', decimals: 0, removedOn: '2026-05-12', history: [] }
export const automaticHeat: SheetMeter = { ...usual, id: 5, service: 'heat', serial: 'ТС-5', isAutomatic: true, history: [] }

export const sheet: Sheet = {
  accountId: 11, accountNumber: '740015023', provider: 'ЭнСер', address: 'г. Энск, ул. Ленина, д. 10, кв. 15', status: 'active',
  policy: {
    windowFromDay: 15, windowToDay: 25, acceptDecimals: 3, expiredVerification: 'inform', averageFactor: 3,
    maxMonthly: { cold_water: 100_000, hot_water: 60_000, electricity: 5_000_000, gas: 1_500_000, heat: 15_000 },
    graceDays: 0, windows: [], normMonthly: {}, rules: [],
  },
  closedThrough: '2026-10', today: '2026-11-22', residents: null, meters: [cold, hot, power],
}
