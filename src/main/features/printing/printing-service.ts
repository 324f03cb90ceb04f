import { form as formSchema, plainOptions, type DeskJob, type Form, type FormOptions } from '@shared/contract/printing'
import { AppError } from '@shared/errors'
import type { DataFolder } from '../../data-folder'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { toAppError } from '../../ipc/to-app-error'
import { isOver, type DeskJob as KnownJob } from '../../printing/desk-jobs'
import { drawTestPage } from '../../printing/draw'
import { given } from '../../printing/give-sheet'
import type { Printer } from '../../printing/printer'
import { printElsewhere } from '../../printing/print-elsewhere'
import type { Sheets } from '../../printing/sheets'

/** What `printing_sheets` tells of an own sheet. */
interface OwnSheet {
  operationId: string
  number: string | null
  subscriberId: number | null
  accountId: number | null
  kept: boolean
}

/** Sheets that came out are told of no longer than an operator looks for them. */
const mostEnded = 5

interface PrintingDeps {
  printer: Printer
  sheets: Sheets
  folder: DataFolder
  timeZone: () => string
  /** Name of this computer, for the test page. */
  desk: string
}

export function printingService({ printer, sheets, folder, timeZone, desk }: PrintingDeps): Service<'printing'> {
  const known = (jobId: string): KnownJob => {
    const job = sheets.jobs.get(jobId)
    if (!job) throw new AppError('notFound', 'printJob')
    return job
  }

  return {
    printers: async () => {
      const [printers, { printing }] = await Promise.all([printer.printers(), folder.readSettings()])
      const options = Object.fromEntries(formSchema.options.map((form) => [form, printing.forms[form] ?? plainOptions])) as Record<Form, FormOptions>
      return { printers, options, tests: printing.tests }
    },

    choose: async ({ form, ...change }) => {
      await folder.updateSettings((settings) => {
        const before = settings.printing.forms[form] ?? plainOptions
        const isMoved = change.printer !== undefined && change.printer !== before.printer
        const tray = change.tray !== undefined ? change.tray : isMoved ? null : before.tray
        const after: FormOptions = { printer: isMoved ? (change.printer ?? null) : before.printer, tray, duplex: change.duplex ?? before.duplex, copies: change.copies ?? before.copies }
        return { ...settings, printing: { ...settings.printing, forms: { ...settings.printing.forms, [form]: after } } }
      })
      return {}
    },

    job: ({ jobId }) => sheets.jobState(jobId),

    async jobs(_input, { db, actor }) {
      const all = sheets.jobs.list()
      const ended = all.filter(({ state, reason }) => state === 'printed' || reason === 'withdrawn' || reason === 'moved' || reason === 'notFollowed').slice(mostEnded)
      const shown = all.filter((job) => !ended.includes(job))
      const own = await ownSheets(db, shown)
      return shown.map((job) => jobOf(job, actor.id, own.get(job.sheetOf ?? '')))
    },

    async cancel({ jobId }, { db }) {
      const job = known(jobId)
      if (job.ofBatch) throw new AppError('conflict', 'sheetOfBatch')
      await sheets.jobs.withdraw(jobId, 'withdrawn')
      await db.call('printing_cancelled', { sheetOf: job.sheetOf, form: job.form, printer: job.printer })
      return {}
    },

    retry: ({ operationId, jobId, printer: queue }, { db }) => printElsewhere({ sheets, printer }, db, { operationId, jobId, queue }),

    async dismiss({ jobId }) {
      if (!isOver(known(jobId))) throw new AppError('conflict', 'jobStillWaits')
      await sheets.jobs.dismiss(jobId)
      return {}
    },

    async testPage({ form, printer: queue }, { actor }) {
      const { copies: _, ...options } = await sheets.optionsFor(form, { printer: queue })
      const pdf = await drawTestPage({ form, ...options, desk, staff: actor.fullName, at: new Date().toISOString(), timeZone: timeZone() })
      return given(await sheets.print(pdf, { ...options, form, title: 'Пробная страница' }))
    },

    async testOutcome({ printer: queue, outcome }) {
      const test = { at: new Date().toISOString(), outcome }
      await folder.updateSettings((settings) => ({ ...settings, printing: { ...settings.printing, tests: { ...settings.printing.tests, [queue]: test } } }))
      return {}
    },
  }
}

/** What the database knows of the sheets; without it the jobs are told all the same. */
async function ownSheets(db: Database, jobs: KnownJob[]): Promise<Map<string, OwnSheet>> {
  const operations = jobs.flatMap(({ sheetOf }) => sheetOf ?? [])
  if (operations.length === 0) return new Map()
  const sheets = await db.call<OwnSheet[]>('printing_sheets', { operations }).catch((cause: unknown) => {
    if (toAppError(cause).code !== 'databaseUnavailable') throw cause
    return []
  })
  return new Map(sheets.map((sheet) => [sheet.operationId, sheet]))
}

function jobOf({ sheetOf: _, staffId, ...job }: KnownJob, actorId: number, own: OwnSheet | undefined): DeskJob {
  const mayBeRetried = job.state === 'queued' || job.state === 'held' || (job.state === 'failed' && job.reason !== 'withdrawn' && job.reason !== 'moved')
  return {
    ...job,
    mine: staffId === actorId,
    canRetry: mayBeRetried && !job.secret && !job.ofBatch && own?.kept === true,
    number: own?.number ?? null, subscriberId: own?.subscriberId ?? null, accountId: own?.accountId ?? null,
  }
}
