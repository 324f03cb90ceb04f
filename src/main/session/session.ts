import { randomUUID } from 'node:crypto'
import type { Knex } from 'knex'
import { signedIn as signedInSchema, staffMember, type SignedIn, type StaffMember } from '@shared/contract/session'
import { AppError } from '@shared/errors'
import type { Events } from '@shared/events'
import { connect, type DatabaseAddress, type Login } from '../db/connection'
import { createDatabase, type Database } from '../db/database'
import { toAppError } from '../ipc/to-app-error'
import { admit, checkPassword, reach, type Admitted, type Proof } from './admit'
import { startDeskBeat, tellLocked, type DeskBeat, type DeskBeatOptions, type DeskNews } from './desk-beat'
import { startLive, type Live, type LiveOptions } from './live'
import { scramVerifier } from './scram'
import { signInAttempts } from './sign-in-attempts'

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
  /** Where wrong passwords at this desk are kept until the database hears of them. */
  attemptsFile?: string
  now?: () => number
}

/** A server that repeats the office's own; `maxLagSeconds`: how far behind it may be. */
export interface ReportServer {
  address: DatabaseAddress
  maxLagSeconds: number
}

interface Current {
  /** Of this sign-in, in the database's list of sessions. */
  sessionId: string
  login: Login
  hasDoor: boolean
  knex: Knex
  db: Database
  actor: StaffMember
  locked: boolean
  live: Live | null
  beat: DeskBeat | null
  /** Opened by the first report. */
  reports: { knex: Knex; db: Database } | null
}

/** For so long a sign-in that met a session elsewhere may be repeated without another code: a code is good once. */
const takingOverMs = 2 * 60_000

/** Who is signed in on this desk: one member of staff, and a pool of connections under their own login. */
export function createSession({ address, reports, checkSchema, appVersion, desk, ended, signedIn: seeTo, leaving, live, beat, versionTooOld, attemptsFile, now = Date.now }: SessionOptions) {
  let current: Current | null = null
  let takingOver: { login: string; password: string; behind: Login; until: number } | null = null
  const attempts = signInAttempts({ now, file: attemptsFile ?? null })

  /** Tries a password by connecting with it; the database is the one that knows. */
  async function open(proof: Proof, endOther: boolean): Promise<{ opened: Current; told: SignedIn }> {
    const before = takingOver
    takingOver = null
    const repeated = endOther && before?.login === proof.login && before.password === proof.password && before.until > now()
    const admitted: Admitted = repeated
      ? { knex: await reach(address(), before.behind), login: before.behind, hasDoor: true, recoveryLeft: null }
      : await admit(address(), proof, { desk })
    try {
      return await begin(admitted, { endOther })
    } catch (cause) {
      const { reason, details } = toAppError(cause)
      if (reason === 'versionTooOld') await versionTooOld?.(details)
      if (admitted.hasDoor && reason === 'signedInElsewhere') takingOver = { login: proof.login, password: proof.password, behind: admitted.login, until: now() + takingOverMs }
      throw cause
    }
  }

  async function begin({ knex, login, hasDoor, recoveryLeft }: Admitted, { endOther = false, replaces }: { endOther?: boolean; replaces?: string } = {}): Promise<{ opened: Current; told: SignedIn }> {
    try {
      const db = createDatabase(knex)
      await checkSchema(knex)
      const sessionId = randomUUID()
      const untold = attempts.untold()
      const { signIn, ...actor } = await startedBy(db, { appVersion, desk, sessionId, endOther, ...(replaces && { replaces }), ...(untold.length > 0 ? { failures: JSON.stringify(untold) } : {}) })
      await attempts.told(untold)
      const opened: Current = { sessionId, login, hasDoor, knex, db, actor, locked: false, reports: null, live: null, beat: null }
      opened.beat = tellOf(opened)
      opened.live = follow(opened)
      return { opened, told: { ...actor, signIn: { ...signIn, recoveryLeft } } }
    } catch (cause) {
      await knex.destroy()
      throw cause
    }
  }

  const mayWork = ({ mustChangePassword, factor }: StaffMember) => !mustChangePassword && factor !== 'due'

  function follow({ db, actor, login, beat: own }: Current): Live | null {
    if (!live || !mayWork(actor)) return null
    const officeChanged: LiveOptions['officeChanged'] = (change) => {
      // Perhaps it was this one that another desk has ended; the database says.
      if (change.kind === 'desk.takenOver') own?.now()
      live.officeChanged(change)
    }
    return startLive({ ...live, officeChanged, address, login, staffId: actor.id, officeId: actor.office.id, probe: (token) => db.call('live_probe', { token }) })
  }

  function tellOf({ db, actor, sessionId }: Current): DeskBeat | null {
    return beat && mayWork(actor) ? startDeskBeat({ ...beat, db, desk, appVersion, sessionId, ended: (how) => endedElsewhere(sessionId, how) }) : null
  }

  /** Another desk, or an administrator, has ended this session: at once, whatever the page is doing. What is typed and not saved goes with it, as with every end of a session. */
  function endedElsewhere(sessionId: string, how: 'takenOver' | 'endedByAdministrator'): void {
    if (current?.sessionId !== sessionId) return
    void drop()
    ended(how)
  }

  async function guarded<T>(login: string, attempt: () => Promise<T>, refusal = 'wrongLoginOrPassword'): Promise<T> {
    const turn = await attempts.turn(login)
    try {
      const result = await attempt()
      await attempts.succeeded(login)
      return result
    } catch (cause) {
      const failure = toAppError(cause)
      // One message for a wrong login, a wrong password and a login that is no longer staff.
      const refused = failure.reason === 'sessionEnded' || failure.reason === 'notActiveStaff' || failure.reason === 'rightMissing'
      if (!refused) throw cause
      throw new AppError('forbidden', refusal, { waitSeconds: await attempts.failed(login) })
    } finally {
      turn.end()
    }
  }

  /** The end of a session stands in the audit, also when the next person simply signs in over it. */
  async function leave(): Promise<void> {
    // A lost database must not keep anybody signed in.
    await current?.db.call('session_end', { sessionId: current.sessionId }).catch(() => undefined)
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

  /** The same person, reached anew: the password of the connections has changed. */
  async function goOn(admitted: Admitted): Promise<StaffMember> {
    const { opened } = await begin(admitted, current ? { replaces: current.sessionId } : {})
    await drop()
    current = opened
    return opened.actor
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

    async signIn({ endOther, ...proof }: Proof & { endOther: boolean }): Promise<SignedIn> {
      const { opened, told } = await guarded(proof.login, () => open(proof, endOther))
      await leave()
      await seeTo?.(opened.db)
      current = opened
      return told
    },

    async changePassword(presentPassword: string, next: string): Promise<StaffMember> {
      const { actor, db, hasDoor, login } = signedIn()
      if (presentPassword === next) throw new AppError('invalidInput', 'passwordNotNew')
      if (next.toLowerCase().includes(actor.login)) throw new AppError('invalidInput', 'passwordHoldsLogin')
      await guarded(actor.login, () => checkPassword(address(), actor.login, presentPassword, hasDoor), 'wrongCurrentPassword')
      await db.call('staff_change_own_password', { verifier: await scramVerifier(next) })
      return goOn(hasDoor ? { knex: await reach(address(), login), login, hasDoor, recoveryLeft: null } : await admit(address(), { login: actor.login, password: next }, { desk }))
    },

    /** The authenticator has the key: from now on the typed password opens the door only. */
    async enrolFactor(code: string): Promise<{ staff: StaffMember; recoveryCodes: string[] }> {
      const { actor, db } = signedIn()
      const { secret, recoveryCodes } = await db.call<{ secret: string; recoveryCodes: string[] }>('factor_enrol', { code })
      const login = { user: actor.login, password: secret }
      return { staff: await goOn({ knex: await reach(address(), login), login, hasDoor: true, recoveryLeft: null }), recoveryCodes }
    },

    async removeFactor(password: string, code: string): Promise<StaffMember> {
      const { actor, db, hasDoor } = signedIn()
      await guarded(actor.login, () => checkPassword(address(), actor.login, password, hasDoor), 'wrongCurrentPassword')
      codeAccepted(await db.call('factor_remove', { code, desk }))
      return goOn(await admit(address(), { login: actor.login, password }, { desk }))
    },

    async renewRecoveryCodes(code: string): Promise<{ recoveryCodes: string[] }> {
      const answer = await signedIn().db.call<CodeAnswer & { recoveryCodes?: string[] }>('factor_renew_codes', { code, desk })
      codeAccepted({ ...answer, ok: answer.recoveryCodes !== undefined })
      return { recoveryCodes: answer.recoveryCodes ?? [] }
    },

    /** At once; then it is recorded. `idle`: nobody touched the desk. */
    async lock(idle = false): Promise<void> {
      const here = signedIn()
      here.locked = true
      await recordLock(here, true, idle)
    },

    async unlock(password: string): Promise<void> {
      const { actor, hasDoor } = signedIn()
      await guarded(actor.login, () => checkPassword(address(), actor.login, password, hasDoor), 'wrongPassword')
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
     * Wrong ones are answered and delayed as at sign-in ('wrongLoginOrPassword', 'signInDelayed' {waitSeconds}, 'codeNeeded' and what `admit` says of codes).
     */
    async asAnother<T>({ login, password, code }: Proof, work: (db: Database) => Promise<T>): Promise<T> {
      const { knex } = await guarded(login, () => admit(address(), { login, password, code }, { desk, max: 1 }))
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

    /** A password that is tried elsewhere at this desk counts with those typed at sign-in. Throws 'signInDelayed' {waitSeconds}. */
    async tryElsewhere<T>(login: string, attempt: () => Promise<T>, isRefused: (result: T) => boolean): Promise<T> {
      const turn = await attempts.turn(login)
      try {
        const result = await attempt()
        if (isRefused(result)) await attempts.failed(login)
        return result
      } finally {
        turn.end()
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

/** As the functions of the second factor answer: they count what was wrong, so they don't refuse. */
interface CodeAnswer {
  ok?: boolean
  reason?: string
  waitSeconds?: number
}

function codeAccepted({ ok, reason, waitSeconds }: CodeAnswer): void {
  if (!ok) throw new AppError('forbidden', reason ?? 'wrongCode', waitSeconds === undefined ? undefined : { waitSeconds })
}

const started = staffMember.extend({ signIn: signedInSchema.shape.signIn.omit({ recoveryLeft: true }) })

async function startedBy(db: Database, args: Record<string, unknown>) {
  return started.parse(await db.call('session_start', args))
}
