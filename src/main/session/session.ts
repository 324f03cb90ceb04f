import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { staffMember, type StaffMember } from '@shared/contract/session'
import { AppError } from '@shared/errors'
import type { Events } from '@shared/events'
import { connect, type DatabaseAddress, type Login } from '../db/connection'
import { createDatabase, type Database } from '../db/database'
import { toAppError } from '../ipc/to-app-error'
import { startDeskBeat, tellLocked, type DeskBeat, type DeskBeatOptions, type DeskNews } from './desk-beat'
import { startLive, type Live, type LiveOptions } from './live'
import { scramVerifier, staffPassword } from './scram'
import { signInDelay } from './sign-in-delay'

export interface SessionOptions {
  /** Throws AppError while there is no database to sign in to. */
  address(): DatabaseAddress
  /** Where reports are counted besides; null: nowhere else. */
  reports?(): ReportServer | null
  /** Refuses a schema this build does not work with. */
  checkSchema(knex: Knex): Promise<void>
  appVersion: string
  desk: string
  ended(reason: Events['session.ended']['reason']): void
  /** Something to see to under the rights of whoever has just signed in; it must not fail. */
  signedIn?(db: Database): Promise<void>
  /** Whoever was signed in leaves: what still runs under their login is to be stopped, or leaving waits for it. */
  leaving?(db: Database): void
  /** Told of what other desks change while somebody is signed in; without it nobody listens. */
  live?: Pick<LiveOptions, 'changed' | 'officeChanged' | 'listening' | 'log'>
  /** Tells the supervisor's page how this desk is; a command without a window tells nothing. */
  beat?: Pick<DeskBeatOptions, 'printers' | 'fleet' | 'log' | 'waits'>
  /** The database lets nobody in with a version this old; the details say how to become younger. */
  versionTooOld?(details: unknown): Promise<void>
  now?: () => number
}

/** A server that repeats the office's own; `maxLagSeconds`: how far behind it may be. */
export interface ReportServer {
  address: DatabaseAddress
  maxLagSeconds: number
}

interface Current {
  login: Login
  knex: Knex
  db: Database
  actor: StaffMember
  locked: boolean
  live: Live | null
  beat: DeskBeat | null
  /** Opened by the first report. */
  reports: { knex: Knex; db: Database } | null
}

/** Who is signed in on this desk: one member of staff, and a pool of connections under their own login. */
export function createSession({ address, reports, checkSchema, appVersion, desk, ended, signedIn: seeTo, leaving, live, beat, versionTooOld, now = Date.now }: SessionOptions) {
  let current: Current | null = null
  const delay = signInDelay(now)

  /** Tries a password by connecting with it; the database is the one that knows. */
  async function open(login: string, password: string): Promise<Current> {
    const knex = connect(address(), { user: login, password: staffPassword(password) })
    try {
      const db = createDatabase(knex)
      await checkSchema(knex)
      const actor = staffMember.parse(await db.call('session_start', { appVersion, desk }))
      return { login: { user: login, password: staffPassword(password) }, knex, db, actor, locked: false, reports: null, live: follow(db, actor, { user: login, password: staffPassword(password) }), beat: tellOf(db, actor) }
    } catch (cause) {
      await knex.destroy()
      const { reason, details } = toAppError(cause)
      if (reason === 'versionTooOld') await versionTooOld?.(details)
      throw cause
    }
  }

  function follow(db: Database, actor: StaffMember, login: Login): Live | null {
    if (!live || actor.mustChangePassword) return null
    return startLive({ ...live, address, login, staffId: actor.id, officeId: actor.office.id, probe: (token) => db.call('live_probe', { token }) })
  }

  function tellOf(db: Database, actor: StaffMember): DeskBeat | null {
    return beat && !actor.mustChangePassword ? startDeskBeat({ ...beat, db, desk, appVersion }) : null
  }

  async function guarded<T>(login: string, attempt: () => Promise<T>, refusal = 'wrongLoginOrPassword'): Promise<T> {
    const waitSeconds = delay.waitSeconds(login)
    if (waitSeconds > 0) throw new AppError('forbidden', 'signInDelayed', { waitSeconds })
    try {
      const result = await attempt()
      delay.succeeded(login)
      return result
    } catch (cause) {
      const failure = toAppError(cause)
      // One message for a wrong login, a wrong password and a login that is no longer staff.
      const refused = failure.reason === 'sessionEnded' || failure.reason === 'notActiveStaff' || failure.reason === 'rightMissing'
      if (!refused) throw cause
      throw new AppError('forbidden', refusal, { waitSeconds: delay.failed(login) })
    }
  }

  /** The end of a session stands in the audit, also when the next person simply signs in over it. */
  async function leave(): Promise<void> {
    // A lost database must not keep anybody signed in.
    await current?.db.call('session_end').catch(() => undefined)
    await drop()
  }

  async function drop(): Promise<void> {
    const closing = current
    current = null
    if (closing) leaving?.(closing.db)
    await closing?.live?.stop()
    await closing?.beat?.stop()
    await closing?.reports?.knex.destroy()
    await closing?.knex.destroy()
  }

  const recordLock = ({ beat: own, db }: Current, is: boolean, idle: boolean): Promise<void> =>
    own ? own.locked(is, idle) : tellLocked(db, { sessionId: randomUUID(), desk, is, idle })

  const signedIn = (): Current => {
    if (!current) throw new AppError('notSignedIn')
    return current
  }

  return {
    current: () => current && { actor: current.actor, db: current.db },
    isLocked: () => current?.locked ?? false,

    /** The server for reports under the login of whoever is signed in; its first call may find that it is not there. */
    replica(): { db: Database; maxLagSeconds: number } | null {
      const server = reports?.() ?? null
      if (!current || !server) return null
      if (!current.reports) {
        const knex = connect(server.address, current.login, { max: 3, connectWithinMs: 2_000 })
        current.reports = { knex, db: createDatabase(knex) }
      }
      return { db: current.reports.db, maxLagSeconds: server.maxLagSeconds }
    },

    async signIn(login: string, password: string): Promise<StaffMember> {
      const opened = await guarded(login, () => open(login, password))
      await leave()
      await seeTo?.(opened.db)
      current = opened
      return opened.actor
    },

    async changePassword(presentPassword: string, next: string): Promise<StaffMember> {
      const { actor, db } = signedIn()
      if (presentPassword === next) throw new AppError('invalidInput', 'passwordNotNew')
      if (next.toLowerCase().includes(actor.login)) throw new AppError('invalidInput', 'passwordHoldsLogin')
      await guarded(actor.login, () => checkPassword(address(), actor.login, presentPassword), 'wrongCurrentPassword')
      await db.call('staff_change_own_password', { verifier: await scramVerifier(next) })
      const opened = await open(actor.login, next)
      await drop()
      current = opened
      return opened.actor
    },

    /** At once; then it is recorded. `idle`: nobody touched the desk. */
    async lock(idle = false): Promise<void> {
      const here = signedIn()
      here.locked = true
      await recordLock(here, true, idle)
    },

    async unlock(password: string): Promise<void> {
      const { actor } = signedIn()
      await guarded(actor.login, () => checkPassword(address(), actor.login, password), 'wrongPassword')
      const here = signedIn()
      here.locked = false
      await recordLock(here, false, false)
    },

    /** What the page says of this desk goes with the next heartbeat. */
    tellDesk(news: DeskNews): void {
      current?.beat?.tell(news)
    },

    /**
     * Runs `work` under the login of somebody else who types it at this desk, on a connection of its own that ends with it; whoever is signed in here stays so.
     * Wrong ones are answered and delayed as at sign-in ('wrongLoginOrPassword', 'signInDelayed' {waitSeconds}).
     */
    async asAnother<T>(login: string, password: string, work: (db: Database) => Promise<T>): Promise<T> {
      const knex = await guarded(login, async () => {
        const opened = connect(address(), { user: login, password: staffPassword(password) }, { max: 1 })
        try {
          await opened.raw('select 1')
          return opened
        } catch (cause) {
          await opened.destroy()
          throw cause
        }
      })
      try {
        return await work(createDatabase(knex))
      } catch (cause) {
        const failure = toAppError(cause)
        // It is about the other login; the session of this desk must not end by it.
        if (failure.code === 'notSignedIn' || failure.reason === 'notActiveStaff') throw new AppError('forbidden', 'wrongLoginOrPassword')
        throw failure.code === 'internal' ? cause : failure
      } finally {
        await knex.destroy()
      }
    },

    async signOut(): Promise<void> {
      if (!current) return
      await leave()
      ended('signedOut')
    },

    noticeFailure(failure: AppError): void {
      if (!current || (failure.reason !== 'sessionEnded' && failure.reason !== 'notActiveStaff')) return
      void drop()
      ended('endedByAdministrator')
    },

    close: drop,
  }
}

export type Session = ReturnType<typeof createSession>

async function checkPassword(address: DatabaseAddress, login: string, password: string): Promise<void> {
  const knex = connect(address, { user: login, password: staffPassword(password) }, { max: 1 })
  try {
    await knex.raw('select 1')
  } finally {
    await knex.destroy()
  }
}
