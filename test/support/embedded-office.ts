import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type pg from 'pg'
import { openDataFolder, type DataFolder } from '../../src/main/data-folder'
import { withOfficeClient } from '../../src/main/backup/read-office'
import { openLog, type Log } from '../../src/main/log'
import { createTrainingOffice, openOffice } from '../../src/main/office'

export interface EmbeddedOffice {
  folder: DataFolder
  log: Log
  place: { folder: string; log: Log; appVersion: string }
  remove(): void
}

export const adminPassword = 'administrator-1'

/** What any login of the server may do with the office's database. */
export const publicRights = `select has_database_privilege('public', current_database(), 'connect') as connect, has_database_privilege('public', current_database(), 'temporary') as temporary`

/** A data folder with a small training office of its own server, which is stopped. */
export async function embeddedOffice(subscribers = 20): Promise<EmbeddedOffice> {
  const office = await emptyFolder()
  const opened = await openOffice({ folder: office.folder, log: office.log, appVersion: 'test' })
  try {
    if (!opened.owner) throw new Error('not embedded')
    await createTrainingOffice(opened.owner, { folder: office.folder }, { login: 'admin', password: adminPassword }, subscribers)
  } finally {
    await opened.close()
  }
  return office
}

export async function emptyFolder(): Promise<EmbeddedOffice> {
  const path = mkdtempSync(join(tmpdir(), 'okno-backup-'))
  const folder = await openDataFolder({ OKNO_DATA: path })
  const log = openLog(folder.logs)
  return { folder, log, place: { folder: path, log, appVersion: 'test' }, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) }
}

/** The office opened and left again, with the owner's connection to arrange and to look. */
export async function inOffice<T>({ folder, log }: EmbeddedOffice, work: (source: Source) => Promise<T>): Promise<T> {
  const opened = await openOffice({ folder, log, appVersion: 'test' })
  try {
    if (!opened.owner) throw new Error('not embedded')
    const { address, login: owner } = opened.owner
    return await work({ address, owner, sql: (text, values) => withOfficeClient(address, owner, async (client) => (await client.query(text, values)).rows), client: (use) => withOfficeClient(address, owner, use) })
  } finally {
    await opened.close()
  }
}

export interface Source {
  address: Awaited<ReturnType<typeof openOffice>>['address'] extends () => infer A ? A : never
  owner: { user: string; password: string }
  sql(text: string, values?: unknown[]): Promise<Record<string, unknown>[]>
  client<T>(use: (client: pg.Client) => Promise<T>): Promise<T>
}
