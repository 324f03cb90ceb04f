import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runHeadless } from '../../../src/main/headless/run'

let base: string
let password: string

beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'okno-config-'))
  password = join(base, 'password')
  writeFileSync(password, 'пароль администратора 1\n')
})
afterAll(() => rmSync(base, { recursive: true, force: true }))

/** A command in the data folder of one of two offices; what it prints is one JSON. */
async function okno(office: 'first' | 'second', ...args: string[]): Promise<{ code: number; json: Record<string, unknown> & { items?: unknown } }> {
  let printed = ''
  const code = await runHeadless(args, { appVersion: '0.0.0-test', env: { ...process.env, OKNO_DATA: join(base, office), OKNO_LOGIN: 'admin', OKNO_PASSWORD_FILE: password }, print: (text) => (printed += text), tell: () => undefined })
  return { code, json: JSON.parse(printed || 'null') as Record<string, unknown> }
}

test('a second office is brought to the configuration of the first by commands alone, and a file somebody has touched is refused', async () => {
  const file = join(base, 'office.json')
  for (const office of ['first', 'second'] as const) expect(await okno(office, 'init', '--admin', 'admin', '--office', `Офис ${office}`)).toMatchObject({ code: 0 })
  const { json } = await okno('first', 'call', 'providers.list')
  const { id: _, ...card } = (json as unknown as { id: number; code: string; profile: { password: { length: number } } }[]).find(({ code }) => code === 'enser')!
  expect(await okno('first', 'call', 'providers.save', JSON.stringify({ ...card, profile: { ...card.profile, password: { ...card.profile.password, length: 15 } } }))).toMatchObject({ code: 0 })
  expect(await okno('first', 'config', 'export', '--out', file)).toMatchObject({ code: 0, json: { fileName: 'office.json' } })

  expect(await okno('second', 'config', 'check', file)).toMatchObject({
    code: 1, json: { items: [{ part: 'office', isOwn: true, changes: [{ path: 'name', before: 'Офис second', after: 'Офис first' }] }, { part: 'providers', key: 'enser', state: 'changed', changes: [{ path: 'profile.password.length', after: 15 }] }] },
  })
  expect(await okno('second', 'config', 'import', file)).toMatchObject({ code: 0, json: { taken: ['providers/enser'], wrong: [] } })
  expect(await okno('second', 'config', 'import', file, '--only', 'providers/nobody')).toMatchObject({ code: 1, json: { reason: 'configurationItem' } })
  expect(await okno('second', 'config', 'import', file, '--own')).toMatchObject({ code: 0, json: { taken: ['office/office'] } })
  expect(await okno('second', 'config', 'check', file)).toMatchObject({ code: 0, json: { items: [] } })
  const again = join(base, 'again.json')
  await okno('second', 'config', 'export', '--out', again)
  expect(readFileSync(again, 'utf8')).toBe(readFileSync(file, 'utf8'))

  writeFileSync(file, readFileSync(file, 'utf8').replace('"length": 15', '"length": 16'))
  expect(await okno('second', 'config', 'import', file)).toMatchObject({ code: 1, json: { reason: 'configurationDamaged' } })
}, 240_000)
