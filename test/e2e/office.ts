import { execFileSync, spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Chosen by whoever makes the office; the other staff get passwords at random, which stand on the sign-in screen. */
export const admin = { login: 'admin', password: 'admin-of-the-desk-tests-1' }

/** A copy of the office of this run, in a data folder of its own. */
export function copyOfOffice(): string {
  const office = process.env['OKNO_E2E_OFFICE']
  if (!office) throw new Error('the office of this run was not made')
  const copy = mkdtempSync(join(tmpdir(), 'okno-e2e-data-'))
  if (process.platform === 'win32') cpSync(office, copy, { recursive: true })
  // The cluster belongs to another user when the tests run as root; cp -a keeps that.
  else execFileSync('cp', ['-a', `${office}/.`, copy])
  return copy
}

export function emptyFolder(): string {
  return mkdtempSync(join(tmpdir(), 'okno-e2e-data-'))
}

export function forgetFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
}

export interface CommandResult {
  exitCode: number
  stdout: string
  stderr: string
}

/** A command for IT on a data folder, in a process of its own: `okno(data, ['audit', 'verify'], admin)`. */
export async function okno(data: string, args: string[], { login, password }: { login?: string; password: string }): Promise<CommandResult> {
  const folder = mkdtempSync(join(tmpdir(), 'okno-e2e-password-'))
  const passwordFile = join(folder, 'password')
  writeFileSync(passwordFile, password, { mode: 0o600 })
  const env = { ...process.env, OKNO_DATA: data, OKNO_PASSWORD_FILE: passwordFile, ...(login ? { OKNO_LOGIN: login } : {}) }
  try {
    const child = spawn(process.execPath, ['out/main/okno.js', ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
    const written = { stdout: '', stderr: '' }
    child.stdout.on('data', (chunk: Buffer) => (written.stdout += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (written.stderr += chunk.toString()))
    const exitCode = await new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('close', (code) => resolve(code ?? -1))
    })
    return { exitCode, ...written }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Makes one call of the application under a staff login and gives its answer. */
export async function call<T>(data: string, name: string, input: object, person: { login: string; password: string }): Promise<T> {
  const { exitCode, stdout, stderr } = await okno(data, ['call', name, JSON.stringify(input)], person)
  if (exitCode !== 0) throw new Error(`${name}: ${stdout}${stderr}`)
  return JSON.parse(stdout) as T
}

/** Processes of the database of a data folder; elsewhere than on Linux nobody is asked. */
export function databaseProcesses(data: string): string[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim()
        return command.includes(join(data, 'postgres')) ? [`${pid} ${command}`] : []
      } catch {
        return [] // It ended while we looked.
      }
    })
}
