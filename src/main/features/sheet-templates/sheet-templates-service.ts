import type { SheetKind, SheetTemplate } from '@shared/contract/sheet-templates'
import type { Form } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import { needsAccount, readSheetText } from '@shared/domain/sheet-template'
import type { Service } from '../../ipc/context'
import type { SheetFacts } from '../../printing/documents/template-sheet'
import { drawTemplateSheet, layouts } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'
import { readyTemplates } from './ready-templates'

interface Content {
  title: string
  kind: SheetKind
  text: string
  facts: SheetFacts
  answers?: string[]
}

/** Which printer of the desk. */
const forms: Record<SheetKind, Form> = { application: 'application', act: 'act', certificate: 'statement' }

export function sheetTemplatesService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'sheetTemplates'> {
  const draw = sheets.drawing('templateSheet', (content: Content) => drawTemplateSheet(content, { timeZone: timeZone() }))

  return {
    list: async (_input, { db }) => ({ templates: await db.call<SheetTemplate[]>('sheet_template_list'), ready: readyTemplates }),
    save: ({ id, version, ...template }, { db }) => db.call('sheet_template_save', { id, version, template }),
    history: (input, { db }) => db.call('sheet_template_history', input),

    async preview({ title, kind, text }) {
      const isApplication = kind === 'application'
      const { sampleSheet } = await layouts()
      return { pdf: new Uint8Array(await drawTemplateSheet({ title, text, facts: sampleSheet.facts, request: isApplication ? sampleSheet.request : null }, { timeZone: timeZone() })) }
    },

    async offer(input, { db }) {
      const found = await db.call<{ id: number; kind: SheetKind; title: string; text: string }[]>('sheet_template_offer', input)
      return found.map(({ text, ...template }) => ({ ...template, questions: readSheetText(text).questions, needsAccount: needsAccount(text) }))
    },

    give: ({ answers, kind, output, ...target }, { db }) =>
      giveSheet<Content>(sheets, db, {
        operationId: target.operationId,
        output,
        form: forms[kind],
        name: 'Бланк',
        title: ({ title }) => title,
        async issue(transaction, medium) {
          const issued = await transaction.call<{ content?: Content }>('sheet_template_give', { ...target, medium })
          if (!issued.content) return issued
          if (!issued.content.facts.account && needsAccount(issued.content.text)) throw new AppError('invalidInput', 'accountNeeded')
          return { ...issued, content: { ...issued.content, answers } }
        },
        draw,
      }),
  }
}
