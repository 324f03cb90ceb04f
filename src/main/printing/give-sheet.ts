import type { Form, SheetGiven, SheetOutput } from '@shared/contract/printing'
import type { Database } from '../db/database'
import type { Delivery, Sheets } from './sheets'

/** What the function of an operation answers: what the sheet says, or where it went when the operation had been done before. */
type Answer<Content> = { content?: Content } & Partial<SheetGiven>

interface SheetToGive<Content, Issued extends Answer<Content>> {
  operationId: string
  output: SheetOutput
  /** Which printer of this desk. */
  form: Form
  /** The proposed name of the file, and of the print job; names no person. */
  name: string
  /** Of the print job, when it tells more than the file may. */
  title?: (content: Content) => string
  /** Where the caller knows better than the desk's options and what was asked. */
  copies?: number
  media?: (content: Content) => 'A4' | 'A5'
  /** The sheet holds a secret: it is printed once, and no copy stays with the print system or in memory. */
  secret?: boolean
  /** Records the operation and says what the sheet says; without content the operation had been done before. */
  issue: (transaction: Database, medium: SheetOutput['how']) => Promise<Issued>
  draw: (content: Content, issued: Issued) => Promise<Buffer>
}

/**
 * Gives out a sheet under its operation: recorded and delivered, both or neither. A repeat of the operation answers with the first result and gives nothing.
 * AppErrors of the print system and of the file; conflict 'saveCancelled', before anything is recorded.
 */
export async function giveSheet<Content, Issued extends Answer<Content> = Answer<Content>>(
  sheets: Sheets,
  db: Database,
  { operationId, output, form, name, title, copies, media, secret = false, issue, draw }: SheetToGive<Content, Issued>,
): Promise<Issued & SheetGiven> {
  const options = output.how === 'print' ? await sheets.optionsFor(form, output) : null
  const path = output.how === 'save' ? await sheets.choosePath(name) : null
  const handed: { delivery?: Delivery } = {}
  try {
    return await db.transaction(async (transaction) => {
      const issued = await issue(transaction, output.how)
      const { content } = issued
      if (!content) return { ...issued, ...given(issued) }
      const pdf = await draw(content, issued)
      try {
        handed.delivery =
          options
            ? await sheets.print(pdf, { ...options, copies: secret ? 1 : (copies ?? options.copies), title: title?.(content) ?? name, secret, media: media?.(content) ?? 'A4' })
            : await sheets.save(pdf, path ?? '')
      } finally {
        if (secret) pdf.fill(0)
      }
      await transaction.call('operation_delivered', { operationId, delivery: handed.delivery })
      return { ...issued, ...given(handed.delivery) }
    })
  } catch (cause) {
    if (handed.delivery) await sheets.withdraw(handed.delivery, path)
    throw cause
  }
}

const given = ({ printer, jobId, fileName }: Partial<SheetGiven> | Delivery): SheetGiven => ({ printer: printer ?? null, jobId: jobId ?? null, fileName: fileName ?? null })
