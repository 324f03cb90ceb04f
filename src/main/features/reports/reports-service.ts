import type { Service } from '../../ipc/context'
import { reportName, type ReportRunner } from './run-report'

export function reportsService(runner: ReportRunner): Service<'reports'> {
  return {
    run: (input, { db }) => runner.run(input, db),
    stop: (input, { db }) => runner.stop(input, db),
    details: ({ report, filters }, { db }) => db.call('report_details', { report: reportName(report), filters }),
    visit: (input, { db }) => db.call('report_visit', input),
    choices: (_input, { db }) => db.call('report_choices'),
  }
}
