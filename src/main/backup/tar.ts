import { AppError } from '@shared/errors'

/** One file of an archive. `body` has to be read to its end before the next entry is asked for. */
export interface TarEntry {
  name: string
  size: number
  body: AsyncIterable<Uint8Array>
}

const block = 512

/**
 * The bytes of a POSIX archive (ustar), made as they are asked for: what an administrator sees who opens a backup with `age` and `tar`.
 * Names have at most 100 bytes, files less than 8 GiB; both are ours to keep.
 */
export async function* writeTar(entries: AsyncIterable<{ name: string; bytes: Uint8Array }>): AsyncGenerator<Uint8Array> {
  for await (const { name, bytes } of entries) {
    yield headerOf(name, bytes.length)
    yield bytes
    const rest = bytes.length % block
    if (rest > 0) yield new Uint8Array(block - rest)
  }
  yield new Uint8Array(2 * block)
}

function headerOf(name: string, size: number): Uint8Array {
  const header = Buffer.alloc(block)
  if (Buffer.byteLength(name) > 100) throw new RangeError(`name too long for an archive: ${name}`)
  header.write(name, 0, 100, 'utf8')
  const octal = (value: number, at: number, length: number) => header.write(value.toString(8).padStart(length - 1, '0'), at, length - 1, 'latin1')
  octal(0o600, 100, 8)
  octal(0, 108, 8)
  octal(0, 116, 8)
  octal(size, 124, 12)
  octal(0, 136, 12)
  header.write('        ', 148, 8, 'latin1')
  header.write('0', 156, 1, 'latin1')
  header.write('ustar\x0000', 257, 8, 'latin1')
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 8, 'latin1')
  return header
}

/** Reads what `writeTar` made. AppError invalidInput 'backupDamaged' where it ends early or is no archive. */
export async function* readTar(source: AsyncIterable<Uint8Array>): AsyncGenerator<TarEntry> {
  const bytes = pieces(source)
  for (;;) {
    const header = await bytes.exactly(block)
    if (header.every((byte) => byte === 0)) {
      await bytes.drain()
      return
    }
    const size = Number.parseInt(header.toString('latin1', 124, 135), 8)
    if (header.toString('latin1', 257, 262) !== 'ustar' || !Number.isSafeInteger(size)) throw damagedBackup()
    const name = header.toString('utf8', 0, 100).replace(/\0.*$/s, '')
    let left = size
    async function* body(): AsyncGenerator<Uint8Array> {
      while (left > 0) {
        const piece = await bytes.some(left)
        left -= piece.length
        yield piece
      }
    }
    yield { name, size, body: body() }
    while (left > 0) left -= (await bytes.some(left)).length
    if (size % block > 0) await bytes.exactly(block - (size % block))
  }
}

function pieces(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]()
  let rest: Uint8Array = new Uint8Array(0)

  /** The next bytes there are, `most` at most. */
  async function some(most: number): Promise<Uint8Array> {
    while (rest.length === 0) {
      const next = await iterator.next()
      if (next.done) throw damagedBackup()
      rest = next.value
    }
    const piece = rest.subarray(0, most)
    rest = rest.subarray(piece.length)
    return piece
  }

  return {
    some,
    async exactly(size: number): Promise<Buffer> {
      const parts: Uint8Array[] = []
      for (let got = 0; got < size; ) {
        const piece = await some(size - got)
        parts.push(piece)
        got += piece.length
      }
      return Buffer.concat(parts)
    },
    /** To the very end: only there it shows that the encrypted stream was whole. */
    async drain(): Promise<void> {
      while (!(await iterator.next()).done);
    },
  }
}

export const damagedBackup = (): AppError => new AppError('invalidInput', 'backupDamaged')
