import { z } from 'zod'
import { command, query } from './call'
import { nothing } from './values'

const port = z.int().min(1).max(65535)
const host = z.string().trim().regex(/^[A-Za-z0-9.:_-]{1,253}$/)
export const serverHost = z.object({ host, port: port.default(5432) })

/** The office's server as this computer reaches it. `certificates`: the text of a PEM file of authorities, null for those the system knows. */
export const serverConnection = z.object({
  hosts: z.array(serverHost).min(1).max(5),
  database: z.string().trim().min(1).max(63),
  tls: z.enum(['verify-full', 'off']),
  certificates: z.string().max(200_000).nullable(),
})
export type ServerConnection = z.infer<typeof serverConnection>

/** What is looked at, in this order; a step that is bad ends the way to that host. */
export const checkSteps = ['name', 'port', 'server', 'encryption', 'certificate', 'login', 'database', 'schema', 'primary', 'pooler', 'clock'] as const

export const connectionStep = z.object({
  step: z.enum(checkSteps),
  outcome: z.enum(['good', 'warning', 'bad', 'skipped']),
  /** A code; null where there is nothing to say. */
  reason: z.string().nullable(),
  /** Numbers and names for the words: seconds, version, days, address. Never a password. */
  details: z.record(z.string(), z.union([z.string(), z.number()])),
})
export type ConnectionStep = z.infer<typeof connectionStep>

export const hostCheck = z.object({ host: z.string(), port: z.int(), steps: z.array(connectionStep) })
export type HostCheck = z.infer<typeof hostCheck>

export const connectionContract = {
  /** Where the database of this computer is. `mayChange`: an administrator, or anybody while there is no database that could say who is one. */
  settings: query({
    access: 'everyone',
    input: nothing,
    output: z.object({ kind: z.enum(['embedded', 'server']), server: serverConnection.nullable(), mayChange: z.boolean() }),
  }),
  /**
   * Goes the way to every host step by step. `server` null: as set. Another one only for those who may change it: the page must not search the network. With a login the last steps are
   * taken, too; without, they are skipped. Changes nothing.
   */
  check: query({
    access: 'everyone',
    input: z.object({ server: serverConnection.nullable(), login: z.object({ login: z.string().trim().min(1).max(63), password: z.string().min(1).max(256) }).nullable() }),
    output: z.array(hostCheck),
  }),
  /** For this computer, in force at once: whoever is signed in is signed out. Fails with connectionLocked, importRunning. */
  save: command({ access: 'everyone', input: z.object({ server: serverConnection }), output: nothing }),
}
