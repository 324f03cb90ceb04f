import type { Form, SheetGiven, SheetOutput } from '@shared/contract/printing'
import type { Database } from '../db/database'
import type { Delivery, Sheets } from './sheets'

interface SheetToGive<Content> {
  operationId: string
  output: SheetOutput
  /** Which printer of this desk. */
  form: Form
  /** Of the print job, and the proposed name of the file; names no person. */
  name: string
  /** Records the operation and says what the sheet says; without content the operation had been done before. */
  issue: (transaction: Database, medium: SheetOutput['how']) => Promise<{ content?: Content } & Partial<SheetGiven>>
  draw: (content: Content) => Promise<Buffer>
}

/**
 * Gives out a sheet under its operation: recorded and delivered, both or neither. A repeat of the operation answers with the first result and gives nothing.
 * AppErrors of the print system and of the file; conflict 'saveCancelled', before anything is recorded.
 */
export async function giveSheet<Content>(sheets: Sheets, db: Database, { operationId, output, form, name, issue, draw }: SheetToGive<Content>): Promise<SheetGiven> {
  const queue = output.how === 'print' ? await sheets.queueFor(form, output.printer) : null
  const path = output.how === 'save' ? await sheets.choosePath(name) : null
  const handed: { delivery?: Delivery } = {}
  try {
    return await db.transaction(async (transaction) => {
      const answer = await issue(transaction, output.how)
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

const given = ({ printer = null, jobId = null, fileName = null }: Partial<SheetGiven> | Delivery): SheetGiven => ({ printer: printer ?? null, jobId: jobId ?? null, fileName: fileName ?? null })
