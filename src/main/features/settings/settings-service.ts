import type { MailTransport } from '@shared/contract/settings'
import type { DataFolder } from '../../data-folder'
import type { Service } from '../../ipc/context'

export function settingsService(folder: DataFolder): Service<'settings'> {
  return {
    look: async () => {
      const { language, theme } = await folder.readSettings()
      return { language, theme }
    },
    saveLook: async (look) => {
      const { language, theme } = await folder.updateSettings((settings) => ({
        ...settings,
        language: look.language ?? settings.language,
        theme: look.theme ?? settings.theme,
      }))
      return { language, theme }
    },
    mail: async (_input, { db }) => ({ transport: await db.call<MailTransport | null>('mail_transport_get') }),
    saveMail: async (transport, { db }) => {
      await db.call('mail_transport_save', { transport })
      return {}
    },
  }
}
