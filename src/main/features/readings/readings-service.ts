import type { Sheet } from '@shared/contract/readings'
import { isReadingReason, unanswered } from '@shared/domain/reading-reasons'
import { judgeReading, type ReadingVerdict } from '@shared/domain/reading-rules'
import { readingOnSheet, swappedMeters } from '@shared/domain/readings-sheet'
import { AppError } from '@shared/errors'
import type { Service } from '../../ipc/context'

export function readingsService(): Service<'readings'> {
  return {
    sheet: (input, { db }) => db.call('reading_sheet', input),

    async save({ operationId, visitId, accountId, takenOn, channel, entries }, { db }) {
      if (new Set(entries.map(({ meterId }) => meterId)).size < entries.length) throw new AppError('invalidInput', 'meterRepeated')
      if (!entries.every(({ reasons }) => reasons.every(isReadingReason))) throw new AppError('invalidInput', 'unknownReason')
      const sheet = await db.call<Sheet>('reading_sheet', { visitId, accountId })
      const readings = new Map(
        entries.map(({ meterId, values }) => {
          const meter = sheet.meters.find(({ id }) => id === meterId)
          if (!meter) throw new AppError('forbidden', 'meterOfAnotherAccount')
          return [meterId, readingOnSheet(sheet, meter, { values, takenOn, channel })]
        }),
      )
      const swapped = swappedMeters(readings)
      const judged = entries.map((entry) => {
        const reading = readings.get(entry.meterId)
        if (!reading) throw new AppError('internal')
        const judgement = judgeReading(reading)
        const swap = swapped.get(entry.meterId)
        return { ...entry, judgement: swap ? { ...judgement, verdicts: [...judgement.verdicts, swap] } : judgement }
      })
      refuse('readingsRefused', judged, ({ judgement }) => judgement.verdicts.filter(({ level }) => level === 'block'))
      refuse('reasonRequired', judged, ({ judgement, reasons }) => unanswered(judgement.verdicts, reasons.filter(isReadingReason)))

      return db.call('reading_save', {
        operationId,
        visitId,
        accountId,
        takenOn,
        channel,
        entries: judged.map(({ meterId, values, reasons, judgement }) => ({
          meterId,
          values,
          reasons,
          warnings: judgement.verdicts.filter(({ level }) => level === 'warn').map(({ rule }) => rule),
          consumption: judgement.consumption,
          period: judgement.countsFor,
        })),
      })
    },
  }
}

function refuse<Entry extends { meterId: number }>(reason: string, entries: Entry[], problemsOf: (entry: Entry) => ReadingVerdict[]): void {
  const meters = Object.fromEntries(entries.map((entry) => [entry.meterId, problemsOf(entry)]).filter(([, problems]) => (problems as ReadingVerdict[]).length > 0))
  if (Object.keys(meters).length > 0) throw new AppError('invalidInput', reason, { meters })
}
