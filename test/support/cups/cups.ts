// A private CUPS server (own folder, own socket; nothing under /etc is read or written). Its jobs land as files instead of on paper.
import { execFile, spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** What a queue does with a job: keeps it as a file, breaks down, or throws the job out. */
export type QueueKind = 'capture' | 'fail' | 'cancel'

export interface Cups {
  socket: string
  /** Environment of a program that is to see this server only. */
  env: NodeJS.ProcessEnv
  /** What arrived for a job: the document and a text with the options it came with; null while it has not. */
  job(jobId: string): { file: string; options: string } | null
  /** Names of the copies of a job's document that the server keeps. */
  spooled(jobId: string): string[]
  /** Paper runs out, a sheet jams, a cover is opened (`reason` of RFC 8011: media-empty-error, media-jam-error…): the printer takes a job and waits. */
  jam(queue: string, reason: string): void
  /** Somebody has helped the printer: what waits goes on. */
  mend(queue: string): void
  /** The print system goes away as it is, and comes back: jobs and queues are kept. */
  halt(): Promise<void>
  start(): Promise<void>
  /** An administrator's command on this server. */
  admin(command: 'lpadmin' | 'cupsdisable' | 'cupsenable' | 'cupsreject' | 'cupsaccept' | 'lp' | 'cancel', ...args: string[]): Promise<void>
  stop(): Promise<void>
}

/** The server needs root and the packages cups, cups-client, cups-filters, which `npm test` installs on Debian. */
export const cupsIsThere = process.getuid?.() === 0 && existsSync('/usr/sbin/cupsd')

/** The first queue becomes the default one. `spoolLimit` in bytes: the disk is full for any document that is larger. */
export async function startCups(queues: Record<string, QueueKind>, { spoolLimit = null }: { spoolLimit?: number | null } = {}): Promise<Cups> {
  const folder = mkdtempSync(join(tmpdir(), 'okno-cups-'))
  chmodSync(folder, 0o755)
  for (const path of ['etc/ppd', 'etc/ssl', 'state/certs', 'cache/rss', 'spool/tmp', 'log', 'out', 'bin/backend']) mkdirSync(join(folder, path), { recursive: true })
  // Backends run as the user lp.
  chmodSync(join(folder, 'out'), 0o777)
  for (const path of ['cgi-bin', 'daemon', 'driver', 'filter', 'monitor', 'notifier']) {
    if (existsSync(`/usr/lib/cups/${path}`)) symlinkSync(`/usr/lib/cups/${path}`, join(folder, 'bin', path))
  }
  copyFileSync(join(__dirname, 'capture-backend.sh'), join(folder, 'bin/backend/capture'))
  chmodSync(join(folder, 'bin/backend/capture'), 0o755)
  const socket = join(folder, 'cups.sock')
  writeFileSync(join(folder, 'cupsd.conf'), configuration(socket))
  writeFileSync(join(folder, 'cups-files.conf'), places(folder))

  const env = { ...process.env, CUPS_SERVER: socket }
  let halt = launched(folder, spoolLimit)
  const stop = async () => {
    await halt()
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
  }
  try {
    await untilItAnswers(env)
    for (const [name, kind] of Object.entries(queues)) {
      const device = `capture:${folder}/out${kind === 'capture' ? '' : `?${kind}`}`
      await run('lpadmin', ['-p', name, '-E', '-v', device, '-P', join(__dirname, 'test.ppd')], { env })
    }
    const [first] = Object.keys(queues)
    if (first) await run('lpadmin', ['-d', first], { env })
  } catch (cause) {
    const log = join(folder, 'log/error')
    const words = existsSync(log) ? readFileSync(log, 'utf8') : ''
    await stop()
    throw new Error(`cupsd did not start\n${words}`, { cause })
  }

  return {
    socket,
    env,
    job(jobId) {
      const file = join(folder, 'out', `job-${jobId.split('-').at(-1)}.bin`)
      return existsSync(file) ? { file, options: readFileSync(file.replace(/bin$/, 'txt'), 'utf8') } : null
    },
    spooled(jobId) {
      const number = (jobId.split('-').at(-1) ?? '').padStart(5, '0')
      return readdirSync(join(folder, 'spool')).filter((name) => name.startsWith(`d${number}-`))
    },
    async admin(command, ...args) {
      await run(command, args, { env })
    },
    jam: (queue, reason) => writeFileSync(join(folder, 'out', `trouble-${queue}`), reason),
    mend: (queue) => rmSync(join(folder, 'out', `trouble-${queue}`), { force: true }),
    halt: () => halt(),
    async start() {
      halt = launched(folder, spoolLimit)
      await untilItAnswers(env)
    },
    stop,
  }
}

/** Starts the server and gives what ends it. `spoolLimit`: no file of it may become larger, as on a full disk. */
function launched(folder: string, spoolLimit: number | null): () => Promise<void> {
  const cupsd = `exec /usr/sbin/cupsd -f -c '${join(folder, 'cupsd.conf')}' -s '${join(folder, 'cups-files.conf')}'`
  // Where the signal is ignored, a write beyond the limit fails like one to a full disk. ulimit counts blocks of 512 bytes.
  const limit = spoolLimit === null ? '' : `trap '' XFSZ; ulimit -f ${Math.ceil(spoolLimit / 512)}; `
  const server = spawn('/bin/sh', ['-c', limit + cupsd], { stdio: 'ignore' })
  const gone = new Promise<void>((resolve) => server.once('exit', () => resolve()))
  return () => {
    server.kill('SIGTERM')
    return gone
  }
}

/** Tests of the window use this server too, so nothing here belongs to one test runner. */
async function untilItAnswers(env: NodeJS.ProcessEnv): Promise<void> {
  const end = Date.now() + 15_000
  for (;;) {
    const said = await run('lpstat', ['-r'], { env }).then(({ stdout }) => stdout, String)
    if (said.includes('is running')) return
    if (Date.now() > end) throw new Error(said)
    await delay(50)
  }
}

function configuration(socket: string): string {
  return `LogLevel warn
Listen ${socket}
Browsing Off
WebInterface No
DefaultAuthType None
PreserveJobHistory Yes
<Location />
Order allow,deny
Allow all
</Location>
<Policy default>
JobPrivateAccess all
JobPrivateValues none
SubscriptionPrivateAccess all
SubscriptionPrivateValues none
<Limit All>
Order deny,allow
Allow all
</Limit>
</Policy>
`
}

function places(folder: string): string {
  return `ServerRoot ${folder}/etc
ServerBin ${folder}/bin
DataDir /usr/share/cups
StateDir ${folder}/state
CacheDir ${folder}/cache
RequestRoot ${folder}/spool
TempDir ${folder}/spool/tmp
AccessLog ${folder}/log/access
ErrorLog ${folder}/log/error
PageLog ${folder}/log/page
SystemGroup root lpadmin
`
}
