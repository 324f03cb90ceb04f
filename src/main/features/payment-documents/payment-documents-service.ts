import { AppError } from '@shared/errors'
import { paymentDocumentContent, type PaymentDocumentContent } from '@shared/domain/payment-document'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { drawPaymentDocument } from '../../printing/documents/payment-document'
import type { Delivery, Sheets } from '../../printing/sheets'

interface Target {
  operationId: string
  visitId: number
  accountId: number
  period: string
}

interface Issue {
  number: string
  duplicate: number | null
  issuedAt: string
  operatorName: string
  /** Absent when the operation had been done before. */
  content?: PaymentDocumentContent
  repeated?: boolean
}

export function paymentDocumentsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'paymentDocuments'> {
  const draw = (issue: Issue) =>
    drawPaymentDocument(paymentDocumentContent.parse(issue.content), {
      duplicate: issue.duplicate,
      printedAt: issue.issuedAt,
      operator: issue.operatorName,
      timeZone: timeZone(),
    })

  /** Counts one giving-out and delivers it, both or neither. A repeat of the operation gives the first result and delivers nothing. */
  async function give(db: Database, target: Target, medium: 'print' | 'save', deliver: (pdf: Buffer) => Promise<Delivery>, path: string | null = null): Promise<Issue & Delivery> {
    const handed: { delivery?: Delivery } = {}
    try {
      return await db.transaction(async (transaction) => {
        const issue = await transaction.call<Issue & Delivery>('payment_document_issue', { ...target, medium })
        if (issue.repeated) return issue
        handed.delivery = await deliver(await draw(issue))
        await transaction.call('operation_delivered', { operationId: target.operationId, delivery: handed.delivery })
        return { ...issue, ...handed.delivery }
      })
    } catch (cause) {
      if (handed.delivery) await sheets.withdraw(handed.delivery, path)
      throw cause
    }
  }

  return {
    periods: (input, { db }) => db.call('payment_document_periods', input),

    async preview(input, { db }) {
      const issue = await db.call<Issue>('payment_document_preview', input)
      return { number: issue.number, duplicate: issue.duplicate, pdf: new Uint8Array(await draw(issue)) }
    },

    async print({ printer, copies, ...target }, { db }) {
      const queue = await sheets.queueFor('paymentDocument', printer)
      const given = await give(db, target, 'print', (pdf) => sheets.print(pdf, { queue, copies, title: 'Платёжный документ' }))
      return { ...given, printer: given.printer ?? queue, jobId: given.jobId ?? missing() }
    },

    async save(target, { db }) {
      const path = await sheets.choosePath(`Платёжный документ за ${target.period}`)
      const given = await give(db, target, 'save', (pdf) => sheets.save(pdf, path), path)
      return { ...given, fileName: given.fileName ?? missing() }
    },
  }
}

function missing(): never {
  throw new AppError('internal')
}
