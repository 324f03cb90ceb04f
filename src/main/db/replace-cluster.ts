import { chmod, readFile, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { z } from 'zod'
import { AppError } from '@shared/errors'
import { errorCode, readSecret, replaceFile, writeSecret } from '../data-folder'
import { clusterPaths, exitOf, type ClusterPaths } from './postgres-cluster'
import { spawnPostgres, type PostgresBinaries } from './postgres-binaries'
import { withProcessLock } from './process-lock'

/** What is being put in place of what; written before the first rename and removed after the last. */
const replacing = z.object({ side: z.string(), kept: z.string() })

const journalOf = (paths: ClusterPaths): string => join(paths.run, 'replacing.json')

/**
 * Puts the complete cluster of the data folder `side` (inside `folder`, its server stopped) in the place of the folder's own, which stays beside it under another name.
 * Killed at any moment, the next start finishes it: there is the one cluster or the other, never none. Returns the name of the folder that was kept, null when there was none.
 * AppError conflict 'otherProgramsUseTheDatabase'.
 */
export async function replaceCluster(folder: string, side: string, binaries: PostgresBinaries, label: string, isUsed: (paths: ClusterPaths) => Promise<boolean>): Promise<string | null> {
  const paths = clusterPaths(folder)
  return withProcessLock(paths.lock, async () => {
    if (await isUsed(paths)) throw new AppError('conflict', 'otherProgramsUseTheDatabase')
    await flush(clusterPaths(side), binaries)
    const kept = await freeName(folder, `postgres-${label}-${new Date().toISOString().slice(0, 10)}`)
    const had = await exists(paths.cluster)
    await replaceFile(journalOf(paths), JSON.stringify({ side: basename(side), kept }))
    await finishReplacing(paths)
    return had ? kept : null
  })
}

/** Called under the lock of the folder's server, before anything else is done with the cluster. */
export async function finishReplacing(paths: ClusterPaths): Promise<void> {
  const text = await readFile(journalOf(paths), 'utf8').catch((cause: unknown) => {
    if (errorCode(cause) === 'ENOENT') return null
    throw cause
  })
  if (text === null) return
  const { side, kept } = replacing.parse(JSON.parse(text))
  const from = clusterPaths(join(paths.folder, 'run', side))
  if (await exists(from.cluster)) {
    if ((await exists(paths.cluster)) && !(await exists(join(paths.folder, kept)))) await rename(paths.cluster, join(paths.folder, kept))
    const password = await readSecret(from.folder, 'database-owner')
    if (password !== null) await writeSecret(paths.folder, 'database-owner', password)
    await rename(from.cluster, paths.cluster)
  }
  await rm(journalOf(paths), { force: true })
  await rm(from.folder, { recursive: true, force: true })
}

/** What was written carelessly reaches the disk before anybody relies on it. */
async function flush(paths: ClusterPaths, binaries: PostgresBinaries): Promise<void> {
  await chmod(paths.cluster, 0o700)
  const end = await exitOf(spawnPostgres(binaries.initdb, ['--sync-only', '-D', paths.cluster], { cwd: paths.run, detached: false, stdio: ['ignore', 'ignore', 'ignore'] }))
  if (end.code !== 0) throw new AppError('databaseUnavailable', 'serverDidNotStart', { exitCode: end.code })
}

async function freeName(folder: string, wished: string): Promise<string> {
  for (let number = 1; ; number++) {
    const name = number === 1 ? wished : `${wished}-${number}`
    if (!(await exists(join(folder, name)))) return name
  }
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false)
