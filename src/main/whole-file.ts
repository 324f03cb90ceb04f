import { createHash, randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '@shared/errors'

/**
 * A file for people, written piece by piece: it has its name only when it is whole and on the disk, and what stood there before stays until then. Readable by its owner only.
 * Each call throws AppError printerUnavailable `reason` {error: the system's code} when there is no room, the folder is gone or nobody may write there; `drop` then leaves nothing of it.
 */
export async function wholeFile(path: string, reason = 'fileNotWritten') {
  const failed = (cause: unknown): never => {
    throw new AppError('printerUnavailable', reason, { error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' })
  }
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.okno`)
  const hash = createHash('sha256')
  const file = await open(temporary, 'wx', 0o600).catch(failed)
  return {
    async write(piece: Uint8Array): Promise<void> {
      hash.update(piece)
      await file.writeFile(piece).catch(failed)
    },
    /** To the disk, still without its name. SHA-256 of what is in it, hex. */
    async finish(): Promise<string> {
      // Some disks tell only here that there was no room.
      await file.sync().catch(failed)
      await file.close().catch(failed)
      return hash.digest('hex')
    },
    /** After `finish`: gives it its name, which is returned without the folder. */
    async publish(): Promise<string> {
      await rename(temporary, path).catch(failed)
      return basename(path)
    },
    /** Leaves nothing of what was not published. */
    async drop(): Promise<void> {
      await file.close().catch(() => undefined)
      await rm(temporary, { force: true }).catch(() => undefined)
    },
  }
}

/** The pieces one after another, whole or not at all, as `wholeFile` does; what the pieces' source throws passes. Returns the file's name without its folder. */
export async function saveWhole(path: string, pieces: Iterable<Uint8Array> | AsyncIterable<Uint8Array>, reason?: string): Promise<string> {
  const file = await wholeFile(path, reason)
  try {
    for await (const piece of pieces) await file.write(piece)
    await file.finish()
    return await file.publish()
  } catch (cause) {
    await file.drop()
    throw cause
  }
}
