import { AppError } from '@shared/errors'
import type { Representative } from '@shared/contract/visits'
import { normaliseDocument } from '@shared/domain/identity-document'
import { parseVisitCode } from '@shared/domain/visit-code'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { drawNextVisitSlip, type NextVisitSlip } from '../../printing/documents/next-visit-slip'
import { drawVisitSlip, type VisitSlip } from '../../printing/documents/visit-slip'
import type { Delivery, Sheets } from '../../printing/sheets'

interface Summary {
  done: { kind: string; at: string; details: Record<string, unknown>; undone: boolean }[]
  waiting: { kind: 'emailCode' | 'letter' | 'letterFailed'; what: string | null }[]
  jobs: { kind: string; jobId: string; printer: string | null }[]
}

interface SheetRequest {
  operationId: string
  visitId: number
  output: { how: 'print'; printer: string | null } | { how: 'save' }
}

export function visitsService({ sheets }: { sheets: Sheets }): Service<'visits'> {
  /** Draws a slip and gives it out under its operation: a repeat of the operation answers with the first result and gives nothing. */
  async function give<Content>(db: Database, { operationId, visitId, output }: SheetRequest, call: string, name: string, draw: (content: Content) => Promise<Buffer>) {
    const queue = output.how === 'print' ? await sheets.queueFor('visitSlip', output.printer) : null
    const path = output.how === 'save' ? await sheets.choosePath(name) : null
    const handed: { delivery?: Delivery } = {}
    try {
      return await db.transaction(async (transaction) => {
        const answer = await transaction.call<{ content?: Content } & Delivery>(call, { operationId, visitId, medium: output.how })
        if (!answer.content) return given(answer)
        const pdf = await draw(answer.content)
        handed.delivery = path === null ? await sheets.print(pdf, { queue: queue ?? '', title: name }) : await sheets.save(pdf, path)
        await transaction.call('operation_delivered', { operationId, delivery: handed.delivery })
        return given(handed.delivery)
      })
    } catch (cause) {
      if (handed.delivery) await sheets.withdraw(handed.delivery, path)
      throw cause
    }
  }

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
    slip: (input, { db }) => give<VisitSlip>(db, input, 'visit_slip', 'Талон посетителя', drawVisitSlip),

    colleagues: (_input, { db }) => db.call('visit_colleagues'),
    handOver: (input, { db }) => db.call('visit_hand_over', input),
    waiting: (_input, { db }) => db.call('visit_waiting'),
    accept: (input, { db }) => db.call('visit_accept', input),

    postpone: (input, { db }) => db.call('visit_postpone', input),
    nextSlip: (input, { db }) => give<NextVisitSlip>(db, input, 'visit_next_slip', 'Что принести в следующий раз', drawNextVisitSlip),
    reopen: ({ operationId, code }, { db }) => db.call('visit_reopen', { operationId, code: parseVisitCode(code) }),

    office: (_input, { db }) => db.call('visit_office'),
    reassign: (input, { db }) => db.call('visit_reassign', input),
    exhausted: (_input, { db }) => db.call('visit_exhausted'),
    releaseAttempts: (input, { db }) => db.call('visit_release_attempts', input),
  }
}

const given = ({ printer = null, jobId = null, fileName = null }: { [Name in keyof Delivery]: Delivery[Name] | null }) => ({ printer, jobId, fileName })

/** Numbers of documents in their comparison form; the database keeps only their masks. */
function factsOf({ by: _, documentNumber, ...facts }: Representative): Record<string, unknown> {
  const documentKey = normaliseDocument(facts.documentType, null, documentNumber)
  if (!('certificateNumber' in facts)) return { ...facts, documentKey }
  const { certificateNumber, ...rest } = facts
  return { ...rest, documentKey, certificateKey: normaliseDocument(rest.certificateType, null, certificateNumber) }
}
