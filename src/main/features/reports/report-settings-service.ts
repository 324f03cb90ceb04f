import type { reportSettingsContract } from '@shared/contract/report-settings'
import type { Handlers } from '@shared/contract'
import type { Context } from '../../ipc/context'
import { reportExport, type ExportDeps } from './export-report'

/** The part of the feature `reports` that keeps what is asked again and again, and lets figures leave the program. */
export function reportSettingsService(deps: ExportDeps): Handlers<typeof reportSettingsContract, Context> {
  const exportReport = reportExport(deps)
  return {
    settings: (_input, { db }) => db.call('report_settings'),
    saveSetting: (input, { db }) => db.call('report_setting_save', input),
    removeSetting: (input, { db }) => db.call('report_setting_remove', input),
    chooseHome: async (input, { db }) => {
      await db.call('report_setting_home', input)
      return {}
    },
    export: (input, { db }) => exportReport(input, db),
  }
}
