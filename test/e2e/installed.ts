import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'

/* The program as IT installs it: a deb, dpkg, and a root of its own, so that the machine stays as it is. */

function must(command: string, args: string[]): void {
  const { status, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  if (status !== 0) throw error ?? new Error(`${command} ${args[0] ?? ''}: ${stderr}`)
}

/** Okno's own deb as `npm run package` makes it, and the next version of it: the same files under another version, which is made in seconds. */
export function makeDebs(folder: string, version: string, next: string): { deb: string; nextDeb: string } {
  const deb = join(folder, `okno_${version}_amd64.deb`)
  const nextDeb = join(folder, `okno_${next}_amd64.deb`)
  if (existsSync(nextDeb)) return { deb, nextDeb }
  must(process.execPath, ['scripts/package.mjs', 'deb', '--quick', '--version', version, '--out', join(folder, 'packed')])
  const made = readdirSync(join(folder, 'packed')).find((name) => name.endsWith('.deb'))
  if (!made) throw new Error('no deb was made')
  const tree = join(folder, 'tree')
  must('dpkg-deb', ['-R', join(folder, 'packed', made), tree])
  rmSync(join(folder, 'packed'), { recursive: true })
  // They speak to the system outside the root: links, AppArmor, the menu. The package's own test installs it with them.
  for (const script of ['postinst', 'postrm']) rmSync(join(tree, 'DEBIAN', script), { force: true })
  must('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z1', '--build', tree, deb])
  for (const [name, before, after] of [['DEBIAN/control', `Version: ${version}`, `Version: ${next}`], ['opt/Okno/resources/app.asar', `"version": "${version}"`, `"version": "${next}"`]] as const) {
    const bytes = readFileSync(join(tree, name))
    const at = bytes.indexOf(before)
    if (at < 0 || before.length !== after.length) throw new Error(`${before} is not in ${name}`)
    bytes.write(after, at)
    writeFileSync(join(tree, name), bytes)
  }
  must('dpkg-deb', ['--root-owner-group', '-Zzstd', '-z1', '--build', tree, nextDeb])
  rmSync(tree, { recursive: true })
  return { deb, nextDeb }
}

/**
 * A root with its own dpkg. `tools` stands first on the PATH of the program: its `dpkg` works on that root, its `apt-get` says yes as the real one does after a failed dpkg.
 * A file `refuse` in `tools` makes dpkg fail, a file `wait` keeps it from beginning.
 */
export function newRoot() {
  const base = mkdtempSync(join(tmpdir(), 'okno-root-'))
  const root = join(base, 'root')
  const tools = join(base, 'tools')
  for (const folder of [tools, join(root, 'var/lib/dpkg/info'), join(root, 'var/lib/dpkg/updates')]) mkdirSync(folder, { recursive: true })
  for (const file of ['status', 'available']) writeFileSync(join(root, 'var/lib/dpkg', file), '')
  const script = (name: string, text: string) => {
    writeFileSync(join(tools, name), `#!/bin/sh\n${text}\n`)
    chmodSync(join(tools, name), 0o755)
  }
  script('dpkg', `echo "$@" >> '${tools}/calls'\n[ -e '${tools}/refuse' ] && exit 1\nwhile [ -e '${tools}/wait' ]; do /bin/sleep 0.1; done\nexec /usr/bin/dpkg --root='${root}' --force-not-root --force-depends --log=/dev/null "$@"`)
  script('apt-get', 'exit 0')
  // Where the tests do not run as root, the program asks for rights; in this root it needs none.
  script('pkexec', '[ "$1" = --disable-internal-agent ] && shift\nexec "$@"')
  const executable = join(root, 'opt/Okno/okno')

  const ours = (): { pid: number; isMain: boolean }[] =>
    readdirSync('/proc').filter((name) => /^\d+$/.test(name)).flatMap((pid) => {
      try {
        if (!readlinkSync(`/proc/${pid}/exe`).startsWith(executable)) return []
        return [{ pid: Number(pid), isMain: !readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('--type=') }]
      } catch {
        return [] // It ended while we looked.
      }
    })

  return {
    base,
    tools,
    /** Main processes of the installed program: one while it runs. */
    running: () => ours().filter(({ isMain }) => isMain).map(({ pid }) => pid),
    install: (deb: string) => must(join(tools, 'dpkg'), ['-i', deb]),
    installed: () => spawnSync('dpkg-query', [`--admindir=${join(root, 'var/lib/dpkg')}`, '-W', '-f', '${Version}', 'okno'], { encoding: 'utf8' }).stdout,
    installs: () => (existsSync(join(tools, 'calls')) ? readFileSync(join(tools, 'calls'), 'utf8').split('\n').filter((line) => line.includes('.deb')).length : 0),
    /** Whether a dpkg of this root still runs. */
    isInstalling: () => readdirSync('/proc').some((pid) => /^\d+$/.test(pid) && commandOf(pid).includes(`${base}/`) && /dpkg/.test(commandOf(pid))),
    /** As the user's desktop starts it, with its settings and caches in `base`. */
    start(data: string, env: Record<string, string>): void {
      const child = spawn(executable, process.getuid?.() === 0 ? ['--no-sandbox'] : [], {
        env: { ...process.env, PATH: `${tools}:${process.env['PATH'] ?? ''}`, HOME: base, XDG_CONFIG_HOME: join(base, 'config'), XDG_CACHE_HOME: join(base, 'cache'), OKNO_DATA: data, ...env },
        stdio: 'ignore', detached: true, cwd: resolve('/'),
      })
      child.unref()
    },
    signal(signal: 'SIGKILL' | 'SIGTERM'): void {
      for (const { pid, isMain } of ours()) if (isMain || signal === 'SIGKILL') try { process.kill(pid, signal) } catch { /* It has gone by itself. */ }
    },
    forget: () => rmSync(base, { recursive: true, force: true, maxRetries: 5 }),
  }
}
export type Root = ReturnType<typeof newRoot>

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8')
  } catch {
    return '' // It ended while we looked.
  }
}

/** What the program wrote into its log about updates since it was asked last: 'downloading', 'event refused feedSignature'. */
export function followUpdates(data: string) {
  let read = 0
  return {
    forget: () => void (read = lines(data).length),
    said: () => lines(data).slice(read),
  }
}

function lines(data: string): string[] {
  const logs = join(data, 'logs')
  if (!existsSync(logs)) return []
  return readdirSync(logs).filter((name) => name.endsWith('.log')).sort().flatMap((name) => readFileSync(join(logs, name), 'utf8').split('\n')).flatMap((line) => {
    if (!line.startsWith('{')) return []
    const { event, state, kind, reason } = JSON.parse(line) as Record<string, string | undefined>
    if (event === 'update') return [[state, reason].filter(Boolean).join(' ')]
    return event === 'update event' ? [['event', kind, reason].filter(Boolean).join(' ')] : []
  })
}
