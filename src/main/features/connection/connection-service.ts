import type { DatabaseState } from '@shared/contract/session'
import type { HostCheck, ServerConnection } from '@shared/contract/connection'
import { AppError } from '@shared/errors'
import type { OpenContext, Service } from '../../ipc/context'

/** What this computer's settings say, and what may be done about it. Main gives it: a feature reaches neither files nor sockets. */
export interface ConnectionHost {
  /** Null: the database is embedded. Throws as the data folder does. */
  read(): Promise<ServerConnection | null>
  write(server: ServerConnection): Promise<void>
  /** Whether IT's file leaves the choice of a server to administrators alone. */
  isLocked(): Promise<boolean>
  /** See db/diagnose.ts. */
  check(server: ServerConnection, login: { login: string; password: string } | null): Promise<HostCheck[]>
  /** Leaves the office and opens the one the settings name now. Null where nobody could: a command. */
  reopen: (() => Promise<void>) | null
  databaseState(): DatabaseState
}

/** Where the office's server is, the way to it step by step, and another server for this computer. */
export function connectionService({ read, write, isLocked, check, reopen, databaseState }: ConnectionHost): Service<'connection'> {
  const isWayBad = (hosts: HostCheck[]) => hosts.every(({ steps }) => steps.some(({ outcome }) => outcome === 'bad'))

  /**
   * An administrator's; and anybody's while no database can say who is one: it does not open, or no host is reached. Somebody who signs in elsewhere gains nothing by it: a password is
   * proved to a server, never told to it, and the page names no server for others to be asked about. Where IT has locked the settings, nobody unknown does.
   */
  async function mayChange({ actor }: OpenContext, server: ServerConnection | null): Promise<boolean> {
    if (reopen === null) return false
    if (actor) return !actor.mustChangePassword && actor.roles.includes('admin')
    if (await isLocked()) return false
    if (databaseState().state === 'unavailable') return true
    return server !== null && isWayBad(await check(server, null))
  }

  async function demand(context: OpenContext): Promise<void> {
    if (!(await mayChange(context, await read()))) throw new AppError('forbidden', 'connectionLocked')
  }

  return {
    async settings(_input, context) {
      const server = await read()
      return { kind: server ? 'server' : 'embedded', server, mayChange: await mayChange(context, server) }
    },

    async check({ server: given, login }, context) {
      if (given) await demand(context)
      const server = given ?? (await read())
      return server ? check(server, login) : []
    },

    async save({ server }, context) {
      await demand(context)
      await write(server)
      await reopen?.()
      return {}
    },
  }
}
