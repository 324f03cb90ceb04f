import { z } from 'zod'
import { grains, reportCodes, type ReportCode } from '../domain/report-catalogue'
import { supervisors } from '../roles'
import { command, query } from './call'
import { timelineEntry } from './desk'
import { id, instant, localDate, nothing } from './values'
import { identification } from './visits'

export const reportCode = z.enum(reportCodes as [ReportCode, ...ReportCode[]])

/** What a report is asked for (`ReportFilters` of the catalogue): a missing key asks for everything, keys besides the named ones narrow a drill-down. */
export const reportFilters = z
  .object({
    from: localDate.optional(),
    to: localDate.optional(),
    officeId: id.optional(),
    provider: z.string().max(40).optional(),
    staffId: id.optional(),
    window: z.string().max(20).optional(),
    grain: z.enum(grains).optional(),
    days: z.int().min(1).max(366).optional(),
  })
  .catchall(z.union([z.string().max(300), z.number()]).optional())

export type AskedFilters = z.infer<typeof reportFilters>

const value = z.union([z.string(), z.number(), z.null()])
export const reportRow = z.record(z.string(), value)

/** Figures as of one instant. From a replica they are at most `lagSeconds` older than the primary's; null: of the primary itself. */
export const reportFigures = z.object({ rows: z.array(reportRow), totals: reportRow, asOf: instant, source: z.enum(['primary', 'replica']), lagSeconds: z.number().nullable() })
export type ReportFigures = z.infer<typeof reportFigures>

/** One thing behind a row of a report: an operation, a look, a visit. Keys that say nothing here are null. */
export const reportDetail = z.object({
  at: instant,
  /** As in the audit; a visit is `visits.open`. */
  kind: z.string(),
  visitId: id.nullable(),
  subscriberId: id.nullable(),
  accountNumber: z.string().nullable(),
  staffName: z.string().nullable(),
  officeName: z.string().nullable(),
  window: z.string().nullable(),
  seconds: z.number().nullable(),
  /** A masked fact, as the timeline has it. */
  note: z.string().nullable(),
})
export type ReportDetail = z.infer<typeof reportDetail>

/** A visit as it went, without anything the timeline would not show. */
export const visitCourse = z.object({
  visit: z.object({
    id,
    subscriberId: id,
    openedAt: instant,
    closedAt: instant.nullable(),
    closedHow: z.enum(['served', 'postponed', 'forgotten']).nullable(),
    staffName: z.string().nullable(),
    officeName: z.string().nullable(),
    window: z.string().nullable(),
    identification,
    seconds: z.number().nullable(),
  }),
  entries: z.array(timelineEntry),
})
export type VisitCourse = z.infer<typeof visitCourse>

export const reportChoices = z.object({
  offices: z.array(z.object({ id, name: z.string() })),
  providers: z.array(z.object({ code: z.string(), name: z.string() })),
  staff: z.array(z.object({ id, fullName: z.string() })),
  windows: z.array(z.string()),
})
export type ReportChoices = z.infer<typeof reportChoices>

export const reportsContract = {
  /**
   * Counts a report of the catalogue over what the supervisor may see: the own office, with the grant `allOffices` every one. How far it is comes as `reports.progress`.
   * Calls of one `runId` (a report and the same of the period before) run side by side; another `runId` of the session stops them, on the server too.
   * Fails with conflict `reportStopped`, `reportSuperseded`, `reportTooLong` {seconds}; invalidInput `reportPeriod`, `filtersOfReport`.
   */
  run: query({ access: supervisors, input: z.object({ runId: z.uuid(), report: reportCode, filters: reportFilters }), output: reportFigures }),
  /** Stops the counting of that run, on the server too; false: it had ended. */
  stop: command({ access: supervisors, input: z.object({ runId: z.uuid() }), output: z.object({ stopped: z.boolean() }) }),
  /** What stands behind a row: the newest five hundred. Audited. notFound `report` for one that has no such list. */
  details: query({ access: supervisors, input: z.object({ report: reportCode, filters: reportFilters }), output: z.object({ rows: z.array(reportDetail), more: z.boolean() }) }),
  /** The course of one visit of the offices one may see, audited as a look at the card without a visit. */
  visit: query({ access: supervisors, input: z.object({ visitId: id }), output: visitCourse }),
  /** What filters can be set to. */
  choices: query({ access: supervisors, input: nothing, output: reportChoices }),
}
