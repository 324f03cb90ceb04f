import type { MailTransport, PortalLogin } from '@shared/contract/settings'
import { normaliseEmail } from '@shared/domain/email'
import { normalisePhone } from '@shared/domain/phone'
import type { SmsGateway } from '@shared/domain/sms-gateway'
import { AppError } from '@shared/errors'
import type { DataFolder } from '../../data-folder'
import type { Service } from '../../ipc/context'
import { scramVerifier } from '../../session/scram'

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
    sms: async (_input, { db }) => (await db.call<{ gateway: SmsGateway; hasSecret: boolean } | null>('sms_gateway_get')) ?? { gateway: null, hasSecret: false },
    saveSms: async ({ gateway, secret }, { db }) => {
      await db.call('sms_gateway_save', { settings: gateway, secret: secret ?? null })
      return {}
    },
    removeSms: async (_input, { db }) => {
      await db.call('sms_gateway_remove')
      return {}
    },
    portalLogins: async (_input, { db }) => ({ logins: await db.call<PortalLogin[]>('portal_login_list') }),
    addPortalLogin: async ({ provider, login, password }, { db }) =>
      db.call<{ login: string; provider: string }>('portal_login_add', { providerCode: provider, login, verifier: await scramVerifier(password) }),
    removePortalLogin: ({ login }, { db }) => db.call<{ login: string }>('portal_login_remove', { login }),
    testMessage: ({ operationId, channel, recipient }, { db }) => db.call('outbox_test', { operationId, channel, recipient: recipientOf(channel, recipient) }),
  }
}

/** AppError invalidInput 'emailMalformed', 'phoneMalformed'. */
function recipientOf(channel: 'email' | 'sms', typed: string): string {
  const recipient = channel === 'email' ? normaliseEmail(typed) : normalisePhone(typed)
  if (recipient === null) throw new AppError('invalidInput', channel === 'email' ? 'emailMalformed' : 'phoneMalformed')
  return recipient
}
