import { randomBytes } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { afterEach, beforeEach, expect, inject, test } from 'vitest'
import { connect } from '../../../src/main/db/connection'
import { assertSchemaIsCurrent, collectMigrations, migrate, pendingMigrations, schemaVersion } from '../../../src/main/db/migrate'

const first = { version: 1, name: 'meters', up: "create table meter (serial text); insert into meter values ('есть ли? да')" }
const second = { version: 2, name: 'places', up: `alter table meter add place text default '?'; create index on meter ((serial ~ '^\\?'))` }
const broken = { version: 2, name: 'places', up: "insert into meter values ('половина'); select 1/0" }
const appVersion = '1.0.0'

let admin: Knex
let knex: Knex
let name: string

beforeEach(async () => {
  const { host, port, user, password } = inject('postgres')
  name = `migrate_${randomBytes(4).toString('hex')}`
  admin = connect({ host, port, database: 'postgres' }, { user, password })
  await admin.raw('create database ??', [name])
  knex = connect({ host, port, database: name }, { user, password })
})
afterEach(async () => {
  await knex.destroy()
  await admin.raw('drop database ?? with (force)', [name])
  await admin.destroy()
})

test('a new database gets every migration, told one by one, and the next start finds nothing to do', async () => {
  const steps: string[] = []
  const onProgress = ({ step, total, name }: { step: number; total: number; name: string }) => steps.push(`${step}/${total} ${name}`)
  expect(await migrate(knex, { appVersion, migrations: [first, second], onProgress })).toEqual({ from: 0, to: 2 })
  expect(await migrate(knex, { appVersion, migrations: [first, second], onProgress })).toEqual({ from: 2, to: 2 })
  expect(steps).toEqual(['1/2 meters', '2/2 places'])
  expect(await knex('meter')).toEqual([{ serial: 'есть ли? да', place: '?' }])
  expect(await knex('schema_migration').select('version', 'name', 'app_version').orderBy('version')).toEqual([
    { version: 1, name: 'meters', app_version: '1.0.0' },
    { version: 2, name: 'places', app_version: '1.0.0' },
  ])
  await assertSchemaIsCurrent(knex, [first, second])
})

test('a migration that breaks leaves nothing of itself, and the corrected one goes on from there', async () => {
  await expect(migrate(knex, { appVersion, migrations: [first, broken] })).rejects.toMatchObject({ code: '22012', migration: '0002-places' })
  expect(await knex('meter').count('* as n')).toEqual([{ n: 1 }])
  expect(await pendingMigrations(knex, [first, second])).toEqual({ databaseVersion: 1, pending: [second] })
  expect(await migrate(knex, { appVersion, migrations: [first, second] })).toEqual({ from: 1, to: 2 })
})

test('two processes that migrate at once apply each migration once', async () => {
  const list = [first, second]
  const results = await Promise.all([migrate(knex, { appVersion, migrations: list }), migrate(knex, { appVersion, migrations: list })])
  expect(results.map(({ to }) => to)).toEqual([2, 2])
  expect(await knex('schema_migration').count('* as n')).toEqual([{ n: 2 }])
})

test('a desk refuses a database of another version in words', async () => {
  await expect(assertSchemaIsCurrent(knex, [first])).rejects.toMatchObject({ code: 'schemaMismatch', reason: 'databaseIsOlder', details: { database: 0, app: 1 } })
  await migrate(knex, { appVersion, migrations: [first, second] })
  await expect(assertSchemaIsCurrent(knex, [first])).rejects.toMatchObject({ code: 'schemaMismatch', reason: 'appIsOlder', details: { database: 2, app: 1 } })
  await expect(migrate(knex, { appVersion, migrations: [first] })).rejects.toMatchObject({ reason: 'appIsOlder' })
})

test('a migration that was changed after it was applied is named', async () => {
  await migrate(knex, { appVersion, migrations: [first] })
  const changed = { ...first, up: 'create table meter (serial int)' }
  await expect(migrate(knex, { appVersion, migrations: [changed, second] })).rejects.toMatchObject({ code: 'schemaMismatch', reason: 'migrationChanged', details: { version: 1, name: 'meters' } })
  await expect(assertSchemaIsCurrent(knex, [changed])).rejects.toMatchObject({ reason: 'migrationChanged' })
})

test('a login without any right can still tell whether its version fits', async () => {
  await migrate(knex, { appVersion, migrations: [first] })
  const login = { user: `desk_${name}`, password: 'desk' }
  await knex.raw(`create role ${login.user} login password 'desk'`)
  const { host, port } = inject('postgres')
  const desk = connect({ host, port, database: name }, login)
  try {
    await assertSchemaIsCurrent(desk, [first])
    await expect(desk('schema_migration').del()).rejects.toMatchObject({ code: '42501' })
  } finally {
    await desk.destroy()
    await knex.raw(`drop role ${login.user}`)
  }
})

test('a migration that slipped in below the version of the database is named instead of being run late', async () => {
  await migrate(knex, { appVersion, migrations: [{ ...first, version: 3 }] })
  await expect(migrate(knex, { appVersion, migrations: [second, { ...first, version: 3 }] })).rejects.toMatchObject({ reason: 'migrationChanged', details: { version: 2 } })
})

test('files are taken by number and have the same checksum on every system', () => {
  expect(collectMigrations({ './migrations/0002-b.sql': 'b', './migrations/0001-a.sql': 'a\r\nb' })).toEqual([
    { version: 1, name: 'a', up: 'a\nb' },
    { version: 2, name: 'b', up: 'b' },
  ])
  expect(() => collectMigrations({ './migrations/0001-a.sql': '', './migrations/0001-b.sql': '' })).toThrow('two migrations have number 1')
  expect(() => collectMigrations({ './migrations/first.sql': '' })).toThrow('NNNN-name')
})

test('the migrations of this build are numbered without a gap', () => {
  const numbers = readdirSync(join(import.meta.dirname, '../../../src/main/db/migrations')).sort().map((name) => Number(name.slice(0, 4)))
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
  expect(schemaVersion).toBe(numbers.at(-1) ?? 0)
})
