import type { Handlers } from '@shared/contract'
import type { reportsContract } from '@shared/contract/reports'
import type { Context } from '../../ipc/context'
import { reportName, type ReportRunner } from './run-report'

export function reportsService(runner: ReportRunner): Handlers<typeof reportsContract, Context> {
  return {
    run: (input, { db }) => runner.run(input, db),
    stop: (input, { db }) => runner.stop(input, db),
    details: ({ report, filters }, { db }) => db.call('report_details', { report: reportName(report), filters }),
    visit: (input, { db }) => db.call('report_visit', input),
    choices: (_input, { db }) => db.call('report_choices'),
  }
}
