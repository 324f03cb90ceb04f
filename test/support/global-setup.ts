import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knex from 'knex'
import type { TestProject } from 'vitest/node'
import { openDataFolder } from '../../src/main/data-folder'
import { createDatabase } from '../../src/main/db/database'
import { migrate } from '../../src/main/db/migrate'
import { scramVerifier } from '../../src/main/session/scram'
import { createOffice } from '../../src/main/office'
import { clearGivenServer, givenServer } from './given-server'
import { startPostgres, type ServerAddress } from './postgres'
import { staff, template } from './staff'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of this run; each test file makes databases of its own on it. */
    postgres: ServerAddress
    /** What desks go through instead of straight to the server; null: nothing. */
    pooler: { host: string; port: number } | null
  }
}

/** One PostgreSQL for the whole run of the `main` tests, with a migrated office of a few dozen training subscribers to copy. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = givenServer()
  if (given) {
    await clearGivenServer(given.server)
    await prepareTemplate(given.server)
    project.provide('postgres', given.server)
    project.provide('pooler', given.pooler)
    return () => clearGivenServer(given.server)
  }
  const { host, port, user, password, stop } = await startPostgres()
  const server = { host, port, user, password }
  try {
    await prepareTemplate(server)
  } catch (cause) {
    await stop()
    throw cause
  }
  project.provide('postgres', server)
  project.provide('pooler', null)
  return stop
}

/** Makes the office that tests copy on a server. */
export async function prepareTemplate(server: ServerAddress): Promise<void> {
  const { user, password, ...address } = server
  const admin = knex({ client: 'pg', connection: { ...server, database: 'postgres' } })
  await admin.raw('create database ??', [template])
  await admin.destroy()

  const owner = knex({ client: 'pg', connection: { ...server, database: template } })
  const path = mkdtempSync(join(tmpdir(), 'okno-template-'))
  try {
    await migrate(owner, { appVersion: 'test' })
    const folder = await openDataFolder({ OKNO_DATA: path })
    await createOffice(
      { address: { ...address, database: template }, login: { user, password } },
      { folder },
      { training: true, name: 'Учебный центр обслуживания', admin: staff.admin, subscribers: 40 },
    )
    const db = createDatabase(owner)
    // Two windows, so that one operator can try to reach into the other's visit; their roles belong to the server and serve every copy.
    for (const [person, role] of [[staff.first, 'operator'], [staff.second, 'operator'], [staff.senior, 'supervisor']] as const) {
      await db.call('staff_create', { login: person.login, fullName: person.fullName, roles: [role], verifier: await scramVerifier(person.password), mustChangePassword: false })
    }
  } finally {
    // TEMPLATE needs the database idle.
    await owner.destroy()
    rmSync(path, { recursive: true, force: true })
  }
}
