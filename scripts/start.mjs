// npm start: from a fresh clone to the operator's window. With --dev the page is rebuilt while it is open.
import { buildWhenChanged } from './build.mjs'
import { foreground, say, tools } from './lib.mjs'
import { electronEnvironment, withDisplay } from './run.mjs'
import { setup } from './setup.mjs'

const args = process.argv.slice(2).filter((arg) => arg !== '--dev')
const development = process.argv.includes('--dev')

await setup({ electron: true })
if (!development) buildWhenChanged()
const { env, virtual, close } = await withDisplay(electronEnvironment())

let code
if (development) {
  code = await foreground(process.execPath, [tools['electron-vite'], 'dev', ...args], { env })
} else {
  const flags = []
  if (env.NO_SANDBOX) flags.push('--no-sandbox')
  if (virtual) flags.push('--disable-gpu')
  if (env.WAYLAND_DISPLAY && !env.DISPLAY) flags.push('--ozone-platform=wayland')
  say('starting')
  code = await foreground(env.ELECTRON_EXEC_PATH, [...flags, '.', ...args], { env })
}
close()
process.exit(code)
