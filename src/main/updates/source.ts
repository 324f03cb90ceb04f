import { constants } from 'node:fs'
import { open, type FileHandle } from 'node:fs/promises'
import { isAbsolute, join } from 'node:path'
import { isLoopback } from '@shared/domain/sms-gateway'
import type { UpdateFailure, UpdateRefusal } from '@shared/domain/update'
import { feedBytesAtMost } from './feed-file'

/** Where IT puts feeds and packages: a folder of a web server (https), or a folder of a file share. */
export type Source = { kind: 'web'; base: URL } | { kind: 'folder'; path: string }

/** Why nothing came of it: not believed, or not got. */
export class UpdateTrouble extends Error {
  constructor(
    readonly outcome: { type: 'refused'; reason: UpdateRefusal } | { type: 'failed'; reason: UpdateFailure },
    options?: { cause: unknown },
  ) {
    super(outcome.reason, options)
    this.name = 'UpdateTrouble'
  }
}
export const notBelieved = (reason: UpdateRefusal): UpdateTrouble => new UpdateTrouble({ type: 'refused', reason })
export const notGot = (reason: UpdateFailure, cause?: unknown): UpdateTrouble => new UpdateTrouble({ type: 'failed', reason }, { cause })

/** The web's `fetch`; in the window Electron's, which knows the system's proxy and authorities. */
export type Fetch = (url: string, options: RequestInit) => Promise<Response>

/**
 * An address as IT writes it: `https://…`, a folder (`/mnt/okno`, `\\server\share\okno`, `D:\okno`) or the same as `file:` URL. null: none of them. Plain http is taken only from this
 * very computer; names and passwords in an address are not.
 */
export function sourceOf(address: string): Source | null {
  const text = address.trim()
  if (isAbsolute(text) || /^(?:\\\\|[A-Za-z]:[\\/])/.test(text)) return { kind: 'folder', path: text }
  let url: URL
  try {
    url = new URL(text)
  } catch {
    return null
  }
  if (url.username || url.password || url.search || url.hash) return null
  if (url.protocol === 'file:') return { kind: 'folder', path: fileOf(url) }
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && isLoopback(url.hostname))) return null
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return { kind: 'web', base: url }
}

/** Node refuses a host outside Windows and a path without a drive there; here an address written for the other system is just a folder that is not there. */
function fileOf({ hostname, pathname }: URL): string {
  const path = decodeURIComponent(pathname)
  if (hostname) return `\\\\${hostname}${path.replaceAll('/', '\\')}`
  return /^\/[A-Za-z]:/.test(path) ? path.slice(1) : path
}

/** The text of a feed. UpdateTrouble: failed 'feedAway'; refused 'redirected', 'feedOversized'. */
export async function readFeed(source: Source, name: string, fetch: Fetch, signal: AbortSignal): Promise<string> {
  if (source.kind === 'folder') return readFeedFile(join(source.path, name))
  const response = await ask(fetch, new URL(name, source.base), {}, signal, 'feedAway')
  if (response.status !== 200 || !response.body) throw notGot('feedAway')
  const chunks: Uint8Array[] = []
  let length = 0
  try {
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      length += chunk.length
      if (length > feedBytesAtMost) throw notBelieved('feedOversized')
      chunks.push(chunk)
    }
  } catch (cause) {
    throw cause instanceof UpdateTrouble ? cause : notGot('feedAway', cause)
  }
  return Buffer.concat(chunks).toString('utf8')
}

async function readFeedFile(file: string): Promise<string> {
  try {
    const handle = await openFile(file)
    try {
      const buffer = Buffer.alloc(feedBytesAtMost + 1)
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0)
      if (bytesRead > feedBytesAtMost) throw notBelieved('feedOversized')
      return buffer.toString('utf8', 0, bytesRead)
    } finally {
      await handle.close()
    }
  } catch (cause) {
    throw cause instanceof UpdateTrouble ? cause : notGot('feedAway', cause)
  }
}

/** Only what is a file: opening a pipe that somebody has put in its place would wait for ever, and a few of those hold up everything else that this program reads. */
async function openFile(file: string): Promise<FileHandle> {
  const handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0)) // Windows has neither.
  if ((await handle.stat()).isFile()) return handle
  await handle.close()
  throw new Error('not a file')
}

export interface PackageBytes {
  /** Where they begin: the place asked for, or 0 when the server gives only whole files. */
  from: number
  bytes: AsyncIterable<Uint8Array>
}

/** A package from a place on. UpdateTrouble: failed 'downloadBroken'; refused 'redirected', 'packageDamaged' (another size than the signed one). */
export async function openPackage(source: Source, name: string, { from, size }: { from: number; size: number }, fetch: Fetch, signal: AbortSignal): Promise<PackageBytes> {
  if (source.kind === 'folder') {
    const handle = await openFile(join(source.path, name)).catch((cause: unknown) => {
      throw notGot('downloadBroken', cause)
    })
    if ((await handle.stat()).size > size) {
      await handle.close()
      throw notBelieved('packageDamaged')
    }
    return { from, bytes: handle.createReadStream({ start: from, highWaterMark: 256 * 1024, signal }) as AsyncIterable<Uint8Array> }
  }
  const response = await ask(fetch, new URL(name, source.base), from > 0 ? { range: `bytes=${from}-` } : {}, signal, 'downloadBroken')
  const begins = response.status === 206 && response.headers.get('content-range')?.startsWith(`bytes ${from}-`) ? from : response.status === 200 ? 0 : null
  // A range the server does not understand: the whole file then.
  if (begins === null && from > 0) return openPackage(source, name, { from: 0, size }, fetch, signal)
  if (begins === null || !response.body) throw notGot('downloadBroken')
  return { from: begins, bytes: response.body as unknown as AsyncIterable<Uint8Array> }
}

/** A source that sends elsewhere is not the one IT has named: nobody is followed. */
async function ask(fetch: Fetch, url: URL, headers: Record<string, string>, signal: AbortSignal, reason: UpdateFailure): Promise<Response> {
  let response: Response
  try {
    response = await fetch(url.href, { headers: { ...headers, 'accept-encoding': 'identity', 'cache-control': 'no-cache' }, redirect: 'error', credentials: 'omit', signal })
  } catch (cause) {
    if (isRedirect(cause)) throw notBelieved('redirected')
    throw notGot(reason, cause)
  }
  if (response.status >= 300 && response.status < 400) throw notBelieved('redirected')
  return response
}

/** Neither Node nor Electron gives it a code. */
function isRedirect(cause: unknown, depth = 0): boolean {
  if (!(cause instanceof Error) || depth > 2) return false
  return /redirect/i.test(cause.message) || isRedirect(cause.cause, depth + 1)
}
