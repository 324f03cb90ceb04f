import { readdirSync, readFileSync } from 'node:fs'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { hintOf } from '../../../src/main/headless/hints'
import { runHeadless } from '../../../src/main/headless/run'

const base = mkdtempSync(join(tmpdir(), 'okno-hints-'))
afterAll(() => rmSync(base, { recursive: true, force: true }))

async function okno(args: string[], env: Record<string, string> = {}) {
  const said = { stdout: '', stderr: '' }
  const code = await runHeadless(args, { appVersion: 'test', env: { OKNO_DATA: base, ...env }, print: (text) => void (said.stdout += text), tell: (text) => void (said.stderr += text) })
  return { code, json: JSON.parse(said.stdout) as unknown, stderr: said.stderr }
}

test('whoever is refused by a command is told what to do, beside the JSON', async () => {
  expect(await okno(['rollout', 'status'])).toEqual({ code: 1, json: { code: 'notSignedIn', reason: 'loginMissing' }, stderr: expect.stringContaining('OKNO_LOGIN') })
  expect(await okno(['rollout', 'status'], { OKNO_LOGIN: 'admin', OKNO_PASSWORD_FILE: join(base, 'nowhere') })).toMatchObject({ code: 1, json: { reason: 'passwordFileUnreadable' }, stderr: expect.stringContaining('cannot be read') })
  expect(await okno(['backup', 'verify', join(base, 'no.age'), '--key', join(base, 'no.key')])).toMatchObject({ code: 1, stderr: expect.stringContaining('not there') })
})

test('every reason that a command itself gives has such a line of its own', () => {
  const folder = resolve(import.meta.dirname, '../../../src/main/headless')
  const source = readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')
  const reasons = new Set([...source.matchAll(/AppError\('\w+', '(\w+)'/g)].map(([, reason]) => reason!))
  expect(reasons.size).toBeGreaterThan(15)
  const byCode = hintOf({ code: 'conflict', reason: undefined })
  expect(byCode).toBeNull()
  const without = [...reasons].filter((reason) => reason !== 'usage' && hintOf({ code: 'conflict', reason }) === null)
  expect(without).toEqual([])
})
