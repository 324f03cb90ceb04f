import { randomUUID } from 'node:crypto'
import type { ReportDetail, ReportFigures } from '@shared/contract/reports'
import type { ReportCode, ReportFilters } from '@shared/domain/report-catalogue'
import type { TestDesk, TestOffice } from '../../../support/test-app'

/** Reports as a supervisor's desk asks for them. */
export function reportsOf(desk: TestDesk) {
  return {
    run: (report: ReportCode, filters: ReportFilters): Promise<ReportFigures> => desk.api.reports.run({ runId: randomUUID(), report, filters }),
    rows: async (report: ReportCode, filters: ReportFilters) => (await desk.api.reports.run({ runId: randomUUID(), report, filters })).rows,
    totals: async (report: ReportCode, filters: ReportFilters) => (await desk.api.reports.run({ runId: randomUUID(), report, filters })).totals,
    details: async (report: ReportCode, filters: ReportFilters): Promise<ReportDetail[]> => (await desk.api.reports.details({ report, filters })).rows,
  }
}

/** What the owner's psql answers: counted by hand, besides the functions of the reports. */
export const byHand = async <Row extends object>(office: TestOffice, sql: string, values: unknown[] = []): Promise<Row[]> => (await office.owner.raw(sql, values as string[])).rows

/** The day of an office, days from today. */
export async function officeDay(office: TestOffice, days = 0): Promise<string> {
  const [row] = await byHand<{ day: string }>(office, `select ((now() at time zone (select time_zone from office order by id limit 1))::date + ?::int)::text as day`, [days])
  return row!.day
}

/** Something done is as if done at this time of the first office's clock, 'YYYY-MM-DD HH:MM:SS'. */
export const movedTo = (office: TestOffice, operationId: string, local: string) =>
  office.owner.raw(`update operation set at = ?::timestamp at time zone (select time_zone from office order by id limit 1) where id = ?`, [local, operationId])
