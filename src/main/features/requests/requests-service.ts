import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { drawApplication, type Application } from '../../printing/documents/application'
import type { Delivery, Sheets } from '../../printing/sheets'

interface Target {
  operationId: string
  visitId: number
  requestId: number
}

/** What `request_application` answers; `content` is absent when the operation had been done before. */
interface Issue {
  number: string
  issuedAt: string
  content?: Application
  repeated?: boolean
}

export function requestsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'requests'> {
  /** Recorded and delivered, both or neither. A repeat of the operation gives the first result and delivers nothing. */
  async function give(db: Database, target: Target, medium: 'print' | 'save', deliver: (pdf: Buffer) => Promise<Delivery>, path: string | null = null): Promise<Issue & Delivery> {
    const handed: { delivery?: Delivery } = {}
    try {
      return await db.transaction(async (transaction) => {
        const issue = await transaction.call<Issue & Delivery>('request_application', { ...target, medium })
        if (!issue.content) return issue
        handed.delivery = await deliver(await drawApplication(issue.content, { printedAt: issue.issuedAt, timeZone: timeZone() }))
        await transaction.call('operation_delivered', { operationId: target.operationId, delivery: handed.delivery })
        return { ...issue, ...handed.delivery }
      })
    } catch (cause) {
      if (handed.delivery) await sheets.withdraw(handed.delivery, path)
      throw cause
    }
  }

  return {
    offer: (input, { db }) => db.call('request_offer', input),
    create: (input, { db }) => db.call('request_create', input),
    change: (input, { db }) => db.call('request_change', input),
    open: (input, { db }) => db.call('request_open', input),
    queue: (input, { db }) => db.call('request_queue', input),

    async printApplication({ printer, ...target }, { db }) {
      const queue = await sheets.queueFor('application', printer)
      const given = await give(db, target, 'print', (pdf) => sheets.print(pdf, { queue, title: 'Заявление' }))
      return { number: given.number, printer: given.printer ?? queue, jobId: given.jobId ?? missing() }
    },

    async saveApplication(target, { db }) {
      const path = await sheets.choosePath('Заявление')
      const given = await give(db, target, 'save', (pdf) => sheets.save(pdf, path), path)
      return { number: given.number, fileName: given.fileName ?? missing() }
    },
  }
}

function missing(): never {
  throw new AppError('internal')
}
