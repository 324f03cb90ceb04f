import { appendFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { AppError } from '@shared/errors'
import { describeCause, openLog } from '../../src/main/log'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'okno-log-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const lines = (name: string) =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, unknown>)

test('an event is one line of JSON that only this user may read', () => {
  const log = openLog(folder, () => new Date('2026-03-01T23:59:00Z'))
  log.info('call', { call: 'desk.find', staffId: 7, ms: 12 })
  log.error('call broke', { cause: new AppError('conflict', 'changedByAnotherDesk') })
  const [call, failure] = lines('okno-2026-03-01.log')
  expect(call).toEqual({ at: '2026-03-01T23:59:00.000Z', level: 'info', pid: process.pid, event: 'call', call: 'desk.find', staffId: 7, ms: 12 })
  expect(failure).toMatchObject({ level: 'error', cause: { name: 'AppError', code: 'conflict', reason: 'changedByAnotherDesk' } })
  expect(statSync(join(folder, 'okno-2026-03-01.log')).mode & 0o777).toBe(0o600)
})

test('a new day begins a new file, and fourteen days are kept', () => {
  for (let day = 1; day <= 20; day++) appendFileSync(join(folder, `okno-2026-02-${String(day).padStart(2, '0')}.log`), '{}\n')
  appendFileSync(join(folder, 'notes.txt'), 'of somebody else')
  let now = new Date('2026-02-28T12:00:00Z')
  const log = openLog(folder, () => now)
  log.info('evening')
  now = new Date('2026-03-01T08:00:00Z')
  log.info('morning')
  const days = readdirSync(folder).filter((name) => name.startsWith('okno-')).sort()
  expect(days).toHaveLength(14)
  expect([days[0], ...days.slice(-2)]).toEqual(['okno-2026-02-09.log', 'okno-2026-02-28.log', 'okno-2026-03-01.log'])
  expect(readdirSync(folder)).toContain('notes.txt')
})

test('a cause keeps its code, constraint and frames, and nothing of what people typed', () => {
  const cause = Object.assign(new Error("insert into subscriber values ($1) - invalid input: 'Секретов'\n    at Секретов (4509 123456)"), {
    code: '23505',
    constraint: 'subscriber_email_key',
    detail: 'Key (email)=(sekretov@example.org) already exists.',
    where: 'Секретов',
    parameters: ['Секретов'],
    cause: new Error('Секретов'),
  })
  const described = describeCause(cause)
  expect(described).toMatchObject({ name: 'Error', code: '23505', constraint: 'subscriber_email_key', cause: { name: 'Error' } })
  expect(described['stack']).toContainEqual(expect.stringContaining('log.test.ts'))
  expect(JSON.stringify(described)).not.toMatch(/Секретов|sekretov|4509/)
})

test('a defect of the program is told by its own words', () => {
  expect(describeCause(new TypeError("Cannot read properties of undefined (reading 'email')"))).toMatchObject({ message: expect.stringContaining("reading 'email'") as string })
  const nodeError = Object.assign(new TypeError("Received 'Секретов'"), { code: 'ERR_INVALID_ARG_TYPE' })
  expect(describeCause(nodeError)).not.toHaveProperty('message')
  expect(describeCause('Секретов')).toEqual({ type: 'string' })
})

test('a log that cannot be written does not stop the work', () => {
  const log = openLog(folder, () => new Date('2026-03-01T12:00:00Z'))
  mkdirSync(join(folder, 'okno-2026-03-01.log'))
  expect(() => log.info('call')).not.toThrow()
})
