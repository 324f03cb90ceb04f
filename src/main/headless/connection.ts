import type { DataFolder } from '../data-folder'
import { diagnose } from '../db/diagnose'
import { addressOfServer, readServer } from '../server-settings'
import { askPassword } from './password'
import type { Command } from './commands'

export const connectionCommands: Command[] = [
  {
    name: 'connection check',
    positionals: [],
    options: {},
    about: 'go the way to the server of the office step by step',
    help: `okno connection check
  For every host of settings.json: name, port, PostgreSQL, encryption, certificate; with OKNO_LOGIN and its password also sign-in, database, schema, writing, pooler and clock.
  Prints [{host, port, steps: [{step, outcome, reason, details}]}]. Exit 1 when no host passes; an embedded database prints [].`,
  },
]

/** Needs no database that works: that is what it is for. */
export async function checkConnection(folder: DataFolder, env: NodeJS.ProcessEnv): Promise<{ value: unknown; exitCode: number }> {
  const server = await readServer(folder)
  if (!server) return { value: [], exitCode: 0 }
  const login = env['OKNO_LOGIN']
  const checked = await diagnose(addressOfServer(server), login ? { user: login, password: await askPassword(`Password of ${login}`, env['OKNO_PASSWORD_FILE']) } : null)
  return { value: checked, exitCode: checked.some(({ steps }) => steps.every(({ outcome }) => outcome !== 'bad')) ? 0 : 1 }
}
