import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestOffice } from '../../support/test-app'

/** A portal of a provider, as its team would write it: a login of the database and the functions of docs/portal.md. */
export interface Portal {
  login: string
  client: pg.Client
  call<T = unknown>(name: string, ...args: unknown[]): Promise<T>
  close(): Promise<void>
}

/** The administrator adds a login for the provider's portal, which then connects. */
export async function openPortal(office: TestOffice, provider: string): Promise<Portal> {
  const admin = await office.desk('admin')
  // Roles belong to the server of the test run.
  const login = `lk_${provider.replaceAll('-', '_')}_${randomBytes(4).toString('hex')}`
  const password = randomBytes(12).toString('hex')
  await admin.api.settings.addPortalLogin({ provider, login, password })
  const client = await connect(office, login, password)
  return {
    login,
    client,
    async call<T>(name: string, ...args: unknown[]) {
      const places = args.map((_, index) => `$${index + 1}`).join(', ')
      const { rows } = await client.query<{ answer: T }>(`select ${name}(${places}) as answer`, args)
      return rows[0]!.answer
    },
    async close() {
      await client.end()
      await admin.api.settings.removePortalLogin({ login })
    },
  }
}

export async function connect(office: TestOffice, user: string, password: string): Promise<pg.Client> {
  const client = new pg.Client({ ...office.deskAddress, user, password })
  await client.connect()
  // A login that is taken away ends its connections.
  client.on('error', () => undefined)
  return client
}

export interface Credential {
  userId: number | null
  access: 'open' | 'blocked' | 'ended' | null
  hash: string | null
  expired: boolean | null
  mustChange: boolean | null
  lockedUntil: string | null
}

export interface PortalUser {
  userId: number
  login: string
  access: string
  fullVersion: boolean
  password: { mustChange: boolean; chosenBy: 'office' | 'subscriber'; expiresAt: string | null } | null
  accounts: { accountId: number; number: string; status: string }[]
  esiaLinks: { linkId: number; accountId: number; maskedName: string }[]
  pin: { state: string } | null
}

export interface EventPage {
  events: { kind: string; userId: number; accountId: number | null; at: string }[]
  cursor: string
}
