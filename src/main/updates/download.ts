import { copyFile, mkdir, open, readdir, rename, rm, stat, statfs, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import type { SignedFeed } from '@shared/domain/signed-feed'
import { errorCode, isDiskFull } from '../data-folder'
import { sha512Of } from './feed-file'
import { notBelieved, notGot, openPackage, UpdateTrouble, type Fetch, type Source } from './source'

export interface DownloadOptions {
  source: Source
  file: SignedFeed['files'][number]
  /** Where parts are kept; ours alone. */
  folder: string
  fetch: Fetch
  signal: AbortSignal
  /** Whole percents as they are reached. */
  progress(percent: number): void
  /** Bytes that stay free for the database and everything else while a package comes in. */
  reserve?: number
  /** No byte for so long, and the download is broken. */
  stallMs?: number
}

const reserveBytes = 300 * 2 ** 20

/**
 * Fetches a package and goes on where it was broken off: what has come is kept under the hash it must have, and only the rest is asked for where the server can give a part. The whole file is
 * hashed from the disk at the end; resolves to its path. UpdateTrouble: refused 'packageDamaged', 'redirected'; failed 'downloadBroken' (the part stays), 'diskFull' (it does not: a full disk
 * is worse for the office than a second download).
 */
export async function downloadPackage(options: DownloadOptions): Promise<string> {
  const { file, folder, signal } = options
  const part = join(folder, `${Buffer.from(file.sha512, 'base64').toString('hex').slice(0, 32)}.part`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await dropOthers(folder, part)
  const had = await sizeOf(part)
  try {
    if (had < file.size) await append(part, had, options)
    if ((await sha512Of(part, signal)) === file.sha512) return part
    await rm(part, { force: true })
    // Parts of two different files may have come together; a whole one that is wrong is wrong at the source.
    if (had === 0) throw notBelieved('packageDamaged')
    await append(part, 0, options)
    if ((await sha512Of(part, signal)) === file.sha512) return part
    await rm(part, { force: true })
    throw notBelieved('packageDamaged')
  } catch (cause) {
    if (isDiskFull(cause)) {
      await rm(part, { force: true })
      throw notGot('diskFull', cause)
    }
    if (cause instanceof UpdateTrouble) {
      if (cause.outcome.type === 'refused') await rm(part, { force: true })
      throw cause
    }
    throw notGot('downloadBroken', cause)
  }
}

async function append(part: string, had: number, { source, file, folder, fetch, signal, progress, reserve = reserveBytes, stallMs = 60_000 }: DownloadOptions): Promise<void> {
  const { bavail, bsize } = await statfs(folder)
  if (bavail * bsize < file.size - had + reserve) throw notGot('diskFull')
  const stalled = new AbortController()
  const either = anyOf(signal, stalled)
  let timer = setTimeout(() => stalled.abort(), stallMs)
  const heard = () => {
    clearTimeout(timer)
    timer = setTimeout(() => stalled.abort(), stallMs)
  }
  let handle: FileHandle | null = null
  try {
    const { from, bytes } = await openPackage(source, file.url, { from: had, size: file.size }, fetch, either)
    handle = await open(part, from === 0 ? 'w' : 'r+', 0o600)
    let at = from
    let told = -1
    for await (const chunk of bytes) {
      heard()
      if (either.aborted) break
      if (at + chunk.length > file.size) throw notBelieved('packageDamaged')
      await handle.write(chunk, 0, chunk.length, at)
      at += chunk.length
      const percent = Math.floor((at / file.size) * 100)
      if (percent !== told) progress((told = percent))
    }
    await handle.sync()
    if (at < file.size) throw notGot('downloadBroken')
  } finally {
    clearTimeout(timer)
    await handle?.close()
  }
}

/** Node 18 has no AbortSignal.any. */
function anyOf(signal: AbortSignal, own: AbortController): AbortSignal {
  if (signal.aborted) own.abort()
  signal.addEventListener('abort', () => own.abort(), { once: true })
  return own.signal
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(({ size }) => size, () => 0)
}

/** Parts of earlier releases. */
async function dropOthers(folder: string, part: string): Promise<void> {
  for (const name of await readdir(folder)) if (name.endsWith('.part') && join(folder, name) !== part) await rm(join(folder, name), { force: true })
}

/** Also from one disk to another. */
export async function moveFile(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (cause) {
    if (errorCode(cause) !== 'EXDEV') throw cause
    await copyFile(from, to)
    await rm(from, { force: true })
  }
}
