import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Result } from '../../../src/shared/errors'
import { type App, createApp } from '../../../src/main/app'
import { withOfficeClient } from '../../../src/main/backup/read-office'
import { openDataFolder } from '../../../src/main/data-folder'
import { openLog } from '../../../src/main/log'
import { createTrainingOffice, openOffice } from '../../../src/main/office'
import { systemPrinter } from '../../../src/main/printing/printer'
import { canMount, smallDisk, type SmallDisk } from '../../support/small-disk'

/** Embedded database, its log of changes and the program's own files on one disk that really ends. */
let disk: SmallDisk
beforeAll(() => {
  if (canMount) disk = smallDisk(450 * 2 ** 20)
})
afterAll(() => {
  if (canMount) disk.unmount()
})

const full = { ok: false, failure: { code: 'databaseUnavailable', reason: 'diskFull' } }

async function openDesk() {
  const folder = await openDataFolder({ OKNO_DATA: join(disk.folder, 'office') })
  const log = openLog(folder.logs)
  const office = await openOffice({ folder, log, appVersion: 'test' })
  const { owner } = office
  if (!owner) throw new Error('not embedded')
  if ((await office.training()) === null) await createTrainingOffice(owner, { folder }, { login: 'admin', password: 'administrator-1' }, 20)
  const app = createApp({
    folder, log, appVersion: 'test',
    printer: systemPrinter({ privateFolder: join(folder.path, 'run') }),
    chooseSavePath: () => Promise.resolve(null),
    registerFiles: { choose: () => Promise.resolve(null), open: (file) => file, reveal: () => undefined },
    emit: () => undefined,
  })
  await app.useOffice(office)
  app.tellDatabaseState({ state: 'ready' })
  const operator = (await office.training())?.find(({ roles }) => roles.includes('operator'))
  const answer = await app.dispatch('session.signIn', { login: operator?.login, password: operator?.password })
  return {
    app,
    answer,
    sql: (text: string) => withOfficeClient(owner.address, owner.login, async (client) => (await client.query<{ n: number }>(text)).rows),
    async close() {
      await app.close()
      await office.close()
    },
  }
}

type Found = Result<{ hits: { subscriberId: number }[] }>
const search = async (app: App) => (await app.dispatch('desk.search', { text: '7404 123456', includeClosed: true })) as Found
const open = (app: App, subscriberId: number, operationId: string = randomUUID()) => app.dispatch('visits.open', { operationId, subscriberId }) as Promise<Result<{ id: number }>>

/** Visits opened and closed until one is refused; the pages of a table that have room left take some. */
async function workUntilRefused(app: App, subscriberId: number): Promise<{ refused: Result<unknown>; opened: number }> {
  for (let opened = 0; opened < 2000; opened++) {
    const visit = await open(app, subscriberId)
    if (!visit.ok) return { refused: visit, opened }
    const closed = await app.dispatch('visits.close', { operationId: randomUUID(), visitId: visit.value.id })
    if (!closed.ok) return { refused: closed, opened: opened + 1 }
  }
  throw new Error('two thousand visits found room on a full disk')
}

test.skipIf(!canMount)('on a full disk work is refused in words, nothing confirmed is lost, and when there is room it goes on without a restart', async () => {
  const desk = await openDesk()
  const { app } = desk
  const visits = async () => Number((await desk.sql('select count(*)::int as n from visit'))[0]?.n)
  const found = await search(app)
  const subscriberId = found.ok ? (found.value.hits[0]?.subscriberId ?? 0) : 0
  const before = await visits()

  disk.fill()
  const { refused, opened } = await workUntilRefused(app, subscriberId)
  expect(refused).toMatchObject(full)
  expect(await visits()).toBe(before + opened)

  // The log of changes can't grow: the server ends itself, and as long as there is no room it can't come back.
  await expect(desk.sql(`select pg_logical_emit_message(false, 'test', repeat('x', 1000000)) from generate_series(1, 200)`)).rejects.toThrow()
  const operationId = randomUUID()
  expect(await open(app, subscriberId, operationId)).toMatchObject(full)
  expect(await search(app)).toMatchObject(full)

  disk.makeRoom()
  // The first attempt brings the database back; what it asked for is done once, however often it is repeated.
  const first = await open(app, subscriberId, operationId)
  const [again, once] = [await open(app, subscriberId, operationId), await open(app, subscriberId, operationId)]
  expect(first).toMatchObject({ ok: false, failure: { code: 'databaseUnavailable', reason: expect.stringMatching(/^(unreachable|starting)$/) } })
  expect(again).toMatchObject({ ok: true })
  expect(once).toEqual(again)
  expect(await visits()).toBe(before + opened + 1)

  disk.fill()
  await desk.close()
  expect(existsSync(join(disk.folder, 'office', 'postgres', 'postmaster.pid')), 'the server is stopped, room or not').toBe(false)
  await expect(openDesk()).rejects.toMatchObject({ code: 'databaseUnavailable', reason: 'diskFull' })

  disk.makeRoom()
  const next = await openDesk()
  expect(next.answer.ok).toBe(true)
  expect((await search(next.app)).ok).toBe(true)
  expect((await next.sql('select count(*)::int as n from visit'))[0]?.n).toBe(before + opened + 1)
  await next.close()
}, 240_000)
