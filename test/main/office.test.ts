import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import knex, { type Knex } from 'knex'
import pg from 'pg'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { openDataFolder, type DataFolder } from '../../src/main/data-folder'
import { startEmbeddedServer } from '../../src/main/db/embedded-server'
import { collectMigrations, migrate, schemaVersion } from '../../src/main/db/migrate'
import { silentLog } from '../../src/main/log'
import { createOffice, createTrainingOffice, officeExists, openOffice, type Owner } from '../../src/main/office'
import { cast } from '../../src/main/training'
import { startPostgres, type TestPostgres } from '../support/postgres'

/** A server of its own: staff are roles, which databases of one server share. */
let server: TestPostgres
let base: string
let folder: DataFolder
let owner: Owner
let db: Knex
let databases = 0

beforeAll(async () => {
  server = await startPostgres()
})
afterAll(() => server.stop())

beforeEach(async () => {
  base = mkdtempSync(join(tmpdir(), 'okno-office-'))
  folder = await openDataFolder({ OKNO_DATA: base })
  const { host, port, user, password } = server
  const database = `office_${++databases}`
  const admin = new pg.Client({ host, port, user, password, database: 'postgres' })
  await admin.connect()
  await admin.query(`create database ${database}`)
  await admin.end()
  owner = { address: { host, port, database }, login: { user, password } }
  db = knex({ client: 'pg', connection: { ...owner.address, user, password }, pool: { min: 0, max: 2 } })
  await migrate(db, { appVersion: 'test' })
})
afterEach(async () => {
  const logins: { login: string }[] = (await db.raw('select login from staff')).rows
  for (const { login } of logins) await db.raw(`drop owned by "${login}"; drop role "${login}"`)
  await db.destroy()
  rmSync(base, { recursive: true, force: true })
})

const admin = { login: 'it.admin', password: 'a-password-of-it', fullName: 'Администратор' }
const empty = { training: false, name: 'Офис на Ленина', admin }
const training = { training: true, name: 'Учебный центр', admin, subscribers: 30 }
const count = async (table: string) => Number((await db(table).count('* as n'))[0]!['n'])

async function signIn(login: string, password: string): Promise<{ roles: string[]; mustChangePassword: boolean }> {
  const client = new pg.Client({ ...owner.address, user: login, password })
  await client.connect()
  try {
    return (await client.query(`select session_start('test') as staff`)).rows[0].staff
  } finally {
    await client.end()
  }
}

describe('an empty office', () => {
  test('has its administrator, the ready providers and nobody else', async () => {
    expect(await officeExists(owner)).toBe(false)
    await createOffice(owner, { folder }, empty)
    expect(await officeExists(owner)).toBe(true)
    expect(await signIn(admin.login, admin.password)).toMatchObject({ roles: ['admin'], mustChangePassword: false })
    expect(await Promise.all(['office', 'provider', 'staff', 'subscriber', 'account'].map(count))).toEqual([1, 6, 1, 0, 0])
    expect(await db('office').select('name', 'is_training')).toEqual([{ name: 'Офис на Ленина', is_training: false }])
    expect(readdirSync(folder.secrets)).toEqual([])
  })

  test('is made once, also by two programs at the same moment', async () => {
    const results = await Promise.allSettled([createOffice(owner, { folder }, empty), createOffice(owner, { folder }, { ...empty, admin: { ...admin, login: 'other.admin' } })])
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(results.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'conflict', reason: 'officeExists' } })
    await expect(createOffice(owner, { folder }, empty)).rejects.toMatchObject({ reason: 'officeExists' })
    expect(await count('staff')).toBe(1)
  })

  test.each([
    ['Админ', 'invalidInput', 'loginForm'],
    ['Big.Boss', 'invalidInput', 'loginForm'],
    ['postgres', 'conflict', 'loginTaken'],
  ])('a login that cannot be (%s) is told before anything is made', async (login, code, reason) => {
    const steps: string[] = []
    await expect(createOffice(owner, { folder, onStep: (step) => steps.push(step) }, { ...training, admin: { ...admin, login } })).rejects.toMatchObject({ code, reason })
    expect(steps).toEqual([])
    expect(await count('provider')).toBe(0)
  })

  test('an administrator with the login of a training operator is refused before the long part', async () => {
    const steps: string[] = []
    await expect(createTrainingOffice(owner, { folder, onStep: (step) => steps.push(step) }, { login: 'operator', password: admin.password }, 10)).rejects.toMatchObject({ reason: 'loginTaken' })
    expect(steps).toEqual([])
  })
})

describe('a training office', () => {
  test('has its subscribers, their bills and its staff, whose passwords lie in one private file', async () => {
    await createOffice(owner, { folder }, training)
    const members = Object.keys(cast).length
    expect(await count('subscriber')).toBe(30)
    expect(await count('account')).toBeGreaterThan(30)
    expect(Number((await db('subscriber').whereIn('external_id', Object.values(cast).map(({ subscriberId }) => subscriberId)).count('* as n'))[0]!['n'])).toBe(members)
    for (const table of ['meter', 'meter_reading', 'charge', 'payment', 'portal_user', 'portal_account_link', 'esia_link']) expect(await count(table), table).toBeGreaterThan(0)
    const { rows: unbalanced } = await db.raw('select * from charge where closing <> opening + accrued + accrued_common + recalculated - benefit + penalty - paid')
    expect(unbalanced).toEqual([])
    expect(await db('office').select('is_training')).toEqual([{ is_training: true }])

    const secret = join(folder.secrets, 'training-staff')
    expect(statSync(secret).mode & 0o777).toBe(0o600)
    const staff: { login: string; password: string; roles: string[] }[] = JSON.parse(readFileSync(secret, 'utf8'))
    expect(staff.map(({ login, roles }) => [login, ...roles])).toEqual([['operator', 'operator'], ['supervisor', 'supervisor'], ['it.admin', 'admin']])
    for (const { login, password, roles } of staff) expect(await signIn(login, password)).toMatchObject({ roles })
    expect(new Set(staff.map(({ password }) => password)).size).toBe(3)

    // Nowhere else: not in the database, not beside the secret.
    for (const { password } of staff) {
      for (const file of filesBelow(base).filter((file) => file !== secret)) expect(readFileSync(file).includes(password), file).toBe(false)
      const { rows } = await db.raw('select s::text as line from staff s union all select o::text from office o union all select e::text from audit_event e')
      expect(rows.some(({ line }: { line: string }) => line.includes(password))).toBe(false)
    }
    expect(readdirSync(base).filter((name) => name.startsWith('training-'))).toEqual([])
  })

  test.each(['loadingTraining accounts', 'loadingTraining charges', 'loadingTraining payments'])('killed at «%s» is not an office yet, and the next start completes it', async (fatal) => {
    const kill = (step: string) => {
      if (step === fatal) throw new Error('killed')
    }
    await expect(createOffice(owner, { folder, onStep: kill }, { ...training, subscribers: 16 })).rejects.toThrow('killed')
    expect(await officeExists(owner)).toBe(false)
    await createOffice(owner, { folder }, { ...training, subscribers: 16 })
    expect(await officeExists(owner)).toBe(true)
    expect(await count('subscriber')).toBe(16)
    const { rows } = await db.raw('select count(*)::int as n, count(distinct (provider_id, payment_id))::int as different from payment')
    expect(rows[0].n).toBe(rows[0].different)
    expect(await count('office')).toBe(1)
    expect(await count('portal_user')).toBeGreaterThan(5)
    const operator = JSON.parse(readFileSync(join(folder.secrets, 'training-staff'), 'utf8'))[0]
    expect(await signIn(operator.login, operator.password)).toMatchObject({ roles: ['operator'] })
  })

  test('two programs that make it at the same moment leave passwords that open it', async () => {
    const results = await Promise.allSettled([1, 2].map(() => createOffice(owner, { folder }, { ...training, subscribers: 16 })))
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    for (const { login, password } of JSON.parse(readFileSync(join(folder.secrets, 'training-staff'), 'utf8'))) await signIn(login, password)
  })
})

describe('the database of this computer', () => {
  const migrations = collectMigrations(import.meta.glob<string>('../../src/main/db/migrations/*.sql', { eager: true, query: '?raw', import: 'default' }))

  test('is made at the first start, and its office opens again after the program has ended', async () => {
    const first = await openOffice({ folder, log: silentLog, appVersion: 'test' })
    expect(first.migrated).toEqual({ from: 0, to: schemaVersion })
    await createTrainingOffice(first.owner!, { folder }, undefined, 16)
    await first.close()

    const steps: string[] = []
    const second = await openOffice({ folder, log: silentLog, appVersion: 'test', onStep: (step) => steps.push(step) })
    try {
      expect(second.migrated).toEqual({ from: schemaVersion, to: schemaVersion })
      expect(steps).toEqual(['startingDatabase'])
      expect(await officeExists(second.owner!)).toBe(true)
      const staff = (await second.training())!
      expect(staff.map(({ roles }) => roles[0]).sort()).toEqual(['admin', 'operator', 'supervisor'])
      const client = new pg.Client({ ...second.address(), user: staff[0]!.login, password: staff[0]!.password })
      await client.connect()
      await client.end()
      // The sender of letters may claim them and nothing else.
      const sender = new pg.Client({ ...second.address(), ...second.outboxLogin! })
      await sender.connect()
      await sender.query(`select outbox_claim('{email}', '{}', 1)`)
      await expect(sender.query('select * from subscriber')).rejects.toMatchObject({ code: '42501' })
      await sender.end()
      expect(readdirSync(base)).not.toContain('backups')
    } finally {
      await second.close()
    }
  }, 60_000)

  test('of an older version is copied and then migrated', async () => {
    const old = await startEmbeddedServer({ folder: base, log: silentLog })
    const before = knex({ client: 'pg', connection: { host: old.host, port: old.port, database: old.database, ...old.owner } })
    await migrate(before, { appVersion: 'old', migrations: migrations.slice(0, -1) })
    await before.destroy()
    await old.stop()

    const steps: string[] = []
    const office = await openOffice({ folder, log: silentLog, appVersion: 'test', onStep: (step) => steps.push(step) })
    await office.close()
    expect(office.migrated).toEqual({ from: schemaVersion - 1, to: schemaVersion })
    expect(steps).toContain('copyingDatabase')
    expect(steps.at(-1)).toBe('migrating 1/1')
    expect(readdirSync(join(base, 'backups')).some((name) => name.includes(`before-schema-${String(schemaVersion).padStart(4, '0')}`))).toBe(true)
  }, 60_000)

  test('opened by two programs at the same moment has one sender of letters, whose password works for both', async () => {
    const offices = await Promise.all([1, 2].map(() => openOffice({ folder, log: silentLog, appVersion: 'test' })))
    try {
      expect(offices[0]!.outboxLogin).toEqual(offices[1]!.outboxLogin)
      for (const office of offices) {
        const sender = new pg.Client({ ...office.address(), ...office.outboxLogin! })
        await sender.connect()
        await sender.end()
      }
    } finally {
      for (const office of offices) await office.close()
    }
  }, 60_000)
})

function filesBelow(path: string): string[] {
  return readdirSync(path, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? filesBelow(join(path, entry.name)) : [join(path, entry.name)]))
}
