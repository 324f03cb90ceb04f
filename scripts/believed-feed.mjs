import { copyFileSync, mkdtempSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { JSON_SCHEMA, load } from 'js-yaml'

/** The file names of a channel's feeds, by platform (src/shared/domain/signed-feed.ts). */
export const feedNames = { main: { linux: 'latest-linux.yml', 'linux-arm64': 'latest-linux-arm64.yml', windows: 'latest.yml' }, pilot: { linux: 'pilot-linux.yml', 'linux-arm64': 'pilot-linux-arm64.yml', windows: 'pilot.yml' } }

/**
 * A feed that lies in the folder of releases, as it may be released on (promoted, gone back to, counted on): whoever can write into that folder could have changed it, and our signature would
 * make it true. So it bears our signature already, or it is none: null. That its time is over does not matter.
 *
 * @param {string} file
 * @param {string} platform
 * @param {string} stage a folder of ours, where the very bytes that are believed are kept
 * @param {(file: string) => unknown} check what `okno feed check` prints, or nothing
 */
export async function believedFeed(file, platform, stage, check) {
  const folder = mkdtempSync(join(stage, 'seen-'))
  const copy = join(folder, 'feed.yml')
  copyFileSync(file, copy)
  let feed
  try {
    feed = /** @type {any} */ (load(readFileSync(copy, 'utf8'), { schema: JSON_SCHEMA }))
  } catch {
    return null
  }
  const name = feedNames[feed?.okno?.channel]?.[platform]
  if (typeof name !== 'string') return null
  renameSync(copy, join(folder, name))
  const told = /** @type {any} */ (await check(join(folder, name)))
  return told?.version === feed.version && told.platform === platform && (told.reason === null || told.reason === 'feedExpired') ? feed : null
}
