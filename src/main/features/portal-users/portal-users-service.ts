import { AppError } from '@shared/errors'
import { accountKey, type AccountNumberFormat } from '@shared/domain/account-number'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { hashLike, type HashRecipe } from '../../password-hash'

interface Target {
  visitId: number
  accountId: number
}

export function portalUsersService(): Service<'portalUsers'> {
  return {
    list: (input, { db }) => db.call('portal_user_list', input),
    register: (input, { db }) => db.call('portal_user_register', input),

    async linkAccount({ number, proof, ...target }, { db }) {
      const numberKey = accountKey(number, await numberFormat(db, target))
      if (numberKey === '') throw new AppError('invalidInput', 'accountNumber')
      const surname = proof.by === 'surname' ? proof.surname : undefined
      const passwordHash = proof.by === 'password' ? await hashedLikeTheirs(db, { ...target, numberKey }, proof.password) : undefined
      return db.call('portal_account_link_add', { ...target, numberKey, by: proof.by, surname, passwordHash })
    },
    unlinkAccount: (input, { db }) => db.call('portal_account_unlink', input),
    unlinkEsia: (input, { db }) => db.call('portal_esia_unlink', input),
    block: (input, { db }) => db.call('portal_user_set_blocked', input),
    unblock: (input, { db }) => db.call('portal_user_set_unblocked', input),
  }
}

export function portalRequestsService(): Service<'portalRequests'> {
  return {
    list: (input, { db }) => db.call('portal_request_queue', input),
    askPin: (input, { db }) => db.call('portal_pin_ask_at_desk', input),
    issuePin: (input, { db }) => db.call('portal_pin_issue', input),
    resendPin: (input, { db }) => db.call('portal_pin_issue', { ...input, again: true }),
    refusePin: (input, { db }) => db.call('portal_pin_refuse', input),
    resendRegistration: ({ requestId: registrationId, ...input }, { db }) => db.call('portal_registration_resend', { ...input, registrationId }),
    confirmRegistration: ({ requestId: registrationId, ...input }, { db }) => db.call('portal_registration_confirm_at_desk', { ...input, registrationId }),
  }
}

/** How the provider of the visit's account writes its numbers. */
function numberFormat(db: Database, { visitId, accountId }: Target): Promise<AccountNumberFormat> {
  return db.call('portal_number_format', { visitId, accountId })
}

/** The typed password under the salt of the one in force of that account's cabinet; undefined when there is none: then nothing agrees. */
async function hashedLikeTheirs(db: Database, { visitId, accountId, portalUserId, numberKey }: Target & { portalUserId: number; numberKey: string }, password: string) {
  const { recipe } = await db.call<{ recipe: HashRecipe | null }>('portal_link_recipe', { visitId, accountId, portalUserId, numberKey })
  return recipe ? hashLike(password, recipe) : undefined
}
