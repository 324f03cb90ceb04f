import { AppError } from '@shared/errors'
import type { DataFolder } from '../../data-folder'
import type { Service } from '../../ipc/context'
import { sourceOf } from '../../updates/source'
import type { Updater } from '../../updates/updater'

/** Updates belong to this computer: none of it is in the database but the policy, which the fleet brings. */
export function updatesService({ updater, folder }: { updater: Updater; folder: DataFolder }): Service<'updates'> {
  return {
    status: () => updater.status(),
    check: () => updater.check(),
    install: () => {
      updater.install()
      return {}
    },
    postpone: ({ hours }) => updater.postpone(hours),
    notesRead: () => updater.notesRead(),
    tellDesk: ({ busy }) => {
      updater.tellDesk(busy)
      return {}
    },
    saveSource: async ({ source }) => {
      if (source !== '' && !sourceOf(source)) throw new AppError('invalidInput', 'updateSource')
      await folder.updateSettings(({ updates: _, ...settings }) => (source === '' ? settings : { ...settings, updates: { source } }))
      return updater.sourceChanged()
    },
  }
}
