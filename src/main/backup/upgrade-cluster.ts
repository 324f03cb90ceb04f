import { accessSync } from 'node:fs'
import { readFile, readdir, stat } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { AppError } from '@shared/errors'
import { folderError, readSecret } from '../data-folder'
import { isClusterUsed, startEmbeddedServer } from '../db/embedded-server'
import { clusterPaths } from '../db/postgres-cluster'
import { finishReplacing, replaceCluster } from '../db/replace-cluster'
import { findPostgresBinaries, type PostgresBinaries } from '../db/postgres-binaries'
import { withProcessLock } from '../db/process-lock'
import { freeSpace } from './backup-file'
import type { Place } from './backup-jobs'
import { readOffice } from './read-office'
import { fillOffice, withSideCluster, type Doing } from './side-office'

/** Major version of the folder's cluster; null when there is none or it can't be read (starting it tells why). */
export async function clusterMajor(folder: string): Promise<number | null> {
  const text = await readFile(join(clusterPaths(folder).cluster, 'PG_VERSION'), 'latin1').catch(() => '')
  return /^\d+\s*$/.test(text) ? Number(text) : null
}

/**
 * Programs of an earlier major version: where `OKNO_OLD_POSTGRES` says, beside Okno's own (`postgres-18/bin`: the release that changes the version brings the former one along),
 * or those of the system (Debian's and Red Hat's places). Null when there are none.
 */
export function findOldBinaries(major: number, env: NodeJS.ProcessEnv = process.env): PostgresBinaries | null {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  const own = dirname(dirname(dirname(findPostgresBinaries().postgres)))
  const folders = [env['OKNO_OLD_POSTGRES'], join(own, `postgres-${major}`, 'bin'), ...(process.platform === 'linux' ? [`/usr/lib/postgresql/${major}/bin`, `/usr/pgsql-${major}/bin`] : [])]
  for (const folder of folders) {
    if (!folder) continue
    const [initdb, pgCtl, postgres] = ['initdb', 'pg_ctl', 'postgres'].map((name) => join(folder, name + suffix)) as [string, string, string]
    try {
      accessSync(postgres)
      return { initdb, pgCtl, postgres, major }
    } catch {
      // The next place.
    }
  }
  return null
}

/**
 * Takes the office of a cluster of an earlier PostgreSQL over into one of this build's: row by row past the disk's formats, counted and compared, into a cluster beside it that takes its place at the end.
 * The old one stays as `postgres-<major>-<date>`. Does nothing when the versions agree. Killed at any moment, the next start begins again or finishes the exchange.
 *
 * AppError databaseUnavailable 'clusterVersion' {cluster, server} when the old programs are nowhere, 'diskFull'; conflict 'otherProgramsUseTheDatabase'.
 */
export async function upgradeCluster({ folder, log, appVersion }: Place, { step, signal }: Doing = {}, env: NodeJS.ProcessEnv = process.env): Promise<{ from: number; to: number; kept: string | null } | null> {
  const paths = clusterPaths(folder)
  await withProcessLock(paths.lock, () => finishReplacing(paths))
  const binaries = findPostgresBinaries()
  const major = await clusterMajor(folder)
  if (major === null || major === binaries.major) return null
  const old = major < binaries.major ? findOldBinaries(major, env) : null
  if (!old) throw new AppError('databaseUnavailable', 'clusterVersion', { cluster: major, server: binaries.major, folder: paths.cluster })
  if ((await readSecret(folder, 'database-owner')) === null) throw new AppError('databaseUnavailable', 'ownerPasswordMissing', { file: join(folder, 'secrets', 'database-owner'), backups: paths.backups })
  try {
    await requireRoom(folder, paths.cluster)
    return await withSideCluster(folder, log, async (side, fresh) => {
      const former = await startEmbeddedServer({ folder, log, binaries: old })
      try {
        const address = { host: former.host, port: former.port, database: former.database }
        await readOffice(address, former.owner, { appVersion }, (stream) => fillOffice(fresh, stream, { step, signal, appVersion }))
      } finally {
        await former.stop()
      }
      await fresh.stop()
      const kept = await replaceCluster(folder, side, binaries, String(major), (used) => isClusterUsed(used, log))
      log.info('cluster upgraded', { from: major, to: binaries.major })
      return { from: major, to: binaries.major, kept }
    })
  } catch (cause) {
    throw folderError(cause, folder)
  }
}

async function requireRoom(folder: string, cluster: string): Promise<void> {
  const size = await sizeOf(join(cluster, 'base'))
  const needed = size + 256 * 1024 * 1024
  const free = await freeSpace(folder)
  if (free < needed) throw new AppError('databaseUnavailable', 'diskFull', { folder, freeBytes: free, neededBytes: needed })
}

async function sizeOf(folder: string): Promise<number> {
  let size = 0
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name)
    size += entry.isDirectory() ? await sizeOf(path) : await stat(path).then((found) => found.size, () => 0)
  }
  return size
}
