import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { isProcess, thisProcess, withProcessLock } from '../../../src/main/db/process-lock'

let folder: string
beforeEach(() => {
  folder = join(mkdtempSync(join(tmpdir(), 'okno-lock-')), 'lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const deadPid = () => spawnSync(process.execPath, ['-e', '']).pid

test('of many who want it at once, one works at a time and all get their turn', async () => {
  let inside = 0
  let most = 0
  const turns = await Promise.all(
    Array.from({ length: 12 }, (_, turn) =>
      withProcessLock(folder, async () => {
        most = Math.max(most, ++inside)
        await new Promise((resolve) => setImmediate(resolve))
        inside--
        return turn
      }),
    ),
  )
  expect(most).toBe(1)
  expect(turns).toHaveLength(12)
  expect(readdirSync(folder)).toHaveLength(1)
})

test('work that fails frees it', async () => {
  await expect(withProcessLock(folder, () => Promise.reject(new Error('broke')))).rejects.toThrow('broke')
  expect(await withProcessLock(folder, () => Promise.resolve('worked'))).toBe('worked')
})

test.each([
  ['a killed process', () => ({ ...thisProcess(folder), pid: deadPid() })],
  ['a process whose number belongs to another one now', () => ({ ...thisProcess(folder), startedAt: 'another boot:1' })],
  ['a process that works in the folder this one was copied from', () => thisProcess('/elsewhere')],
])('a lock of %s is taken over', async (_whose, holder) => {
  mkdirSync(folder, { recursive: true })
  writeFileSync(join(folder, '7'), JSON.stringify(holder()))
  writeFileSync(join(folder, `card-${deadPid()}-00`), '')
  expect(await withProcessLock(folder, () => Promise.resolve(readdirSync(folder).filter((name) => !name.startsWith('card-'))))).toEqual(['8'])
})

test.skipIf(process.platform !== 'linux')('a zombie is not running, though the system still knows its number', async () => {
  // The shell becomes `sleep`, which never asks how the child of the shell ended; the child ends only after that, when it is told.
  const parent = spawn('sh', ['-c', 'exec 3<&0; (read line <&3) & echo $!; exec sleep 60'], { stdio: ['pipe', 'pipe', 'ignore'] })
  try {
    const [line] = (await once(parent.stdout, 'data')) as [Buffer]
    const pid = Number(line.toString())
    await vi.waitFor(() => expect(readFileSync(`/proc/${parent.pid}/comm`, 'latin1')).toBe('sleep\n'), { timeout: 10_000 })
    parent.stdin.end('\n')
    await vi.waitFor(() => expect(readFileSync(`/proc/${pid}/stat`, 'latin1')).toContain(') Z '), { timeout: 10_000 })
    expect(isProcess(pid)).toBe(false)
    expect(isProcess(process.pid)).toBe(true)
  } finally {
    parent.kill('SIGKILL')
  }
})
