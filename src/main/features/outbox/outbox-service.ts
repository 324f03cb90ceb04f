import type { OutboxMessage, OutboxOverview } from '@shared/contract/outbox'
import type { Service } from '../../ipc/context'

export function outboxService(): Service<'outbox'> {
  return {
    overview: (_input, { db }) => db.call<OutboxOverview>('outbox_overview'),
    list: async ({ what, template, before, limit }, { db }) => ({
      messages: await db.call<OutboxMessage[]>('outbox_list', { what, template: template ?? null, before: before ?? null, limit }),
    }),
    message: ({ id }, { db }) => db.call<OutboxMessage>('outbox_one', { id }),
    resend: ({ ids, evenIfArrived }, { db }) => db.call<{ resent: number; left: number[] }>('outbox_resend', { ids, evenIfArrived }),
    cancel: ({ ids }, { db }) => db.call<{ cancelled: number; left: number[] }>('outbox_cancel', { ids }),
  }
}
