import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkFeedFile } from '../../../src/main/headless/feed'
import { feedText, keyPair, release } from './feed-server'

// What `npm run release -- --promote` and `--return` sign again lies in a folder that others may be able to write into.
type Believed = (file: string, platform: string, stage: string, check: (file: string) => unknown) => Promise<{ version: string } | null>

const pair = keyPair()
const deb = Buffer.from('package')
let folder: string
let believed: (text: string) => Promise<string | null>
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'okno-release-'))
  writeFileSync(join(folder, 'update-key.pub'), pair.publicKey)
  const { believedFeed } = (await import(resolve('scripts/believed-feed.mjs'))) as { believedFeed: Believed }
  believed = async (text) => {
    const file = join(folder, '1.4.0-linux.yml')
    writeFileSync(file, text)
    const check = (path: string) => checkFeedFile(path, { key: join(folder, 'update-key.pub') }).then(({ value }) => value, () => null)
    return (await believedFeed(file, 'linux', folder, check))?.version ?? null
  }
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

test('a feed that bears our signature is released on, whatever its channel, also when its time is over', async () => {
  expect(await believed(feedText(release(pair, deb)))).toBe('1.4.0')
  expect(await believed(feedText(release(pair, deb, { channel: 'pilot', expiresAt: '2026-11-01T00:00:00Z' })))).toBe('1.4.0')
})

test.each([
  ['whose package was exchanged', feedText({ ...release(pair, deb), files: release(pair, Buffer.from('another')).files })],
  ['whose sequence was raised out of reach', feedText({ ...release(pair, deb), okno: { ...release(pair, deb).okno, sequence: 9_000_000 } })],
  ['signed by another key', feedText(release(keyPair(), deb))],
  ['not signed', feedText({ ...release(pair, deb), signature: undefined })],
  ['of another system', feedText(release(pair, deb, { platform: 'windows' }))],
  ['with more than windows know', feedText({ ...release(pair, deb), packages: {} })],
  ['that is no feed', '<html>'],
])('a feed %s is not made true by our signature', async (_what, text) => {
  expect(await believed(text)).toBeNull()
})
