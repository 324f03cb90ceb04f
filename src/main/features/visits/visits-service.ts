import { AppError } from '@shared/errors'
import type { SheetOutput } from '@shared/contract/printing'
import type { Representative } from '@shared/contract/visits'
import { normaliseDocument } from '@shared/domain/identity-document'
import { parseVisitCode } from '@shared/domain/visit-code'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import type { NextVisitSlip } from '../../printing/documents/next-visit-slip'
import type { VisitSlip } from '../../printing/documents/visit-slip'
import { drawNextVisitSlip, drawVisitSlip } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Drawing, Sheets } from '../../printing/sheets'

interface Summary {
  done: { kind: string; at: string; details: Record<string, unknown>; undone: boolean }[]
  waiting: { kind: 'emailCode' | 'smsCode' | 'letter' | 'letterFailed'; what: string | null }[]
  jobs: { kind: string; jobId: string; printer: string | null }[]
}

interface SheetRequest {
  operationId: string
  visitId: number
  output: SheetOutput
}

export function visitsService({ sheets }: { sheets: Sheets }): Service<'visits'> {
  const visitSlip = sheets.drawing('visitSlip', (slip: VisitSlip) => drawVisitSlip(slip))
  const nextVisitSlip = sheets.drawing('nextVisitSlip', (slip: NextVisitSlip) => drawNextVisitSlip(slip))

  /** A slip of the visit, to its printer or to a file. */
  const give = <Content>(db: Database, { operationId, visitId, output }: SheetRequest, call: string, name: string, draw: Drawing<Content, unknown>) =>
    giveSheet<Content>(sheets, db, { operationId, output, form: 'visitSlip', name, draw, issue: (transaction, medium) => transaction.call(call, { operationId, visitId, medium }) })

  /** What became of a sheet, as far as it is worth telling before the visitor leaves; a job the print system knows no more has come out. */
  async function printTrouble(jobId: string): Promise<'printWaits' | 'printFailed' | null> {
    try {
      const { state } = await sheets.jobState(jobId)
      return state === 'failed' ? 'printFailed' : state === 'held' || state === 'queued' ? 'printWaits' : null
    } catch (cause) {
      if (cause instanceof AppError) return null
      throw cause
    }
  }

  return {
    open: (input, { db }) => db.call('visit_open', input),
    identify: ({ operationId, visitId, documentType, number }, { db }) =>
      db.call('visit_identify', { operationId, visitId, documentType, documentKey: normaliseDocument(documentType, null, number) }),
    identifyRepresentative: ({ operationId, visitId, representative }, { db }) =>
      db.call('visit_identify_representative', { operationId, visitId, by: representative.by, facts: factsOf(representative) }),
    recordApplication: (input, { db }) => db.call('visit_record_application', input),
    readingsOnly: (input, { db }) => db.call('visit_readings_only', input),
    mine: (_input, { db }) => db.call('visit_mine'),
    undo: (input, { db }) => db.call('operation_undo', input),

    async summary(input, { db }) {
      const { jobs, ...summary } = await db.call<Summary>('visit_summary', input)
      const troubles = await Promise.all(jobs.map(async ({ jobId, printer }) => ({ kind: await printTrouble(jobId), what: printer })))
      return { ...summary, waiting: [...summary.waiting, ...troubles.flatMap(({ kind, what }) => (kind ? [{ kind, what }] : []))] }
    },
    close: (input, { db }) => db.call('visit_close', input),
    slip: (input, { db }) => give<VisitSlip>(db, input, 'visit_slip', 'Талон посетителя', visitSlip),

    colleagues: (_input, { db }) => db.call('visit_colleagues'),
    handOver: (input, { db }) => db.call('visit_hand_over', input),
    waiting: (_input, { db }) => db.call('visit_waiting'),
    accept: (input, { db }) => db.call('visit_accept', input),

    postpone: (input, { db }) => db.call('visit_postpone', input),
    nextSlip: (input, { db }) => give<NextVisitSlip>(db, input, 'visit_next_slip', 'Что принести в следующий раз', nextVisitSlip),
    reopen: ({ operationId, code }, { db }) => db.call('visit_reopen', { operationId, code: parseVisitCode(code) }),

    reassign: (input, { db }) => db.call('visit_reassign', input),
    exhausted: (_input, { db }) => db.call('visit_exhausted'),
    releaseAttempts: (input, { db }) => db.call('visit_release_attempts', input),
  }
}

/** Numbers of documents in their comparison form; the database keeps only their masks. */
function factsOf({ by: _, documentNumber, ...facts }: Representative): Record<string, unknown> {
  const documentKey = normaliseDocument(facts.documentType, null, documentNumber)
  if (!('certificateNumber' in facts)) return { ...facts, documentKey }
  const { certificateNumber, ...rest } = facts
  return { ...rest, documentKey, certificateKey: normaliseDocument(rest.certificateType, null, certificateNumber) }
}
