import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { clusterMajor, findOldBinaries, upgradeCluster } from '../../../src/main/backup/upgrade-cluster'
import { moveToServer } from '../../../src/main/backup/move-to-server'
import { startEmbeddedServer } from '../../../src/main/db/embedded-server'
import { connect } from '../../../src/main/db/connection'
import { migrate } from '../../../src/main/db/migrate'
import { findPostgresBinaries } from '../../../src/main/db/postgres-binaries'
import { createTrainingOffice, openOffice } from '../../../src/main/office'
import { AppError } from '../../../src/shared/errors'
import { adminPassword, embeddedOffice, emptyFolder, inOffice, publicRights, type EmbeddedOffice } from '../../support/embedded-office'
import { startPostgres, type TestPostgres } from '../../support/postgres'

const offices: EmbeddedOffice[] = []
let server: TestPostgres
beforeAll(async () => {
  server = await startPostgres()
}, 60_000)
afterAll(async () => {
  for (const { remove } of offices) remove()
  await server.stop()
})

const debian = findOldBinaries(15)
const refused = async (work: Promise<unknown>): Promise<string | undefined> => {
  const cause: unknown = await work.then(() => 'done', (error: unknown) => error)
  return cause instanceof AppError ? cause.reason : String(cause)
}
const rowsSql = `select (select count(*)::int from subscriber) as subscribers, (select count(*)::int from meter_reading) as readings, (select md5(string_agg(md5(a::text), '' order by a.chain, a.seq)) from audit_event a where action not in ('audit.verify', 'backups.move')) as audit,
  (select string_agg(rolname || rolpassword, ',' order by rolname) from pg_authid where not rolsuper and rolpassword is not null) as logins`

// Debian's PostgreSQL 15 stands for the server of an earlier Okno.
it.skipIf(debian === null)('the office of a cluster of PostgreSQL 15 is there under 18 at the next start: rows, sign-ins, sender; the old cluster stays', async () => {
  const office = await emptyFolder()
  offices.push(office)
  const old = await startEmbeddedServer({ folder: office.place.folder, log: office.log, binaries: debian! })
  const owner = { address: { host: old.host, port: old.port, database: old.database }, login: old.owner }
  const knex = connect(owner.address, owner.login)
  await migrate(knex, { appVersion: 'test' })
  await createTrainingOffice(owner, { folder: office.folder }, { login: 'admin', password: adminPassword }, 20)
  const before = (await knex.raw(rowsSql)).rows
  await knex.destroy()
  await old.stop()
  expect(await clusterMajor(office.place.folder)).toBe(15)

  await inOffice(office, async (source) => {
    expect(await source.sql(`${rowsSql.replace('and rolpassword is not null', "and rolpassword is not null and rolname <> 'okno_sender'")}`)).toEqual(before)
    expect(await source.sql("select current_setting('server_version_num')::int / 10000 as major")).toEqual([{ major: findPostgresBinaries().major }])
    const admin = new pg.Client({ ...source.address, user: 'admin', password: adminPassword })
    await admin.connect()
    expect((await admin.query("select session_start('test', 'desk') ->> 'login' as login")).rows).toEqual([{ login: 'admin' }])
    await admin.end()
  })
  expect(await clusterMajor(office.place.folder)).toBe(findPostgresBinaries().major)
  const kept = `postgres-15-${new Date().toISOString().slice(0, 10)}`
  expect(readFileSync(join(office.place.folder, kept, 'PG_VERSION'), 'latin1').trim()).toBe('15')
}, 240_000)

it('a cluster of a version whose programs are nowhere is told and left as it is', async () => {
  const { place, folder, log, remove } = await emptyFolder()
  await (await startEmbeddedServer({ folder: place.folder, log })).stop()
  writeFileSync(join(place.folder, 'postgres', 'PG_VERSION'), '13\n')
  expect(await refused(openOffice({ folder, log, appVersion: 'test' }))).toBe('clusterVersion')
  expect(await refused(upgradeCluster(place))).toBe('clusterVersion')
  expect(readFileSync(join(place.folder, 'postgres', 'PG_VERSION'), 'latin1')).toBe('13\n')
  remove()
}, 60_000)

it('one command moves the office to a server: counted, with its people, the settings switched, the old cluster kept', async () => {
  const office = await embeddedOffice()
  offices.push(office)
  const before = await inOffice(office, ({ sql }) => sql(rowsSql))
  const target = { host: server.host, port: server.port, database: 'okno' }
  const settings = { kind: 'server' as const, ...target, others: [], tls: 'off' as const }
  const owner = { user: server.user, password: server.password }

  await inOffice(office, async () => expect(await refused(moveToServer(office.place, office.folder, settings, target, owner))).toBe('otherProgramsUseTheDatabase'))
  const moved = await moveToServer(office.place, office.folder, settings, target, owner)
  expect(moved).toMatchObject({ auditProblems: 0, holds: { subscribers: before[0]!['subscribers'] } })
  expect(existsSync(join(office.place.folder, 'postgres'))).toBe(false)
  expect(existsSync(join(office.place.folder, moved.kept, 'PG_VERSION'))).toBe(true)

  const opened = await openOffice({ folder: office.folder, log: office.log, appVersion: 'test' })
  expect(opened.address()).toMatchObject(target)
  const there = new pg.Client({ ...target, ...owner })
  await there.connect()
  expect((await there.query(rowsSql)).rows).toEqual(before)
  expect((await there.query(publicRights)).rows).toEqual([{ connect: false, temporary: false }])
  await there.end()
  const admin = new pg.Client({ ...target, user: 'admin', password: adminPassword })
  await admin.connect()
  expect((await admin.query("select session_start('test', 'desk') ->> 'login' as login")).rows).toEqual([{ login: 'admin' }])
  await admin.end()
  // The sender goes on with the login it had.
  const sender = new pg.Client({ ...target, user: opened.outboxLogin!.user, password: opened.outboxLogin!.password })
  await sender.connect()
  await sender.end()
  await opened.close()
  expect(await refused(moveToServer(office.place, office.folder, settings, target, owner))).toBe('notEmbedded')
}, 240_000)

it('a database that holds an office already is not written over', async () => {
  const office = await embeddedOffice()
  offices.push(office)
  const target = { host: server.host, port: server.port, database: 'okno' }
  expect(await refused(moveToServer(office.place, office.folder, { kind: 'server', ...target, others: [], tls: 'off' }, target, { user: server.user, password: server.password }))).toBe('databaseNotEmpty')
  await inOffice(office, async ({ sql }) => expect(await sql('select count(*)::int > 0 as is from subscriber')).toEqual([{ is: true }]))
}, 120_000)
