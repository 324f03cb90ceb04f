import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { checkFeedFile } from '../../../src/main/headless/feed'
import { newKeyPair } from '../../../src/main/updates/feed-file'
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

test('a key that cannot sign is told before anything is built, with what to do: no passphrase, a wrong one, another pair, no key', async () => {
  type Trouble = (given: { key: string; publicKey: string; passphraseFile: string | undefined; canAsk: boolean }) => string | null
  const { keyTrouble } = (await import(resolve('scripts/release-key.mjs'))) as { keyTrouble: Trouble }
  const put = (name: string, text: string) => {
    writeFileSync(join(folder, name), text)
    return join(folder, name)
  }
  const closed = newKeyPair('Пароль ключа 2026')
  const open = newKeyPair(null)
  const [key, openKey] = [put('closed.pem', closed.privateKey), put('open.pem', open.privateKey)]
  const [publicKey, openPublic] = [put('closed.pub', closed.publicKey), put('open.pub', open.publicKey)]
  const right = put('right', 'Пароль ключа 2026\r\n')
  const ask = (given: Partial<Parameters<Trouble>[0]>) => keyTrouble({ key, publicKey, passphraseFile: right, canAsk: false, ...given })
  expect([ask({}), ask({ key: openKey, publicKey: openPublic, passphraseFile: undefined }), ask({ passphraseFile: undefined, canAsk: true })]).toEqual([null, null, null])
  expect(ask({ passphraseFile: undefined })).toContain('OKNO_KEY_PASSPHRASE_FILE')
  expect(ask({ passphraseFile: join(folder, 'nowhere') })).toContain('not there')
  expect(ask({ passphraseFile: put('wrong', 'другой') })).toContain('does not open')
  expect(ask({ publicKey: openPublic })).toContain('not the other half')
  expect(ask({ publicKey: put('no.pub', 'x') })).toContain('not the other half')
  expect(ask({ key: put('no.pem', closed.publicKey) })).toContain('no private key')
})
