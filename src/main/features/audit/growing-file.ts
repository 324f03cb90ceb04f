import { createHash, randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '@shared/errors'

/**
 * A file that is written piece by piece: there under its name only when it is whole, readable by its owner only.
 * `end` gives its name and the SHA-256 of what is in it. AppError printerUnavailable 'fileNotWritten' {error}.
 */
export async function growingFile(path: string) {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.okno`)
  const hash = createHash('sha256')
  const failed = (cause: unknown) => new AppError('printerUnavailable', 'fileNotWritten', { error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' })
  const file = await open(temporary, 'wx', 0o600).catch((cause: unknown) => {
    throw failed(cause)
  })
  return {
    async write(piece: Buffer): Promise<void> {
      hash.update(piece)
      await file.writeFile(piece).catch((cause: unknown) => {
        throw failed(cause)
      })
    },
    async end(): Promise<{ fileName: string; sha256: string }> {
      try {
        await file.sync()
        await file.close()
        await rename(temporary, path)
      } catch (cause) {
        throw failed(cause)
      }
      return { fileName: basename(path), sha256: hash.digest('hex') }
    },
    /** Leaves nothing of it. */
    async drop(): Promise<void> {
      await file.close().catch(() => undefined)
      await rm(temporary, { force: true }).catch(() => undefined)
    },
  }
}
