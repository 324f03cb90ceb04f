import type { WaitingApproval } from '@shared/contract/approvals'
import { AppError } from '@shared/errors'
import type { Service } from '../../ipc/context'
import type { Session } from '../../session/session'

export function approvalsService({ asAnother }: Pick<Session, 'asAnother'>): Service<'approvals'> {
  return {
    ask: (input, { db }) => db.call('approval_ask', input),
    state: (input, { db }) => db.call('approval_of', input),
    withdraw: (input, { db }) => db.call('approval_withdraw', input),
    waiting: async (_input, { db }) => ({ approvals: await db.call<WaitingApproval[]>('approval_waiting') }),
    decide: (input, { db }) => db.call('approval_decide', { ...input, how: 'remote' }),

    async decideHere({ operationId, approvalId, login, password, code }, { db, actor }) {
      // Their own login is not another person's; said before a password is tried.
      if (login === actor.login) throw new AppError('forbidden', 'approvalOwn')
      try {
        return await asAnother({ login, password, code }, (theirs) => theirs.call('approval_decide', { operationId, approvalId, granted: true, comment: null, how: 'here' }))
      } catch (cause) {
        const reason = cause instanceof AppError ? cause.reason : undefined
        if (reason === 'wrongLoginOrPassword') await db.call('approval_login_failed', { approvalId })
        // The right to decide is a supervisor's by GRANT.
        throw reason === 'rightMissing' ? new AppError('forbidden', 'notSupervisor') : cause
      }
    },
  }
}
