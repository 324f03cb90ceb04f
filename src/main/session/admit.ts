import type { Knex } from 'knex'
import { AppError } from '@shared/errors'
import { connect, type DatabaseAddress, type Login } from '../db/connection'
import { createDatabase } from '../db/database'
import { toAppError } from '../ipc/to-app-error'
import { staffPassword } from './scram'

/** Somebody whom PostgreSQL has let in: a pool under their login. */
export interface Admitted {
  knex: Knex
  login: Login
  /** Has a second factor: the password that is typed opens the door only (0037-staff-and-offices.sql), `login` holds the session's own. */
  hasDoor: boolean
  /** Recovery codes left, when one was just used. */
  recoveryLeft: number | null
}

export interface Proof {
  login: string
  password: string
  code?: string | undefined
}

const doorOf = (login: string) => `okno_door_${login}`

/**
 * Connects with what a person has typed. Without a second factor the password is the login's own: one connection. Otherwise PostgreSQL refuses it, and it may open the door, where the code is asked.
 * Throws as pg does for a wrong password, AppError forbidden 'codeNeeded', 'wrongCode', 'codeUsed', 'codeDelayed' {waitSeconds}.
 */
export async function admit(address: DatabaseAddress, { login, password, code }: Proof, { desk, max }: { desk: string; max?: number }): Promise<Admitted> {
  const typed = { user: login, password: staffPassword(password) }
  try {
    return { knex: await reach(address, typed, max), login: typed, hasDoor: false, recoveryLeft: null }
  } catch (cause) {
    if (!isRefused(cause)) throw cause
  }
  const { secret, recoveryLeft } = await throughDoor(address, typed, code, desk)
  const behind = { user: login, password: secret }
  return { knex: await reach(address, behind, max), login: behind, hasDoor: true, recoveryLeft }
}

/** A pool whose first connection stands; what refused it is thrown. */
export async function reach(address: DatabaseAddress, login: Login, max?: number): Promise<Knex> {
  const knex = connect(address, login, max === undefined ? {} : { max })
  try {
    await knex.raw('select 1')
    return knex
  } catch (cause) {
    await knex.destroy()
    throw cause
  }
}

/** Whether the password is the person's: throws as pg does when it is not. */
export async function checkPassword(address: DatabaseAddress, login: string, password: string, hasDoor: boolean): Promise<void> {
  const knex = await reach(address, { user: hasDoor ? doorOf(login) : login, password: staffPassword(password) }, 1)
  await knex.destroy()
}

async function throughDoor(address: DatabaseAddress, { user, password }: Login, code: string | undefined, desk: string): Promise<{ secret: string; recoveryLeft: number | null }> {
  const knex = await reach(address, { user: doorOf(user), password }, 1)
  try {
    const answer = await createDatabase(knex).call<DoorAnswer>('door_open', { code, desk })
    if (answer.secret !== undefined) return { secret: answer.secret, recoveryLeft: answer.recoveryLeft ?? null }
    throw new AppError('forbidden', answer.codeNeeded ? 'codeNeeded' : (answer.reason ?? 'wrongCode'), answer.waitSeconds === undefined ? undefined : { waitSeconds: answer.waitSeconds })
  } finally {
    await knex.destroy()
  }
}

/** As `door_open` answers. */
interface DoorAnswer {
  secret?: string
  recoveryLeft?: number | null
  codeNeeded?: boolean
  reason?: string
  waitSeconds?: number
}

function isRefused(cause: unknown): boolean {
  return toAppError(cause).reason === 'sessionEnded'
}
