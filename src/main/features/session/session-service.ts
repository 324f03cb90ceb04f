import type { DatabaseState, SessionStatus } from '@shared/contract/session'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import type { Session } from '../../session/session'
import { authenticatorKey } from './authenticator-key'

export interface SessionServiceOptions {
  session: Session
  appVersion: string
  databaseState(): DatabaseState
  /** Logins and passwords of a training office, for its sign-in screen. */
  training(): SessionStatus['training']
}

export function sessionService({ session, appVersion, databaseState, training }: SessionServiceOptions): Service<'session'> {
  return {
    status: () => ({
      version: appVersion,
      database: databaseState(),
      staff: session.current()?.actor ?? null,
      locked: session.isLocked(),
      training: training(),
    }),
    signIn: (input) => session.signIn(input),
    changePassword: ({ current, next }) => session.changePassword(current, next),
    lock: async ({ idle }) => {
      await session.lock(idle)
      return {}
    },
    unlock: async ({ password }) => {
      await session.unlock(password)
      return {}
    },
    signOut: async () => {
      await session.signOut()
      return {}
    },
    factor: (_input, { db }) => whoever(db).call('factor_state'),
    beginFactor: async (_input, { db, actor }) => {
      const { secret } = await whoever(db).call<{ secret: string }>('factor_begin')
      return authenticatorKey(secret, { login: actor?.login ?? '', office: actor?.office.name ?? '' })
    },
    enrolFactor: ({ code }) => session.enrolFactor(code),
    removeFactor: ({ password, code }) => session.removeFactor(password, code),
    renewRecoveryCodes: ({ code }) => session.renewRecoveryCodes(code),
  }
}

/** The router has asked whether anybody is signed in. */
function whoever(db: Database | null): Database {
  if (!db) throw new AppError('notSignedIn')
  return db
}
