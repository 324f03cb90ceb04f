import { normaliseEmail } from '@shared/domain/email'
import type { Service } from '../../ipc/context'

export function contactsService(): Service<'contacts'> {
  return {
    checkEmail: ({ visitId, email }, { db }) => db.call('contact_check_email', { visitId, email: normaliseEmail(email) ?? email }),
    changeEmail: ({ email, ...input }, { db }) => db.call('contact_change_email', { ...input, email: normaliseEmail(email) ?? email }),
    pending: (input, { db }) => db.call('contact_pending', input),
    resendCode: (input, { db }) => db.call('contact_resend_code', input),
    confirmEmail: (input, { db }) => db.call('contact_confirm_email', input),
    // The first call records the look, the second one gets the value (0016-card.sql).
    unmask: async (input, { db }) => (await db.call<{ value: string } | null>('contact_unmask', input)) ?? db.call('contact_unmask', input),
  }
}
