import { createHash, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto'
import fc from 'fast-check'
import { lt } from 'semver'
import { describe, expect, test } from 'vitest'
import { checkFeed, compareVersions, feedBytes, feedChannels, feedFileName, feedOfFileName, feedPlatformOf, feedPlatforms, type FeedCheck, type SignedFeed } from '@shared/domain/signed-feed'

const key = generateKeyPairSync('ed25519')
const otherKey = generateKeyPairSync('ed25519')
const sum = (text: string) => createHash('sha512').update(text).digest('base64')

const plain: SignedFeed = {
  version: '1.4.0',
  files: [{ url: 'okno_1.4.0_amd64.deb', sha512: sum('deb'), size: 100_000_000 }],
  path: 'okno_1.4.0_amd64.deb',
  sha512: sum('deb'),
  releaseDate: '2026-11-22T10:00:00.000Z',
  okno: { channel: 'main', platform: 'linux', schema: { from: 40, to: 42 }, sequence: 7, releasedAt: '2026-11-22T10:00:00Z', expiresAt: '2027-02-22T10:00:00Z', notes: 'Быстрее поиск — «ё» и е' },
}

const signed = (feed: SignedFeed, by: KeyObject = key.privateKey): SignedFeed => ({ ...feed, signature: sign(null, feedBytes(feed), by).toString('base64') })
const check = (info: unknown, over: Partial<FeedCheck> = {}) =>
  checkFeed(info, {
    isSigned: (bytes, signature) => verify(null, bytes, key.publicKey, Buffer.from(signature, 'base64')),
    current: { version: '1.3.0', sequence: 6 },
    platform: 'linux',
    channel: 'main',
    now: new Date('2026-12-01T00:00:00Z'),
    ...over,
  })
const reasonOf = (info: unknown, over: Partial<FeedCheck> = {}) => {
  const result = check(info, over)
  return result.ok ? 'ok' : result.reason
}

/** Every path to a value that is no object. */
const leaves = (value: unknown, path: (string | number)[] = []): (string | number)[][] =>
  typeof value === 'object' && value !== null ? Object.entries(value).flatMap(([name, part]) => leaves(part, [...path, Array.isArray(value) ? Number(name) : name])) : [path]

function changed(feed: SignedFeed, path: (string | number)[], change: (before: unknown) => unknown): unknown {
  const copy: unknown = structuredClone(feed)
  let holder = copy as Record<string | number, unknown>
  for (const step of path.slice(0, -1)) holder = holder[step] as typeof holder
  const last = path.at(-1)!
  holder[last] = change(holder[last])
  return copy
}

describe('a signed feed', () => {
  test('is taken with the key it was signed by, read from a file in any order of its keys', () => {
    const feed = signed(plain)
    expect(check(feed)).toEqual({ ok: true, feed })
    expect(reasonOf(Object.fromEntries(Object.entries(feed).reverse()))).toBe('ok')
  })

  test('is refused when it has no signature, one of another key, or one that is none', () => {
    expect(reasonOf(plain)).toBe('feedUnsigned')
    expect(reasonOf(signed(plain, otherKey.privateKey))).toBe('feedSignature')
    expect(reasonOf({ ...plain, signature: 'AAAA' })).toBe('feedSignature')
    expect(reasonOf({ ...plain, signature: 7 })).toBe('feedMalformed')
  })

  test('is refused when anything in it was changed after signing', () => {
    const feed = signed(plain)
    fc.assert(
      fc.property(fc.constantFrom(...leaves(feed)), fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant('2028-01-01T00:00:00Z'), fc.constantFrom(...feedChannels, ...feedPlatforms), fc.constant('9.9.9'), fc.constant(sum('other'))), (path, value) => {
        const other = changed(feed, path, () => value)
        fc.pre(JSON.stringify(other) !== JSON.stringify(feed))
        expect(reasonOf(other)).not.toBe('ok')
      }),
      { numRuns: 2_000 },
    )
  })

  test('is refused when something was left out of it or added to it, also what electron-updater would obey', () => {
    const feed = signed(plain)
    for (const path of leaves(feed)) {
      const without = changed(feed, path, () => undefined)
      expect(reasonOf(JSON.parse(JSON.stringify(without)))).not.toBe('ok')
    }
    for (const added of [{ packages: { x64: { path: 'evil.7z', sha512: sum('x'), size: 1 } } }, { stagingPercentage: 100 }, { sha2: 'aa' }, { minimumSystemVersion: '1.0.0' }, { releaseNotes: 'x' }]) expect(reasonOf({ ...feed, ...added })).toBe('feedMalformed')
    const second = { url: 'another.deb', sha512: sum('deb'), size: 1 }
    expect(reasonOf({ ...feed, files: [...feed.files, second] })).toBe('feedSignature')
    expect(reasonOf({ ...feed, okno: { ...feed.okno, isReturn: true } })).toBe('feedSignature')
  })

  test('says the same bytes for no two different feeds', () => {
    const texts = fc.string({ unit: 'binary', maxLength: 12 })
    const feeds = fc.record({ notes: texts, url: fc.constantFrom('a', 'b', 'a.deb', 'b.deb', 'a-b.deb'), sequence: fc.integer({ min: 1, max: 9 }), size: fc.integer({ min: 1, max: 9 }) })
    const made = ({ notes, url, sequence, size }: { notes: string; url: string; sequence: number; size: number }): SignedFeed => ({ version: '1.0.0', files: [{ url, size, sha512: sum('x') }], okno: { ...plain.okno, notes, sequence } })
    fc.assert(fc.property(feeds, feeds, (one, other) => Buffer.from(feedBytes(made(one))).equals(Buffer.from(feedBytes(made(other)))) === (JSON.stringify(made(one)) === JSON.stringify(made(other)))))
  }, 30_000)

  test('of one channel or platform is no feed of another', () => {
    for (const channel of feedChannels) {
      for (const platform of feedPlatforms) {
        const feed = signed({ ...plain, okno: { ...plain.okno, channel, platform } })
        const takers = feedChannels.flatMap((ours) => feedPlatforms.map((here) => [ours, here] as const)).filter(([ours, here]) => reasonOf(feed, { channel: ours, platform: here }) === 'ok')
        expect(takers).toEqual([[channel, platform]])
        expect(feedOfFileName(feedFileName(channel, platform))).toEqual({ channel, platform })
      }
    }
  })

  test('is refused once it has expired', () => {
    expect(reasonOf(signed(plain), { now: new Date('2027-02-22T09:59:59Z') })).toBe('ok')
    expect(reasonOf(signed(plain), { now: new Date('2027-02-22T10:00:00Z') })).toBe('feedExpired')
    expect(reasonOf(signed({ ...plain, okno: { ...plain.okno, expiresAt: null } }), { now: new Date('2099-01-01T00:00:00Z') })).toBe('ok')
  })

  test('that was seen may be read again, an earlier one may not, whatever it promises', () => {
    fc.assert(fc.property(fc.integer({ min: 1, max: 50 }), fc.integer({ min: 0, max: 50 }), fc.boolean(), (sequence, seen, isReturn) => {
      const reason = reasonOf(signed({ ...plain, okno: { ...plain.okno, sequence, isReturn } }), { current: { version: '1.3.0', sequence: seen } })
      expect(reason).toBe(sequence < seen ? 'feedReplayed' : 'ok')
    }))
  })

  test('of a lower version is refused unless it is signed as a return', () => {
    const current = { version: '1.5.0', sequence: 7 }
    expect(reasonOf(signed(plain), { current })).toBe('feedOlder')
    expect(reasonOf(signed({ ...plain, okno: { ...plain.okno, isReturn: true } }), { current })).toBe('ok')
    expect(reasonOf(signed({ ...plain, okno: { ...plain.okno, isReturn: true } }), { current: { ...current, sequence: 8 } })).toBe('feedReplayed')
  })

  test.each(['https://evil.example/x.deb', '//evil.example/x.deb', '../x.deb', '/etc/x.deb', 'a/b.deb', '..', '.hidden.deb', 'x.deb?y', 'C:\\x.exe', 'file:x.deb', 'x y.deb', ''])('names only files beside it, not %j, even under a right signature', (url) => {
    const file = { ...plain.files[0]!, url }
    expect(reasonOf(signed({ ...plain, files: [file], path: undefined, sha512: undefined }))).toBe('feedMalformed')
  })

  test.each([null, 'text', 7, [], {}, { version: '1.0.0' }, { ...plain, version: 'latest' }, { ...plain, files: [] }, { ...plain, okno: { ...plain.okno, releasedAt: new Date() } }, { ...plain, path: 'another.deb' }, { ...plain, files: [...plain.files, ...plain.files] }])('that is none is refused: %j', (info) => {
    expect(reasonOf(info)).toBe('feedMalformed')
  })
})

describe('versions', () => {
  const part = fc.integer({ min: 0, max: 3 })
  const before = fc.oneof(fc.constant(''), fc.constantFrom('-a', '-b', '-a.1', '-a.2', '-a.10', '-1', '-2', '-a.b', '-a-1'))
  const version = fc.tuple(part, part, part, before).map(([a, b, c, d]) => `${a}.${b}.${c}${d}`)

  test('are in the order of semver', () => {
    fc.assert(fc.property(version, version, (a, b) => compareVersions(a, b) < 0 === lt(a, b)), { numRuns: 2_000 })
  })

  test('are above everything that is no version', () => {
    expect(compareVersions('latest', '0.0.1')).toBeLessThan(0)
    expect(compareVersions('0.0.1', 'v1.0.0')).toBeGreaterThan(0)
    expect(compareVersions('', 'x')).toBe(0)
  })
})

test('a computer reads the feed of its system', () => {
  expect([feedPlatformOf('linux', 'x64'), feedPlatformOf('linux', 'arm64'), feedPlatformOf('win32', 'x64'), feedPlatformOf('darwin', 'arm64'), feedPlatformOf('freebsd', 'x64'), feedPlatformOf('linux', 'ia32')]).toEqual(['linux', 'linux-arm64', 'windows', 'mac', null, null])
})
