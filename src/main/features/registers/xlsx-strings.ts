import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Strings of a page: a page is what is written, read and remembered at once. */
const perPage = 256
const remembered = 256

interface Page {
  at: number
  bytes: number
  iv: Buffer
  /** Null once it lies in the file. */
  content: Buffer | null
}

/**
 * The shared strings of a workbook, asked for by number. Up to `inMemory` bytes of them stay in memory; the rest goes to a file without a name, encrypted with a
 * key that nobody but this process ever has: a register is full of people, and a temporary file must not be. Synchronous, because a parser asks in the
 * middle of its work; a page that was asked for lately costs nothing.
 */
export function xlsxStrings(inMemory = 32 * 2 ** 20) {
  const key = randomBytes(32)
  const pages: Page[] = []
  const decoded = new Map<number, string[]>()
  let open: string[] = []
  let held = 0
  let file: number | null = null
  let end = 0

  function add(text: string): void {
    open.push(text)
    if (open.length === perPage) close()
  }

  function close(): void {
    const content = Buffer.from(JSON.stringify(open), 'utf8')
    open = []
    const page: Page = { at: 0, bytes: content.length, iv: randomBytes(16), content }
    pages.push(page)
    held += content.length
    if (held > inMemory) spill(page, content)
  }

  function spill(page: Page, content: Buffer): void {
    file ??= nameless()
    const cipher = createCipheriv('aes-256-ctr', key, page.iv)
    const sealed = Buffer.concat([cipher.update(content), cipher.final()])
    page.at = end
    writeSync(file, sealed, 0, sealed.length, end)
    end += sealed.length
    held -= content.length
    page.content = null
  }

  function read(number: number): string[] | undefined {
    const known = decoded.get(number)
    if (known) return known
    const page = pages[number]
    if (!page) return undefined
    const strings = JSON.parse((page.content ?? fetched(page)).toString('utf8')) as string[] // Written by close().
    const oldest = decoded.keys().next()
    if (decoded.size >= remembered && !oldest.done) decoded.delete(oldest.value)
    decoded.set(number, strings)
    return strings
  }

  function fetched({ at, bytes, iv }: Page): Buffer {
    const sealed = Buffer.alloc(bytes)
    readSync(file ?? -1, sealed, 0, bytes, at)
    const decipher = createDecipheriv('aes-256-ctr', key, iv)
    return Buffer.concat([decipher.update(sealed), decipher.final()])
  }

  return {
    add,
    /** Undefined for a number the workbook has no string of. */
    get: (index: number): string | undefined => (Math.floor(index / perPage) === pages.length ? open[index % perPage] : read(Math.floor(index / perPage))?.[index % perPage]),
    /** Bytes that lie in the file. */
    spilled: () => end,
    dispose(): void {
      if (file !== null) closeSync(file)
      file = null
      pages.length = 0
      decoded.clear()
    },
  }
}
export type XlsxStrings = ReturnType<typeof xlsxStrings>

/** Taken out of its folder at once: it is gone with this process, however that ends. */
function nameless(): number {
  const path = join(tmpdir(), `okno-${randomBytes(8).toString('hex')}`)
  const file = openSync(path, 'wx+', 0o600)
  rmSync(path, { force: true })
  return file
}
