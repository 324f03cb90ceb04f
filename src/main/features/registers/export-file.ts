import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { AppError } from '@shared/errors'

/**
 * Writes the parts of a batch one after another, whole or not at all, readable by its owner only. Returns the file's name.
 * AppError printerUnavailable 'exportNotWritten' {error} when the disk refuses: the batch stands and can be asked for again.
 */
export async function exportFile(path: string, parts: number, part: (n: number) => Promise<Buffer>): Promise<string> {
  const temporary = join(dirname(path), `.${randomBytes(6).toString('hex')}.okno`)
  try {
    const file = await open(temporary, 'wx', 0o600).catch(notWritten)
    try {
      for (let n = 0; n < parts; n++) await file.writeFile(await part(n)).catch(notWritten)
      await file.sync().catch(notWritten)
    } finally {
      await file.close()
    }
    await rename(temporary, path).catch(notWritten)
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined)
    throw cause
  }
  return basename(path)
}

function notWritten(cause: unknown): never {
  throw new AppError('printerUnavailable', 'exportNotWritten', { error: cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown' })
}
