import { z } from 'zod'
import { messageChannels } from '../domain/message-templates'
import { admins } from '../roles'
import { command, query } from './call'
import { id, instant, nothing } from './values'

/**
 * Letters and SMS of the office, as those who look after the machines see them: what waits, what could not be sent and why, and what to do about it.
 * No text and no whole address: whoever mends the post has no business with what it says.
 */

/** `uncertain`: it may have arrived, nobody can tell; it is never sent again unless somebody decides so. */
export const outboxState = z.enum(['queued', 'sending', 'sent', 'failed', 'uncertain', 'expired', 'cancelled'])

export const outboxMessage = z.object({
  id,
  channel: z.enum(messageChannels),
  /** Code of the template; words are the renderer's. */
  template: z.string(),
  /** Masked. */
  recipient: z.string(),
  provider: z.string().nullable(),
  state: outboxState,
  /** Code of why it is not sent (yet): smtpNNN, gatewayNNN, unreachable …; words are the renderer's. */
  error: z.string().nullable(),
  attempts: z.int(),
  createdAt: instant,
  /** While it waits. */
  nextAttemptAt: instant.nullable(),
  finishedAt: instant.nullable(),
  expiresAt: instant.nullable(),
  /** Carries a secret that only a living sender can open. */
  isSealed: z.boolean(),
  /** `no`: nothing to send it from any more, or no reason to; `mayRepeat`: it may arrive twice. */
  resend: z.enum(['no', 'plain', 'mayRepeat']),
})
export type OutboxMessage = z.infer<typeof outboxMessage>

export const outboxCount = z.object({ state: outboxState, channel: z.enum(messageChannels), template: z.string(), count: z.int(), oldestAt: instant })

export const outboxOverview = z.object({
  /** What waits, and everything of the last 30 days. */
  counts: z.array(outboxCount),
  /** Desks that send and have been heard of within two minutes. */
  senders: z.int(),
  mail: z.boolean(),
  sms: z.boolean(),
})
export type OutboxOverview = z.infer<typeof outboxOverview>

export const outboxList = z.enum(['dead', 'waiting', 'sent', 'cancelled'])
export type OutboxList = z.infer<typeof outboxList>

const ids = z.array(id).min(1).max(200)

export const outboxContract = {
  overview: query({ access: admins, input: nothing, output: outboxOverview }),
  /** Newest first; `before`: the last id of the page already there. */
  list: query({
    access: admins,
    input: z.object({ what: outboxList, template: z.string().max(60).optional(), before: id.optional(), limit: z.int().min(1).max(200).default(50) }),
    output: z.object({ messages: z.array(outboxMessage) }),
  }),
  /** notFound 'outboxMessage'. */
  message: query({ access: admins, input: z.object({ id }), output: outboxMessage }),
  /** Dead ones once more. Uncertain ones only with `evenIfArrived`. `left`: stayed as they were (sent meanwhile, nothing to write them from). */
  resend: command({ access: admins, input: z.object({ ids, evenIfArrived: z.boolean() }), output: z.object({ resent: z.int(), left: z.array(id) }) }),
  /** Takes out of the queue, or off the list of the dead. `left`: on their way or gone. */
  cancel: command({ access: admins, input: z.object({ ids }), output: z.object({ cancelled: z.int(), left: z.array(id) }) }),
}
