// node scripts/run.mjs <tool> [args…]: runs an installed tool with Electron and a display at hand, as `npm start` and the tests do.
import { spawn, spawnSync } from 'node:child_process'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { foreground, giveUp, linux, say, superuser, tools } from './lib.mjs'
import { electronProgram } from './setup.mjs'

/** Where Electron is, in the variables that Electron, Playwright and electron-vite each look at. */
export function electronEnvironment() {
  const env = { ...process.env }
  const program = resolve(electronProgram() ?? giveUp('Electron is not installed. Run: node scripts/setup.mjs'))
  if (program.includes('.runtime')) env.ELECTRON_OVERRIDE_DIST_PATH = resolve(program, '..')
  env.ELECTRON_EXEC_PATH = program
  delete env.ELECTRON_RUN_AS_NODE // Set by editors that are Electron programs themselves; Electron would start as plain Node.
  if (linux) env.DBUS_SESSION_BUS_ADDRESS ??= 'unix:path=/dev/null'
  if (!sandboxAvailable()) env.NO_SANDBOX = '1'
  return env
}

/** Chromium's sandbox needs user namespaces, and refuses root altogether. */
export const sandboxAvailable = () => !linux || (!superuser && spawnSync('unshare', ['-Ur', 'true'], { stdio: 'ignore' }).status === 0)

/** Without a display a virtual one is made. Returns the environment that names it and the function that ends it. */
export async function withDisplay(env) {
  if (!linux || env.DISPLAY || env.WAYLAND_DISPLAY) return { env, virtual: false, close: () => {} }
  say('there is no display (DISPLAY is not set): running on a virtual one, Xvfb, where nobody sees the window')
  // A group of its own: Ctrl-C in a terminal reaches the whole group, and a display that ends first kills the program before it has stopped its database.
  const server = spawn('Xvfb', ['-displayfd', '3', '-screen', '0', '1600x1000x24', '-nolisten', 'tcp'], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'], detached: true })
  const close = () => server.kill()
  process.on('exit', close)
  const number = await new Promise((found) => {
    server.stdio[3]?.once('data', (chunk) => found(String(chunk).trim()))
    server.once('error', () => found(''))
    server.once('exit', () => found(''))
  })
  if (!number) giveUp('Xvfb did not start. Run it by hand to see why: Xvfb :99')
  return { env: { ...env, DISPLAY: `:${number}` }, virtual: true, close }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [tool = '', ...args] = process.argv.slice(2)
  if (!(tool in tools)) giveUp(`unknown tool ${tool}; there are: ${Object.keys(tools).join(', ')}`)
  const display = await withDisplay(electronEnvironment())
  const code = await foreground(process.execPath, [tools[tool], ...args], { env: display.env })
  display.close()
  process.exit(code)
}
