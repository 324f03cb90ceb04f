import { z } from 'zod'
import { operators } from '../roles'
import { command, query } from './call'
import { id, instant, operationId } from './values'

export const impact = z.object({
  provider: z.string(),
  portalName: z.string(),
  /** null = a portal user will be registered with `login`. */
  portalUserId: id.nullable(),
  login: z.string().nullable(),
  /** Why access can't be given now; 'emailNotConfirmed' where the login is the e-mail. */
  refusal: z.enum(['emailNotConfirmed', 'accountClosed', 'portalUserBlocked']).nullable(),
  linkedAccounts: z.array(z.object({ number: z.string(), address: z.string() })),
  esiaLinks: z.array(z.object({ number: z.string(), linkedAt: instant, maskedName: z.string() })),
  pinRequests: z.int(),
  lastSignInAt: instant.nullable(),
  passwordIssuedAt: instant.nullable(),
  /** The e-mail or phone was changed within the last 24 hours. */
  recentContactChange: z.boolean(),
  policy: z.object({ length: z.int(), oneTime: z.boolean(), ttlHours: z.int().nullable() }),
})
export type Impact = z.infer<typeof impact>

export const memoIssued = z.object({
  memoNumber: z.string(),
  login: z.string(),
  issuedAt: instant,
  expiresAt: instant.nullable(),
  delivered: z.discriminatedUnion('how', [
    z.object({ how: z.literal('printed'), printer: z.string(), jobId: z.string() }),
    z.object({ how: z.literal('saved'), fileName: z.string() }),
  ]),
})
export type MemoIssued = z.infer<typeof memoIssued>

export const portalAccessContract = {
  impact: query({ access: operators, input: z.object({ visitId: id, accountId: id }), output: impact }),
  /**
   * Makes a password by the provider's policy, stores its hash and prints or saves the memo, all or nothing: when the printer refuses, the old password stays in force.
   * The secret is in no result. A repeat of the operation id is a conflict ('memoAlreadyIssued'): a memo can't be reprinted, only reissued.
   */
  reissuePassword: command({
    access: operators,
    input: z.object({ operationId, visitId: id, accountId: id, output: z.discriminatedUnion('how', [
      z.object({ how: z.literal('print'), printer: z.string().max(200).nullable() }),
      /** main asks where, in a native dialog; headless gives a path beforehand. */
      z.object({ how: z.literal('save') }),
    ]) }),
    output: memoIssued,
  }),
}
