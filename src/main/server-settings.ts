import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ServerConnection } from '@shared/contract/connection'
import { replaceFile, type DataFolder, type MachineSettings } from './data-folder'
import type { DatabaseAddress } from './db/connection'

type Server = Extract<MachineSettings['database'], { kind: 'server' }>

/** The office's server as the settings of this computer name it; null: the database is embedded. A file of certificates that can't be read throws as the file system does. */
export async function readServer(folder: DataFolder): Promise<ServerConnection | null> {
  const { database } = await folder.readSettings()
  if (database.kind !== 'server') return null
  const { host, port, others, tls, caFile } = database
  return { hosts: [{ host, port }, ...others], database: database.database, tls, certificates: caFile ? await readFile(caFile, 'utf8') : null }
}

/** Certificates are kept beside the settings: the file somebody chose may be on a stick. */
export async function writeServer(folder: DataFolder, { hosts, database, tls, certificates }: ServerConnection): Promise<void> {
  const [first, ...others] = hosts
  if (!first) throw new Error('a server without a host')
  const caFile = join(folder.path, 'server-certificates.pem')
  if (certificates !== null) await replaceFile(caFile, certificates)
  await folder.updateSettings((settings) => {
    const { locked } = settings.database
    const before: Partial<Server> = settings.database.kind === 'server' ? settings.database : locked === undefined ? {} : { locked }
    const { caFile: _old, ...kept } = before
    return { ...settings, database: { ...kept, kind: 'server', ...first, others, database, tls, ...(certificates === null ? {} : { caFile }) } }
  })
}

export const addressOfServer = ({ hosts: [first, ...others], database, tls, certificates }: ServerConnection): DatabaseAddress => ({
  host: first?.host ?? '', port: first?.port ?? 5432, others, database,
  ...(tls === 'off' ? {} : { tls: certificates === null ? {} : { ca: certificates } }),
})
