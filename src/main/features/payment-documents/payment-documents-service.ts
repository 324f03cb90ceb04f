import { AppError } from '@shared/errors'
import type { SheetGiven, SheetOutput } from '@shared/contract/printing'
import { paymentDocumentContent, type PaymentDocumentContent } from '@shared/domain/payment-document'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { drawPaymentDocument } from '../../printing/documents/payment-document'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'

interface Target {
  operationId: string
  visitId: number
  accountId: number
  period: string
}

interface Issue extends Partial<SheetGiven> {
  number: string
  duplicate: number | null
  issuedAt: string
  operatorName: string
  /** Absent when the operation had been done before. */
  content?: PaymentDocumentContent
}

export function paymentDocumentsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'paymentDocuments'> {
  const draw = (content: unknown, { duplicate, issuedAt, operatorName }: Issue) =>
    drawPaymentDocument(paymentDocumentContent.parse(content), { duplicate, printedAt: issuedAt, operator: operatorName, timeZone: timeZone() })

  /** Counts one giving-out and delivers it. */
  const give = (db: Database, target: Target, output: SheetOutput, name: string, copies = 1) =>
    giveSheet<PaymentDocumentContent, Issue>(sheets, db, {
      operationId: target.operationId,
      output,
      form: 'paymentDocument',
      name,
      copies,
      issue: (transaction, medium) => transaction.call('payment_document_issue', { ...target, medium }),
      draw,
    })

  return {
    periods: (input, { db }) => db.call('payment_document_periods', input),

    async preview(input, { db }) {
      const issue = await db.call<Issue>('payment_document_preview', input)
      return { number: issue.number, duplicate: issue.duplicate, pdf: new Uint8Array(await draw(issue.content, issue)) }
    },

    async print({ printer, copies, ...target }, { db }) {
      const issued = await give(db, target, { how: 'print', printer }, 'Платёжный документ', copies)
      return { ...issued, printer: issued.printer ?? missing(), jobId: issued.jobId ?? missing() }
    },

    async save(target, { db }) {
      const issued = await give(db, target, { how: 'save' }, `Платёжный документ за ${target.period}`)
      return { ...issued, fileName: issued.fileName ?? missing() }
    },
  }
}

function missing(): never {
  throw new AppError('internal')
}
