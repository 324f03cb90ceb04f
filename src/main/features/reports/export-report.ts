import type { ParsedInputOf, OutputOf } from '@shared/contract/call'
import type { reportSettingsContract } from '@shared/contract/report-settings'
import type { SheetGiven } from '@shared/contract/printing'
import { formatDate } from '@shared/domain/dates'
import { reportEntry, type ReportFilters } from '@shared/domain/report-catalogue'
import { sortRows, typeOf } from '@shared/domain/report-text'
import { reportWords, russianTongue } from '@shared/domain/report-words'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { ReportSheet } from '../../printing/documents/report'
import { drawReport } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Delivery, Sheets } from '../../printing/sheets'
import { reportCsv } from './report-csv'
import { reportSheet, type ReportFigures, type ReportIssue } from './report-sheet'
import { reportXlsx } from './report-xlsx'

type ExportCall = (typeof reportSettingsContract)['export']
type Input = ParsedInputOf<ExportCall>

/** Nobody reads more on paper, and drawing it would keep the program from everything else. */
const mostOnPaper = 3000

export interface ExportDeps {
  sheets: Sheets
  /** Counts a report where reports are counted. */
  count: (input: Pick<Input, 'report' | 'filters'> & { runId: string }, db: Database) => Promise<ReportFigures>
}

/**
 * Counts a report once more and takes it out of the program, recorded and delivered, both or neither: what leaves is never what a page says it has shown.
 * A repeat of the operation answers with the first result and gives nothing.
 */
export function reportExport({ sheets, count }: ExportDeps) {
  const draw = sheets.drawing('report', (sheet: ReportSheet) => drawReport(sheet))

  return async function exportReport(input: Input, db: Database): Promise<OutputOf<ExportCall>> {
    const { operationId, format, output } = input
    // Before the dialog: nobody chooses a place for a file they may not have.
    await db.call('report_export_allowed', { format })
    const rows: { count: number | null } = { count: null }
    const issue = async (transaction: Database, medium: 'print' | 'save'): Promise<{ content?: ReportSheet } & Partial<SheetGiven>> => {
      const figures = await count({ runId: operationId, report: input.report, filters: input.filters }, db)
      if (format === 'pdf' && figures.rows.length > mostOnPaper) throw new AppError('invalidInput', 'reportTooLongForPaper', { rows: figures.rows.length, most: mostOnPaper })
      const issued = await transaction.call<{ content?: ReportIssue } & Partial<SheetGiven>>('report_export', { operationId, report: input.report, filters: input.filters, format, rows: figures.rows.length, medium })
      const { content, ...told } = issued
      if (!content) return told
      rows.count = figures.rows.length
      return { ...told, content: sheetFor(input, figures, content) }
    }
    const name = fileName(input)
    if (format === 'pdf') {
      const { printer, jobId, fileName, pdf } = await giveSheet<ReportSheet>(sheets, db, { operationId, output, form: 'report', name, issue, draw })
      return { printer, jobId, fileName, ...(pdf && { pdf }), rows: rows.count }
    }
    const path = await sheets.choosePath(name, format)
    const handed: { delivery?: Delivery } = {}
    try {
      const given = await db.transaction(async (transaction) => {
        const { content, fileName } = await issue(transaction, 'save')
        if (!content) return { fileName: fileName ?? null }
        handed.delivery = await sheets.save(format === 'xlsx' ? await reportXlsx(content) : reportCsv(content), path)
        await transaction.call('operation_delivered', { operationId, delivery: handed.delivery })
        return { fileName: handed.delivery.fileName ?? null }
      })
      return { printer: null, jobId: null, ...given, rows: rows.count }
    } catch (cause) {
      if (handed.delivery) await sheets.withdraw(handed.delivery, path)
      throw cause
    }
  }
}

function sheetFor({ report, filters: asked, sort }: Input, figures: ReportFigures, issue: ReportIssue): ReportSheet {
  const filters = asked as ReportFilters
  const entry = reportEntry(report)
  const column = entry.columns.find(({ key }) => key === sort?.key)
  if (!sort || !column) return reportSheet(report, entry, filters, figures, issue)
  const rows = sortRows(figures.rows, { key: column.key, type: typeOf(column, filters.grain ?? entry.grains?.[0]) }, sort.down, russianTongue(issue.timeZone))
  return reportSheet(report, entry, filters, { ...figures, rows }, issue)
}

/** «Выданные пароли кабинетов 01.11.2026–22.11.2026»: names no person. */
function fileName({ report, filters: { from, to } }: Input): string {
  const days = from && to ? ` ${from === to ? formatDate(from) : `${formatDate(from)}–${formatDate(to)}`}` : ''
  return `${(reportWords.reports[report]?.title ?? report).replace(/[\\/:*?"<>|]/g, ' ')}${days}`
}
