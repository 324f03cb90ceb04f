// What the scripts share. They need Node and nothing else, because they run before anything is installed.
import { spawn, spawnSync } from 'node:child_process'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)

export const linux = process.platform === 'linux'
export const windows = process.platform === 'win32'
export const superuser = process.getuid?.() === 0

/** Progress goes to stderr: stdout belongs to the command that the person asked for. */
export const say = (text) => console.error(`[okno] ${text}`)

/**
 * Ends the script with words about what to do.
 * @returns {never}
 */
export function giveUp(text) {
  console.error(`\n[okno] STOPPED: ${text}`)
  process.exit(1)
}

export const has = (program) =>
  windows ? spawnSync('where', [program], { stdio: 'ignore' }).status === 0 : spawnSync('sh', ['-c', `command -v ${program}`], { stdio: 'ignore' }).status === 0

/** Runs to the end with all output on stderr; true when it went well. */
export const succeeds = (program, args, options = {}) => spawnSync(program, args, { stdio: ['ignore', 2, 2], ...options }).status === 0

/** Starts npm itself, also where only the npm that runs this script is at hand. */
export function npm(args) {
  const cli = process.env.npm_execpath
  const env = { ...process.env, npm_config_update_notifier: 'false' }
  return cli && /npm-cli\.[cm]?js$/.test(cli) ? succeeds(process.execPath, [cli, ...args], { env }) : succeeds('npm', args, { env, shell: windows })
}

/**
 * Runs a program in the foreground as if it had been started itself: same streams, same exit code, and it ends when this script is told to end.
 * Chromium ends properly at the first signal of a kind and dies at the second. A terminal (and some supervisors) tell the whole group, so the program may
 * have been told already: what is passed on is therefore another kind than what was heard.
 */
export async function foreground(program, args, options = {}) {
  const child = spawn(program, args, { stdio: 'inherit', ...options })
  let told = false
  const tell = (signal) => {
    told = true
    child.kill(signal)
  }
  const onTerminate = () => tell('SIGINT')
  const onHangUp = () => tell('SIGTERM')
  const onInterrupt = () => {
    if (!process.stdin.isTTY) tell('SIGTERM')
    told = true // A terminal has told the program.
  }
  process.on('SIGTERM', onTerminate).on('SIGHUP', onHangUp).on('SIGINT', onInterrupt)
  // npm passes a signal to its shell only, and a shell that ends leaves this script behind: then nobody is waiting any more.
  const parent = process.ppid
  const watch = setInterval(() => {
    if (process.ppid !== parent && !told) tell('SIGTERM')
  }, 500)
  const code = await new Promise((done) => {
    child.once('error', (error) => {
      console.error(`[okno] ${program} could not be started: ${error.message}`)
      done(127)
    })
    child.once('exit', (status, signal) => done(status ?? (signal === 'SIGINT' ? 130 : 143)))
  })
  clearInterval(watch)
  process.off('SIGTERM', onTerminate).off('SIGHUP', onHangUp).off('SIGINT', onInterrupt)
  return code
}

/** The scripts of installed packages, started through Node so that Windows needs no shell. */
export const tools = {
  'electron-vite': 'node_modules/electron-vite/bin/electron-vite.js',
  'vue-tsc': 'node_modules/vue-tsc/bin/vue-tsc.js',
  depcruise: 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs',
  eslint: 'node_modules/eslint/bin/eslint.js',
  playwright: 'node_modules/@playwright/test/cli.js',
  vitest: 'node_modules/vitest/vitest.mjs',
}
