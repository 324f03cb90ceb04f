import { normaliseContact } from '@shared/domain/contact'
import type { Service } from '../../ipc/context'

export function contactsService(): Service<'contacts'> {
  return {
    check: ({ kind, value, ...input }, { db }) => db.call('contact_check', { ...input, kind, value: normaliseContact(kind, value) }),
    change: ({ kind, value, ...input }, { db }) => db.call('contact_change', { ...input, kind, value: normaliseContact(kind, value) }),
    ask: (input, { db }) => db.call('contact_ask', input),
    pending: (input, { db }) => db.call('contact_pending', input),
    resend: (input, { db }) => db.call('contact_resend', input),
    confirm: (input, { db }) => db.call('contact_confirm', input),
    cancel: (input, { db }) => db.call('contact_cancel', input),
    remove: (input, { db }) => db.call('contact_remove', input),
    revert: (input, { db }) => db.call('contact_revert', input),
    history: (input, { db }) => db.call('contact_history', input),
    // The first call records the look, the second one gets the value (0016-card.sql).
    unmask: async (input, { db }) => (await db.call<{ value: string } | null>('contact_unmask', input)) ?? db.call('contact_unmask', input),
  }
}
