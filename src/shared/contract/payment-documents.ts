import { z } from 'zod'
import { operators, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, kopecks, localDate, meterValues, nothing, operationId, pdf, period } from './values'

export const documentPeriod = z.object({
  period,
  accrued: kopecks,
  closing: kopecks,
  /** Billing's пени of the period. */
  penalty: kopecks,
  /** Set once the document has been given out; then it never changes. */
  number: z.string().nullable(),
  /** How many times it was given out; the next one is «ДУБЛИКАТ № issues». */
  issues: z.int(),
  /** The provider's period is closed: its charges are final, whether somebody has asked for a sheet or not. */
  closed: z.boolean(),
})

const account = { visitId: id, accountId: id }
const which = { ...account, period }

/** The largest sum an invoice asks for, kopecks: a slip of the fingers costs the visitor a transfer to be sent back. */
export const LARGEST_INVOICE = 100_000_000
/** Months of one statement at most. */
export const LONGEST_STATEMENT = 36

/** What is asked for: the whole debt (`amount` null) or another sum, with «в том числе» by services where the visitor wants it: the parts make up the sum. */
const invoice = {
  ...account,
  amount: z.int().min(1).max(LARGEST_INVOICE).nullable(),
  parts: z.array(z.object({ service: z.string().max(40), amount: z.int().min(1).max(LARGEST_INVOICE) })).max(60),
  /** Readings taken in this visit go on the sheet, and into the payment code where there is one meter. */
  readings: z.boolean(),
}
/** Whole months, both inclusive. `penalty`: with the reckoning of пени. */
const statement = { ...account, from: period, to: period, penalty: z.boolean() }

export const invoiceDraft = z.object({
  /** Last period billing has charged, its balance and what was paid since; null: none yet. */
  period: period.nullable(),
  closing: kopecks,
  paidSince: kopecks,
  services: z.array(z.object({ service: z.string(), name: z.string(), closing: kopecks })),
  readings: z.array(z.object({ service: z.string(), name: z.string(), serial: z.string(), decimals: z.int(), values: meterValues, takenOn: localDate })),
})
export type InvoiceDraft = z.infer<typeof invoiceDraft>

/** How пени of a period come about, beside billing's figure, which is the one in force. Days are counted within the period; sums are kopecks. */
export const penaltyAccount = z.object({
  period,
  billed: kopecks,
  /** Sum of the lines; null with the reason why nothing is reckoned. */
  reckoned: kopecks.nullable(),
  why: z.enum(['organisation', 'noRate', 'internet']).nullable(),
  rateBasisPoints: z.int().nullable(),
  lines: z.array(
    z.object({
      /** The month the debt is for; null: the balance with which the known history begins. */
      period: period.nullable(),
      capitalRepair: z.boolean(),
      debt: kopecks,
      deadline: localDate,
      daysAt300: z.int(),
      daysAt130: z.int(),
      amount: kopecks,
    }),
  ),
})
export type PenaltyAccount = z.infer<typeof penaltyAccount>

export const paymentPeriod = z.object({
  provider: z.string(),
  providerName: z.string(),
  period,
  state: z.enum(['closing', 'closed']),
  /** Accounts with charges; documents made, documents that had been given out before and stay, those of them whose charges changed since. */
  accounts: z.int(),
  made: z.int(),
  kept: z.int(),
  differing: z.int(),
  startedAt: instant,
  startedBy: z.string(),
  closedAt: instant.nullable(),
})
export type PaymentPeriod = z.infer<typeof paymentPeriod>

const provider = z.string().max(30)
const given = sheetGiven.extend({ issuedAt: instant })

export const paymentDocumentsContract = {
  periods: query({ access: operators, input: z.object(account), output: z.array(documentPeriod) }),
  /** As it would be printed now, with its mark; not counted as given out. */
  preview: query({ access: operators, input: z.object(which), output: z.object({ number: z.string(), duplicate: z.int().nullable(), pdf }) }),
  /** Counted only when the queue or the file has it. */
  give: command({
    access: operators,
    input: z.object({ operationId, ...which, output: sheetOutput }),
    output: given.extend({ number: z.string(), duplicate: z.int().nullable() }),
  }),
  penalty: query({ access: operators, input: z.object(which), output: penaltyAccount }),

  invoiceDraft: query({ access: operators, input: z.object(account), output: invoiceDraft }),
  invoicePreview: query({ access: operators, input: z.object(invoice), output: z.object({ pdf }) }),
  invoice: command({ access: operators, input: z.object({ operationId, ...invoice, output: sheetOutput }), output: given.extend({ number: z.string(), amount: kopecks }) }),

  statementPreview: query({ access: operators, input: z.object(statement), output: z.object({ pdf }) }),
  statement: command({ access: operators, input: z.object({ operationId, ...statement, output: sheetOutput }), output: given }),

  /** Periods closed or being closed, newest first. */
  closings: query({ access: supervisorsAndAdmins, input: nothing, output: z.array(paymentPeriod) }),
  /** What closing would do; `refusal` is the reason why it can't be done, `given` counts documents that were given out before. */
  checkPeriod: query({
    access: supervisorsAndAdmins,
    input: z.object({ provider, period }),
    output: z.object({ accounts: z.int(), given: z.int(), state: z.enum(['open', 'closing', 'closed']), refusal: z.string().nullable() }),
  }),
  /** Closes a period and makes its documents; goes on where it was broken off. Ends early, with state 'closing', when `pauseClosing` was asked. */
  closePeriod: command({ access: supervisorsAndAdmins, input: z.object({ operationId, provider, period }), output: paymentPeriod }),
  pauseClosing: command({ access: supervisorsAndAdmins, input: z.object({ provider, period }), output: nothing }),
}
