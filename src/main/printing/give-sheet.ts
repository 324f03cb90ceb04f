import type { Form, SheetGiven, SheetOutput } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import type { Database } from '../db/database'
import type { Delivery, Draw, Drawing, Sheets } from './sheets'

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
  /** The sheet holds a secret: it is printed once and never shown before, and no copy stays with the print system or in memory. */
  secret?: boolean
  /** Records the operation and says what the sheet says; without content the operation had been done before. */
  issue: (transaction: Database, medium: 'print' | 'save') => Promise<Issued>
  /** With a name (`sheets.drawing`) the sheet can be printed elsewhere when its printer fails. */
  draw: Drawing<Content, Issued> | Draw<Content, Issued>
}

/** Characters of JSON; a bill has ten thousand, with a logo forty. The database keeps no more than a megabyte. */
const mostKept = 250_000

/**
 * Gives out a sheet under its operation: recorded and delivered, both or neither. A repeat of the operation answers with the first result and gives nothing.
 * A preview is the sheet as it would be given out now: nothing of it is recorded but that it was looked at.
 * AppErrors of the print system and of the file; conflict 'saveCancelled', before anything is recorded; invalidInput 'noPreviewOfSecret'.
 */
export async function giveSheet<Content, Issued extends Answer<Content> = Answer<Content>>(
  sheets: Sheets,
  db: Database,
  { operationId, output, form, name, title, copies, media, secret = false, issue, draw: drawing }: SheetToGive<Content, Issued>,
): Promise<Issued & SheetGiven> {
  const [draw, drawingName] = typeof drawing === 'function' ? [drawing, null] : [drawing.draw, drawing.name]
  if (output.how === 'preview') {
    if (secret) throw new AppError('invalidInput', 'noPreviewOfSecret')
    return preview(db, operationId, issue, draw)
  }
  const options = output.how === 'print' ? await sheets.optionsFor(form, output) : null
  const path = output.how === 'save' ? await sheets.choosePath(name) : null
  const handed: { delivery?: Delivery } = {}
  try {
    return await db.transaction(async (transaction) => {
      const issued = await issue(transaction, output.how)
      const { content, ...answer } = issued
      if (!content) return { ...issued, ...given(issued) }
      const pdf = await draw(content, issued)
      const look = { title: title?.(content) ?? name, media: media?.(content) ?? 'A4', copies: secret ? 1 : (copies ?? options?.copies ?? 1) } as const
      const isKept = options !== null && drawingName !== null && !secret
      try {
        handed.delivery = options
          ? await sheets.print(pdf, { ...options, ...look, form, secret, sheetOf: secret || isKept ? operationId : null })
          : await sheets.save(pdf, path ?? '')
      } finally {
        if (secret) pdf.fill(0)
      }
      await transaction.call('operation_delivered', { operationId, delivery: handed.delivery })
      if (isKept) {
        const sheet = JSON.stringify({ ...look, form, duplex: options.duplex, drawing: drawingName, content, issued: answer })
        // A report of thousands of rows is asked for anew sooner than it is kept for the case of a jam.
        if (sheet.length <= mostKept) await transaction.call('sheet_keep', { operationId, sheet })
      }
      return { ...issued, ...given(handed.delivery) }
    })
  } catch (cause) {
    if (handed.delivery) await sheets.withdraw(handed.delivery, path)
    throw cause
  }
}

/** Issues and draws, then takes everything back; that somebody has looked stays in the audit, and nothing is shown without it. */
async function preview<Content, Issued extends Answer<Content>>(db: Database, operationId: string, issue: SheetToGive<Content, Issued>['issue'], draw: Draw<Content, Issued>): Promise<Issued & SheetGiven> {
  const back = new Error('preview')
  const seen: { sheet?: Issued & SheetGiven; look?: Record<string, unknown> } = {}
  await db
    .transaction(async (transaction) => {
      const issued = await issue(transaction, 'print')
      if (!issued.content) throw new AppError('conflict', 'operationIdUsed')
      seen.look = await transaction.call<Record<string, unknown>>('sheet_look', { operationId })
      seen.sheet = { ...issued, ...given({}), pdf: new Uint8Array(await draw(issued.content, issued)) }
      throw back
    })
    .catch((cause: unknown) => {
      if (cause !== back) throw cause
    })
  if (!seen.sheet || !seen.look) throw new AppError('internal')
  await db.call('sheet_looked', seen.look)
  return seen.sheet
}

export const given = ({ printer, jobId, fileName }: Partial<SheetGiven> | Delivery): SheetGiven => ({ printer: printer ?? null, jobId: jobId ?? null, fileName: fileName ?? null })
