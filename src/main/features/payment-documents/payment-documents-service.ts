import type { PaymentPeriod } from '@shared/contract/payment-documents'
import type { PaymentClosingProgress } from '@shared/events'
import { penaltyOf, type PenaltyFacts } from '@shared/domain/penalty-account'
import { paymentDocumentOf } from '@shared/domain/payment-document'
import { AppError } from '@shared/errors'
import type { Service } from '../../ipc/context'
import type { InvoiceContent } from '../../printing/documents/invoice'
import type { StatementContent } from '../../printing/documents/statement'
import { drawInvoice, drawPaymentDocument, drawStatement } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'

interface Issued {
  issuedAt: string
  operatorName: string
}
interface DocumentIssued extends Issued {
  number: string
  duplicate: number | null
  rendering: number
  /** Absent when the operation had been done before. */
  content?: Parts
}
interface Parts {
  issuer: unknown
  own: unknown
}

/** Accounts a transaction makes documents for: a second or so, and a kill loses no more. */
const CHUNK = 1_000

export interface PaymentDocumentsDeps {
  sheets: Sheets
  timeZone(): string
  progress: (event: PaymentClosingProgress) => void
}

export function paymentDocumentsService({ sheets, timeZone, progress }: PaymentDocumentsDeps): Service<'paymentDocuments'> {
  const marksOf = ({ issuedAt, operatorName }: Issued) => ({ printedAt: issuedAt, operator: operatorName, timeZone: timeZone() })
  const document = ({ issuer, own }: Parts, issued: DocumentIssued) =>
    drawPaymentDocument(paymentDocumentOf(issuer, own), { duplicate: issued.duplicate, ...marksOf(issued) }, issued.rendering)
  const invoice = (content: InvoiceContent, issued: Issued) => drawInvoice(content, marksOf(issued))
  const statement = (content: StatementContent, issued: Issued) => drawStatement(content, marksOf(issued))
  /** A sheet that jams is drawn again for another printer. */
  const again = { document: sheets.drawing('paymentDocument', document), invoice: sheets.drawing('invoice', invoice), statement: sheets.drawing('statement', statement) }

  /** Closings that run on this computer, and whether somebody here wants them to stop after the chunk under way. */
  const closings = new Map<string, { stop: boolean }>()
  const keyOf = ({ provider, period }: { provider: string; period: string }) => `${provider} ${period}`

  return {
    periods: (input, { db }) => db.call('payment_document_periods', input),

    async preview(input, { db }) {
      const { issuer, own, ...issued } = await db.call<DocumentIssued & Parts>('payment_document_preview', input)
      return { number: issued.number, duplicate: issued.duplicate, pdf: new Uint8Array(await document({ issuer, own }, issued)) }
    },

    give: ({ output, ...target }, { db }) =>
      giveSheet<Parts, DocumentIssued>(sheets, db, {
        operationId: target.operationId,
        output,
        form: 'paymentDocument',
        name: output.how === 'save' ? `Платёжный документ за ${target.period}` : 'Платёжный документ',
        issue: (transaction, medium) => transaction.call('payment_document_issue', { ...target, medium }),
        draw: again.document,
      }),

    async penalty({ visitId, accountId, period }, { db }) {
      return penaltyOf(await db.call<PenaltyFacts>('payment_document_penalty', { visitId, accountId, period }), period)
    },

    invoiceDraft: (input, { db }) => db.call('payment_invoice_draft', input),

    async invoicePreview(input, { db }) {
      const { content, ...issued } = await db.call<Issued & { content: InvoiceContent }>('payment_invoice_preview', input)
      return { pdf: new Uint8Array(await invoice(content, issued)) }
    },

    invoice: ({ output, operationId, ...target }, { db }) =>
      giveSheet<InvoiceContent, Issued & { number: string; amount: number; content?: InvoiceContent }>(sheets, db, {
        operationId,
        output,
        form: 'invoice',
        name: 'Счёт',
        issue: (transaction, medium) => transaction.call('payment_invoice_issue', { operationId, ...target, medium }),
        draw: again.invoice,
      }),

    async statementPreview(input, { db }) {
      const { content, ...issued } = await db.call<Issued & { content: StatementContent }>('statement_preview', input)
      return { pdf: new Uint8Array(await statement(content, issued)) }
    },

    statement: ({ output, ...target }, { db }) =>
      giveSheet<StatementContent, Issued & { content?: StatementContent }>(sheets, db, {
        operationId: target.operationId,
        output,
        form: 'statement',
        name: 'Выписка по лицевому счёту',
        issue: (transaction, medium) => transaction.call('statement_issue', { ...target, medium }),
        draw: again.statement,
      }),

    closings: (_input, { db }) => db.call('payment_periods'),
    checkPeriod: (input, { db }) => db.call('payment_period_check', input),

    async closePeriod({ operationId, provider, period }, { db }) {
      const key = keyOf({ provider, period })
      if (closings.has(key)) throw new AppError('conflict', 'periodIsClosing')
      const run = { stop: false }
      closings.set(key, run)
      try {
        let state = await db.call<PaymentPeriod>('payment_period_close', { operationId, provider, period })
        const startedAt = performance.now()
        const before = state.made
        while (state.state === 'closing' && !run.stop) {
          state = await db.call<PaymentPeriod>('payment_period_close_next', { provider, period, size: CHUNK })
          const seconds = (performance.now() - startedAt) / 1_000
          progress({ provider, period, made: state.made + state.kept, accounts: state.accounts, perSecond: seconds > 0.5 ? Math.round((state.made - before) / seconds) : null })
        }
        return state
      } finally {
        closings.delete(key)
      }
    },

    pauseClosing(input) {
      const run = closings.get(keyOf(input))
      if (run) run.stop = true
      return {}
    },
  }
}
