import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runHeadless } from '../../../src/main/headless/run'

/* IT signs a release: a pair of keys, a feed as electron-builder writes it with the part of Okno, a package beside it. */
let base: string
let pair: string
const path = (...names: string[]) => join(base, ...names)

async function okno(args: string[], env: Record<string, string> = {}): Promise<{ code: number; json: Record<string, unknown>; told: string }> {
  let printed = ''
  let told = ''
  const code = await runHeadless(['feed', ...args], { appVersion: 'test', env: { OKNO_DATA: path('data'), ...env }, print: (text) => void (printed += text), tell: (text) => void (told += text) })
  return { code, told, json: printed === '' ? {} : (JSON.parse(printed) as Record<string, unknown>) }
}

const deb = Buffer.from('a package')
const sum = createHash('sha512').update(deb).digest('base64')
const feedText = (over: { channel?: string; more?: string; sha512?: string } = {}) => `version: 1.4.0
files:
  - url: okno_1.4.0_amd64.deb
    sha512: ${over.sha512 ?? sum}
    size: ${deb.length}
path: okno_1.4.0_amd64.deb
sha512: ${over.sha512 ?? sum}
releaseDate: '2026-11-22T10:00:00.000Z'
okno:
  channel: ${over.channel ?? 'main'}
  platform: linux
  schema: { from: 40, to: 42 }
  sequence: 7
  releasedAt: '2026-11-22T10:00:00Z'
  expiresAt: null
  notes: |
    Поиск понимает «ё».
    Квитанции печатаются быстрее.
${over.more ?? ''}`

function release(name = 'latest-linux.yml', text = feedText()): string {
  const folder = mkdtempSync(path('release-'))
  writeFileSync(join(folder, 'okno_1.4.0_amd64.deb'), deb)
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}
const signed = async (file = release()) => {
  expect(await okno(['sign', file, '--key', join(pair, 'update-key.pem')])).toMatchObject({ code: 0, json: { version: '1.4.0', channel: 'main', platform: 'linux', sequence: 7, isReturn: false } })
  return file
}
const check = (file: string) => okno(['check', file, '--key', join(pair, 'update-key.pub')])

beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), 'okno-feed-'))
  pair = path('keys')
  expect(await okno(['key', '--out', pair])).toMatchObject({ code: 0, json: { encrypted: false } })
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

describe('IT signs a release', () => {
  test('with a private key that only IT reads; a second pair does not take its place', async () => {
    expect(statSync(join(pair, 'update-key.pem')).mode & 0o777).toBe(0o600)
    const before = readFileSync(join(pair, 'update-key.pem'), 'utf8')
    expect(await okno(['key', '--out', pair])).toMatchObject({ code: 1, json: { code: 'conflict', reason: 'feedKeyExists' } })
    expect(readFileSync(join(pair, 'update-key.pem'), 'utf8')).toBe(before)
  })

  test('and windows take it; signing again replaces the signature and leaves the rest to the byte', async () => {
    const file = await signed()
    const text = readFileSync(file, 'utf8')
    expect(text.startsWith(feedText().trimEnd())).toBe(true)
    expect(await check(file)).toMatchObject({ code: 0, json: { ok: true, reason: null, packages: [{ file: 'okno_1.4.0_amd64.deb', problem: null }] } })
    await signed(file)
    expect(readFileSync(file, 'utf8')).toBe(text)
  })

  test('with a key behind a passphrase', async () => {
    const keys = path('behind a passphrase')
    writeFileSync(path('passphrase'), 'тайна выпуска\n')
    const env = { OKNO_KEY_PASSPHRASE_FILE: path('passphrase') }
    expect(await okno(['key', '--out', keys, '--passphrase'], env)).toMatchObject({ code: 0, json: { encrypted: true } })
    const file = release()
    writeFileSync(path('wrong'), 'не та\n')
    expect(await okno(['sign', file, '--key', join(keys, 'update-key.pem')], { OKNO_KEY_PASSPHRASE_FILE: path('wrong') })).toMatchObject({ code: 1, json: { reason: 'updateKey' } })
    expect(await okno(['sign', file, '--key', join(keys, 'update-key.pem')], env)).toMatchObject({ code: 0 })
    expect(await okno(['check', file, '--key', join(keys, 'update-key.pub')])).toMatchObject({ code: 0 })
    expect(await check(file)).toMatchObject({ code: 1, json: { ok: false, reason: 'feedSignature' } })
  })

  test('not under the name of another channel, and not with keys that electron-updater would obey unasked', async () => {
    const key = ['--key', join(pair, 'update-key.pem')]
    expect(await okno(['sign', release('pilot-linux.yml'), ...key])).toMatchObject({ code: 1, json: { reason: 'feedFileName', details: { expected: 'latest-linux.yml' } } })
    expect(await okno(['sign', release('latest.yml'), ...key])).toMatchObject({ code: 1, json: { reason: 'feedFileName' } })
    expect(await okno(['sign', release('latest-linux.yml', feedText({ more: 'stagingPercentage: 10\n' })), ...key])).toMatchObject({ code: 1, json: { reason: 'feedMalformed' } })
    expect(await okno(['sign', release('latest-linux.yml', feedText({ more: 'version: 9.9.9\n' })), ...key])).toMatchObject({ code: 1, json: { reason: 'feedMalformed' } })
  })

  test('and is told when the feed or a package was changed afterwards', async () => {
    const changed = await signed()
    writeFileSync(changed, readFileSync(changed, 'utf8').replace('sequence: 7', 'sequence: 8'))
    expect(await check(changed)).toMatchObject({ code: 1, json: { ok: false, reason: 'feedSignature' } })
    const damaged = await signed()
    writeFileSync(join(damaged, '..', 'okno_1.4.0_amd64.deb'), 'A package')
    expect(await check(damaged)).toMatchObject({ code: 1, json: { ok: false, reason: null, packages: [{ problem: 'sha512' }] } })
    writeFileSync(join(damaged, '..', 'okno_1.4.0_amd64.deb'), 'shorter')
    expect(await check(damaged)).toMatchObject({ code: 1, json: { packages: [{ problem: 'size' }] } })
    rmSync(join(damaged, '..', 'okno_1.4.0_amd64.deb'))
    expect(await check(damaged)).toMatchObject({ code: 1, json: { packages: [{ problem: 'missing' }] } })
  })

  test('is asked for the arguments that are missing', async () => {
    for (const args of [['key'], ['sign', 'latest-linux.yml'], ['check']]) expect((await okno(args)).code).toBe(2)
  })
})
