import { form, type Form } from '@shared/contract/printing'
import type { DataFolder } from '../../data-folder'
import type { Service } from '../../ipc/context'
import type { Printer } from '../../printing/printer'
import type { Sheets } from '../../printing/sheets'

export function printingService({ printer, sheets, folder }: { printer: Printer; sheets: Sheets; folder: DataFolder }): Service<'printing'> {
  return {
    printers: async () => {
      const [printers, settings] = await Promise.all([printer.printers(), folder.readSettings()])
      const chosen: Partial<Record<Form, string>> = {}
      for (const name of form.options) {
        const queue = settings.printing.printers[name]
        if (queue) chosen[name] = queue
      }
      return { printers, chosen }
    },
    choose: async ({ form: name, printer: queue }) => {
      await folder.updateSettings((settings) => ({ ...settings, printing: { printers: { ...settings.printing.printers, [name]: queue } } }))
      return {}
    },
    job: ({ jobId }) => sheets.jobState(jobId),
  }
}
