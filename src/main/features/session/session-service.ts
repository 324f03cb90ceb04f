import type { DatabaseState, SessionStatus } from '@shared/contract/session'
import type { Service } from '../../ipc/context'
import type { Session } from '../../session/session'

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
    signIn: ({ login, password }) => session.signIn(login, password),
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
  }
}
