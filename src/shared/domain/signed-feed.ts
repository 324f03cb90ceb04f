import { z } from 'zod'

/**
 * The feed: the small file beside the packages that tells a window which version there is. Whoever can write into the share or the web server can write a feed, so IT signs it: an Ed25519
 * signature over all of it (`feedBytes`), checked with the public key of the build before anything is downloaded (docs/rollout.md). This module is the whole rule; signing itself is main's.
 */

export const feedChannels = ['main', 'pilot'] as const
export type FeedChannel = (typeof feedChannels)[number]

export const feedPlatforms = ['windows', 'linux', 'linux-arm64', 'mac'] as const
export type FeedPlatform = (typeof feedPlatforms)[number]

const channelWords = { main: 'latest', pilot: 'pilot' } as const
const platformEndings = { windows: '', linux: '-linux', 'linux-arm64': '-linux-arm64', mac: '-mac' } as const

/** The name electron-builder gives the file: 'latest-linux.yml', 'pilot.yml'. */
export const feedFileName = (channel: FeedChannel, platform: FeedPlatform): string => `${channelWords[channel]}${platformEndings[platform]}.yml`

/** What a file of that name is for; null for any other name. */
export function feedOfFileName(name: string): { channel: FeedChannel; platform: FeedPlatform } | null {
  for (const channel of feedChannels) for (const platform of feedPlatforms) if (feedFileName(channel, platform) === name) return { channel, platform }
  return null
}

/** The feed a computer reads, from Node's `process.platform` and `process.arch`; null where Okno has no packages. */
export function feedPlatformOf(platform: string, arch: string): FeedPlatform | null {
  if (platform === 'win32') return 'windows'
  if (platform === 'darwin') return 'mac'
  if (platform !== 'linux') return null
  return arch === 'x64' ? 'linux' : arch === 'arm64' ? 'linux-arm64' : null
}

export const version = z.string().max(60).regex(/^(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})\.(0|[1-9]\d{0,8})(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?$/)
const sha512 = z.string().regex(/^[A-Za-z0-9+/]{86}==$/)
const size = z.int().positive().max(2 ** 31)
const instant = z.iso.datetime({ offset: true })
/** A bare name beside the feed: no folder, no other host, nothing hidden. */
const fileName = z.string().max(200).regex(/^[A-Za-z0-9][A-Za-z0-9._~+-]*$/)

const feedFile = z.strictObject({ url: fileName, sha512, size, blockMapSize: size.optional(), isAdminRightsRequired: z.boolean().optional() })

/**
 * Strict on purpose: electron-updater obeys more keys than these (`packages` downloads another file, `stagingPercentage` decides who updates), and what is not known here is not signed knowingly.
 * `path` and `sha512` at the top are electron-builder's copy of a file below.
 */
export const signedFeed = z
  .strictObject({
    version,
    files: z.array(feedFile).min(1).max(20),
    path: fileName.optional(),
    sha512: sha512.optional(),
    releaseDate: z.string().max(40).optional(),
    okno: z.strictObject({
      channel: z.enum(feedChannels),
      platform: z.enum(feedPlatforms),
      /** Schemas of the database this version works with. */
      schema: z.strictObject({ from: z.int().nonnegative(), to: z.int().nonnegative() }).refine(({ from, to }) => from <= to),
      /** Grows with every release of a channel: an older feed put back is known by it. */
      sequence: z.int().positive(),
      releasedAt: instant,
      expiresAt: instant.nullable(),
      /** Back to an earlier version, on purpose: then `version` may be lower than what is installed. */
      isReturn: z.boolean().optional(),
      /** What is new, for the operator, in Russian. */
      notes: z.string().max(10_000),
    }),
    signature: z.string().max(200).optional(),
  })
  .refine(({ path, sha512: sum, files }) => path === undefined || files.some((file) => file.url === path && (sum === undefined || file.sha512 === sum)))
  .refine(({ path, sha512: sum }) => sum === undefined || path !== undefined)
  .refine(({ files }) => new Set(files.map(({ url }) => url)).size === files.length)
export type SignedFeed = z.infer<typeof signedFeed>

/** What is signed: the whole feed but the signature, keys in order, as ASCII. Two feeds that differ in anything differ here. */
export function feedBytes({ signature: _, ...said }: SignedFeed): Uint8Array {
  const text = `okno-feed-1\n${canonical(said)}`
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    const fields = Object.entries(value).filter(([, field]) => field !== undefined)
    return `{${fields.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, field]) => `${canonical(key)}:${canonical(field)}`).join(',')}}`
  }
  return JSON.stringify(value).replace(/[^\x20-\x7e]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

export const feedRefusals = ['feedMalformed', 'feedUnsigned', 'feedSignature', 'feedOtherPlatform', 'feedOtherChannel', 'feedExpired', 'feedReplayed', 'feedOlder'] as const
export type FeedRefusal = (typeof feedRefusals)[number]

export interface FeedCheck {
  /** Whether `signature` (base64) is one of the build's key over these bytes. */
  isSigned(bytes: Uint8Array, signature: string): boolean
  /** What is installed, and the highest `sequence` of this channel that this computer has seen under a right signature; 0 when none. */
  current: { version: string; sequence: number }
  platform: FeedPlatform
  channel: FeedChannel
  now: Date
}

/**
 * Whether a feed may be acted upon. The signature comes before everything that is believed; nothing of a feed without one is worth telling apart.
 * A return may name a lower version; it can't be replayed either, since its sequence grows like any other's.
 */
export function checkFeed(info: unknown, { isSigned, current, platform, channel, now }: FeedCheck): { ok: true; feed: SignedFeed } | { ok: false; reason: FeedRefusal } {
  const refused = (reason: FeedRefusal) => ({ ok: false, reason }) as const
  const parsed = signedFeed.safeParse(info)
  if (!parsed.success) return refused('feedMalformed')
  const feed = parsed.data
  if (feed.signature === undefined) return refused('feedUnsigned')
  if (!isSigned(feedBytes(feed), feed.signature)) return refused('feedSignature')
  const { okno } = feed
  if (okno.platform !== platform) return refused('feedOtherPlatform')
  if (okno.channel !== channel) return refused('feedOtherChannel')
  if (okno.expiresAt !== null && new Date(okno.expiresAt) <= now) return refused('feedExpired')
  if (okno.sequence < current.sequence) return refused('feedReplayed')
  if (!okno.isReturn && compareVersions(feed.version, current.version) < 0) return refused('feedOlder')
  return { ok: true, feed }
}

/** The package of a feed for this computer by the ending of its name ('deb', 'exe', 'AppImage'); null: there is none. */
export function packageOf({ files }: SignedFeed, ending: string): SignedFeed['files'][number] | null {
  return files.find(({ url }) => url.toLowerCase().endsWith(`.${ending.toLowerCase()}`)) ?? null
}

/** Order of two versions by semver: negative when `a` is lower. What is no version is lower than any. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [partsOf(a), partsOf(b)]
  if (!left || !right) return Number(left !== null) - Number(right !== null)
  for (let index = 0; index < 3; index++) {
    const difference = (left.numbers[index] ?? 0) - (right.numbers[index] ?? 0)
    if (difference !== 0) return difference
  }
  // 1.2.0-beta comes before 1.2.0.
  if (left.before.length === 0 || right.before.length === 0) return Number(right.before.length > 0) - Number(left.before.length > 0)
  for (let index = 0; index < Math.max(left.before.length, right.before.length); index++) {
    const [one, other] = [left.before[index], right.before[index]]
    if (one === undefined || other === undefined) return one === undefined ? -1 : 1
    if (one === other) continue
    const [oneNumber, otherNumber] = [/^\d+$/.test(one), /^\d+$/.test(other)]
    if (oneNumber && otherNumber && Number(one) !== Number(other)) return Number(one) - Number(other)
    if (oneNumber !== otherNumber) return oneNumber ? -1 : 1
    return one < other ? -1 : 1
  }
  return 0
}

function partsOf(text: string): { numbers: number[]; before: string[] } | null {
  if (!version.safeParse(text).success) return null
  const [core = '', ...rest] = text.split('-')
  return { numbers: core.split('.').map(Number), before: rest.length === 0 ? [] : rest.join('-').split('.') }
}
