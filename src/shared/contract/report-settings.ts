import { z } from 'zod'
import { grains } from '../domain/report-entry'
import { periodPresets } from '../domain/report-periods'
import { supervisors } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { reportCode, reportFilters } from './reports'
import { id, localDate, nothing, operationId } from './values'

export const reportSort = z.object({ key: z.string().max(60), down: z.boolean() })
export type ReportSort = z.infer<typeof reportSort>

/** What a supervisor asks a report by, as it is kept: a preset stays one, so that «неделя» is always the present one; `from` and `to` are of an own period. */
export const reportAsk = z.object({
  preset: z.enum(periodPresets).nullable(),
  from: localDate.nullable(),
  to: localDate.nullable(),
  officeId: id.nullable(),
  provider: z.string().max(40).nullable(),
  staffId: id.nullable(),
  window: z.string().max(20).nullable(),
  grain: z.enum(grains).nullable(),
  days: z.int().min(1).max(366).nullable(),
  compare: z.boolean(),
})
export type ReportAsk = z.infer<typeof reportAsk>

export const reportSetting = z.object({
  id,
  name: z.string(),
  report: z.string(),
  filters: reportAsk,
  sort: reportSort.nullable(),
  /** Everybody of the office may ask by it. */
  isShared: z.boolean(),
  isOwn: z.boolean(),
  staffName: z.string(),
  /** One's own program opens with it. */
  isHome: z.boolean(),
  version: z.int(),
})
export type ReportSetting = z.infer<typeof reportSetting>

export const reportFormats = ['pdf', 'xlsx', 'csv'] as const
export type ReportFormat = (typeof reportFormats)[number]

/** Saved settings of reports, and reports that leave the screen; part of the feature `reports`. */
export const reportSettingsContract = {
  /** One's own by name, then those colleagues share with the office. A report that is no more is left out by the page. */
  settings: query({ access: supervisors, input: nothing, output: z.array(reportSetting) }),
  /** `id` null makes a new one. conflict `reportSettingNameTaken`, `reportSettingsTooMany` {most}, `changedByAnotherDesk`; notFound `reportSetting`. */
  saveSetting: command({
    access: supervisors,
    input: z.object({ operationId, id: id.nullable(), name: z.string().trim().min(1).max(80), report: reportCode, filters: reportAsk, sort: reportSort.nullable(), isShared: z.boolean(), version: z.int() }),
    output: reportSetting,
  }),
  removeSetting: command({ access: supervisors, input: z.object({ operationId, id }), output: nothing }),
  /** What one's program opens with; null: the search. */
  chooseHome: command({ access: supervisors, input: z.object({ operationId, id: id.nullable() }), output: nothing }),
  /**
   * Counts the report once more and writes it: as PDF to a printer (form `report`) or a file, as XLSX or CSV to a file only, with the grant `exportReports`. Each tells who took it and when;
   * report, filters, rows and format are in the journal. forbidden `exportNotGranted`; invalidInput `reportTooLongForPaper` {rows, most}; conflict `saveCancelled`; those of `run`.
   */
  export: command({
    access: supervisors,
    input: z
      .object({ operationId, report: reportCode, filters: reportFilters, sort: reportSort.nullable(), format: z.enum(reportFormats), output: sheetOutput })
      .refine(({ format, output }) => format === 'pdf' || output.how === 'save', { path: ['output'] }),
    output: sheetGiven.extend({ rows: z.int().nullable() }),
  }),
}
