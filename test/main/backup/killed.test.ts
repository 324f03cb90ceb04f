import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { removeLeftSides, withSideCluster } from '../../../src/main/backup/side-office'
import { startEmbeddedServer } from '../../../src/main/db/embedded-server'
import { isProcess } from '../../../src/main/db/process-lock'
import { emptyFolder, type EmbeddedOffice } from '../../support/embedded-office'

let office: EmbeddedOffice
beforeAll(async () => {
  office = await emptyFolder()
  const { folder, log } = office.place
  await (await startEmbeddedServer({ folder, log })).stop()
}, 60_000)
afterAll(() => office.remove())

/** Somebody who was here and is gone. */
const deadProcess = (place: string) => JSON.stringify({ pid: Number(spawnSync(process.execPath, ['-p', 'process.pid']).stdout.toString()), startedAt: 'before:1', notedAt: Date.now(), place })

/** A complete side cluster as a killed program leaves it. */
async function leftSide(running: boolean): Promise<{ side: string; pid: number }> {
  const { folder, log } = office.place
  const side = join(folder, 'run', `side-${running ? 'running' : 'stopped'}`)
  mkdirSync(side, { recursive: true })
  const server = await startEmbeddedServer({ folder: side, log })
  writeFileSync(join(side, 'owner'), deadProcess(side))
  const pid = Number(readFileSync(join(side, 'postgres', 'postmaster.pid'), 'latin1').split('\n')[0])
  if (!running) await server.stop()
  return { side, pid }
}

it('the database a killed backup was verified in is stopped and removed; one that somebody works in stays', async () => {
  const { side, pid } = await leftSide(true)
  await withSideCluster(office.place.folder, office.log, async (mine) => {
    expect(existsSync(side)).toBe(false)
    expect(isProcess(pid)).toBe(false)
    await removeLeftSides(office.place.folder)
    expect(existsSync(join(mine, 'postgres', 'PG_VERSION'))).toBe(true)
  })
  expect(readdirSync(join(office.place.folder, 'run')).filter((name) => name.startsWith('side-'))).toEqual([])
}, 60_000)

it.each(['before the first rename', 'between the renames', 'after the last rename'])('an exchange of databases that was killed %s is finished by the next start, and the former one is kept', async (when) => {
  const { folder, log } = office.place
  const { side } = await leftSide(false)
  writeFileSync(join(side, 'postgres', 'restored'), when)
  const kept = `postgres-kept-${when.replaceAll(' ', '-')}`
  writeFileSync(join(folder, 'run', 'replacing.json'), JSON.stringify({ side: 'side-stopped', kept }))
  if (when !== 'before the first rename') renameSync(join(folder, 'postgres'), join(folder, kept))
  if (when === 'after the last rename') {
    writeFileSync(join(folder, 'secrets', 'database-owner'), readFileSync(join(side, 'secrets', 'database-owner')))
    renameSync(join(side, 'postgres'), join(folder, 'postgres'))
  }
  const server = await startEmbeddedServer({ folder, log })
  await server.stop()
  expect(readFileSync(join(folder, 'postgres', 'restored'), 'utf8')).toBe(when)
  expect(existsSync(join(folder, kept, 'PG_VERSION'))).toBe(true)
  expect(existsSync(join(folder, 'run', 'replacing.json'))).toBe(false)
  expect(existsSync(side)).toBe(false)
}, 60_000)
