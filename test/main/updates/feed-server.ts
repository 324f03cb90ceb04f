import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { feedBytes, type SignedFeed } from '@shared/domain/signed-feed'

export const sum = (bytes: Uint8Array) => createHash('sha512').update(bytes).digest('base64')
export const keyPair = () => generateKeyPairSync('ed25519', { publicKeyEncoding: { type: 'spki', format: 'pem' }, privateKeyEncoding: { type: 'pkcs8', format: 'pem' } })
export type Pair = ReturnType<typeof keyPair>

/** A release of IT's, signed; the package is `bytes`. */
export function release(pair: Pair, bytes: Uint8Array, over: Partial<SignedFeed['okno']> & { version?: string; url?: string } = {}): SignedFeed {
  const { version = '1.4.0', url = `okno_${version}_amd64.deb`, ...okno } = over
  const feed: SignedFeed = {
    version,
    files: [{ url, sha512: sum(bytes), size: bytes.length }],
    okno: { channel: 'main', platform: 'linux', schema: { from: 1, to: 42 }, sequence: 7, releasedAt: '2026-11-22T10:00:00Z', expiresAt: null, notes: 'Поиск понимает «ё»', ...okno },
  }
  return { ...feed, signature: sign(null, feedBytes(feed), pair.privateKey).toString('base64') }
}

/** A JSON is a YAML: the reader does not mind. */
export const feedText = (feed: object) => JSON.stringify(feed, null, 1)

/**
 * A web server with a folder of its own on loopback: `files` are what lies there. It gives ranges as servers do; `before` may answer in its place (true) and `brokenAfter` cuts a package off.
 */
export async function serveFeed() {
  const files = new Map<string, Uint8Array | string>()
  const asked: { path: string; range: string | null }[] = []
  const holes = { ranges: true, brokenAfter: null as number | null, before: null as ((request: IncomingMessage, response: ServerResponse) => boolean) | null }
  const server = createServer((request, response) => {
    const path = (request.url ?? '').replace(/^\/okno\//, '').replace(/\?.*/, '')
    asked.push({ path, range: request.headers.range ?? null })
    if (holes.before?.(request, response)) return
    const found = files.get(path)
    if (found === undefined) return void response.writeHead(404).end()
    const bytes = Buffer.from(found)
    const from = holes.ranges ? Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0) : 0
    const rest = bytes.subarray(from)
    const headers = { 'content-length': rest.length, ...(from > 0 ? { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` } : {}) }
    response.writeHead(from > 0 ? 206 : 200, headers)
    if (holes.brokenAfter === null || !path.endsWith('.deb')) return void response.end(rest)
    response.write(rest.subarray(0, holes.brokenAfter), () => response.destroy())
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}/okno/`,
    files,
    asked,
    holes,
    async close() {
      server.closeAllConnections()
      await new Promise((done) => server.close(done))
    },
  }
}
export type FeedServer = Awaited<ReturnType<typeof serveFeed>>
