import { form as formSchema, plainOptions, type Form, type FormOptions } from '@shared/contract/printing'
import type { DataFolder } from '../../data-folder'
import type { Service } from '../../ipc/context'
import type { Printer } from '../../printing/printer'
import type { Sheets } from '../../printing/sheets'

export function printingService({ printer, sheets, folder }: { printer: Printer; sheets: Sheets; folder: DataFolder }): Service<'printing'> {
  return {
    printers: async () => {
      const [printers, { printing }] = await Promise.all([printer.printers(), folder.readSettings()])
      const options = Object.fromEntries(formSchema.options.map((form) => [form, printing.forms[form] ?? plainOptions])) as Record<Form, FormOptions>
      return { printers, options }
    },
    choose: async ({ form, ...change }) => {
      await folder.updateSettings((settings) => {
        const before = settings.printing.forms[form] ?? plainOptions
        const tray = change.printer !== undefined && change.printer !== before.printer ? null : before.tray
        return { ...settings, printing: { forms: { ...settings.printing.forms, [form]: { ...before, tray, ...given(change) } } } }
      })
      return {}
    },
    job: ({ jobId }) => sheets.jobState(jobId),
  }
}

function given<Change extends object>(change: Change): { [Name in keyof Change]: Exclude<Change[Name], undefined> } {
  return Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined)) as { [Name in keyof Change]: Exclude<Change[Name], undefined> }
}
