// npm run package [-- TARGET…] [--quick] [--version X] [--out DIR]: the packages that this machine can make, into dist/. Without a target all of its platform's usual ones.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { getCurrentFuseWire } from '@electron/fuses'
import { build, Platform } from 'electron-builder'
import { load } from 'js-yaml'
import { buildWhenChanged } from './build.mjs'
import { giveUp, has, linux, root, say, windows } from './lib.mjs'
import { writeNotices } from './notices.mjs'
import { electronProgram, setup } from './setup.mjs'

/**
 * What can be asked for: on which system it is made, and what is missing here ('' when nothing).
 * @type {Record<string, { on: NodeJS.Platform, usual: boolean, missing: () => string }>}
 */
const targets = {
  dir: { on: process.platform, usual: false, missing: () => '' },
  deb: { on: 'linux', usual: true, missing: () => (has('dpkg-deb') ? '' : 'dpkg-deb is not installed (apt-get install dpkg)') },
  AppImage: { on: 'linux', usual: true, missing: () => (process.env.APPIMAGE_TOOLS_PATH || reachable() ? '' : 'its tools come from github.com, which cannot be reached; APPIMAGE_TOOLS_PATH may name a folder with them') },
  nsis: { on: 'win32', usual: true, missing: () => '' },
  msi: { on: 'win32', usual: false, missing: () => '' },
}

const noticesFile = 'out/THIRD-PARTY-NOTICES.txt'

/**
 * Makes the packages.
 * @param {{ wanted?: string[], quick?: boolean, version?: string, out?: string }} options wanted: keys of the table above; quick: larger, made in seconds (tests);
 *   version: instead of package.json's; out: the folder they are put in
 * @returns {Promise<string[]>} the files made; for `dir` the folder
 */
export async function makePackages({ wanted = [], quick = false, version, out = 'dist' } = {}) {
  const unknown = wanted.find((name) => !(name in targets))
  if (unknown) giveUp(`unknown target ${unknown}; there are: ${Object.keys(targets).join(', ')}`)
  const asked = wanted.length > 0
  const chosen = asked ? wanted : Object.keys(targets).filter((name) => targets[name]?.usual)
  const made = chosen.filter((name) => {
    const { on = '', missing = () => '' } = targets[name] ?? {}
    const reason = on === process.platform ? missing() : `made on ${on === 'win32' ? 'Windows' : 'Linux'} only: its native libraries are installed by npm for the machine they run on`
    if (reason === '') return true
    if (asked) giveUp(`${name} can't be made here: ${reason}`)
    say(`${name}: not made here, ${reason}`)
    return false
  })
  if (made.length === 0) giveUp('this machine can make none of the packages')
  say(`making ${made.join(', ')}`)

  const settings = /** @type {import('electron-builder').Configuration} */ (load(readFileSync('build/electron-builder.yml', 'utf8')))
  writeNotices(noticesFile)
  const runtime = runtimeForPackaging()
  process.env.CUSTOM_FPM_PATH ??= resolve('build/linux/fpm.mjs')
  if (quick) process.env.OKNO_DEB_COMPRESSION = '-Zzstd -z1'
  try {
    const files = await build({
      targets: (linux ? Platform.LINUX : windows ? Platform.WINDOWS : Platform.MAC).createTarget(made),
      publish: 'never',
      config: {
        ...settings,
        directories: { ...settings.directories, output: out },
        files: [...[settings.files ?? []].flat(), ...(windows ? [] : ['!node_modules/pdf-to-printer/dist/*.exe'])], // Prints on Windows only.
        extraFiles: [...[settings.extraFiles ?? []].flat(), { from: noticesFile, to: 'THIRD-PARTY-NOTICES.txt' }],
        // The address that is built in; an office may name another (docs/rollout.md).
        ...(process.env.OKNO_FEED_URL ? { publish: { provider: 'generic', url: process.env.OKNO_FEED_URL } } : {}),
        ...(version ? { extraMetadata: { version } } : {}),
        ...(runtime ? { electronDist: runtime.folder, electronVersion: runtime.version, electronFuses: await knownFuses(runtime.program, settings.electronFuses) } : {}),
        ...windowsSigning(settings.win),
      },
    })
    const folder = made.includes('dir') ? [join(out, `${linux ? 'linux' : 'win'}-unpacked`)] : []
    return [...files.filter((file) => !file.endsWith('.blockmap')), ...folder]
  } finally {
    if (runtime?.temporary) rmSync(runtime.folder, { recursive: true, force: true })
  }
}

/** The runtime installed here, so that nothing is downloaded; null lets the builder fetch the pinned release. */
function runtimeForPackaging() {
  const program = electronProgram()
  if (program === null) return null
  const folder = resolve(program, '..')
  if (!existsSync(join(folder, 'complete'))) return { folder, program, version: JSON.parse(readFileSync('node_modules/electron/package.json', 'utf8')).version, temporary: false }
  say('the runtime is the substitute for development and tests: these packages are not for people')
  // The substitute's own default application is a folder, on which the builder stumbles.
  mkdirSync('.runtime/tmp', { recursive: true })
  const copy = mkdtempSync(resolve('.runtime/tmp/pack-'))
  for (const name of readdirSync(folder)) {
    if (name === 'complete') continue
    if (name === 'resources') mkdirSync(join(copy, name))
    // Linked, for it is large; but the fuses are blown into the program, and those of development stay as they are.
    else if (linux && name !== 'electron') spawnSync('cp', ['-al', join(folder, name), join(copy, name)])
    else cpSync(join(folder, name), join(copy, name), { recursive: true })
  }
  return { folder: copy, program: join(copy, 'electron'), version: readFileSync(join(folder, 'complete'), 'utf8').trim(), temporary: true }
}

/** An older runtime has fewer fuses, and one it does not know stops the builder. */
async function knownFuses(program, fuses) {
  const wire = await getCurrentFuseWire(program)
  const length = Object.keys(wire).length - 1 // One is its version.
  const order = ['runAsNode', 'enableCookieEncryption', 'enableNodeOptionsEnvironmentVariable', 'enableNodeCliInspectArguments', 'enableEmbeddedAsarIntegrityValidation', 'onlyLoadAppFromAsar', 'loadBrowserProcessSpecificV8Snapshot', 'grantFileProtocolExtraPrivileges']
  const known = Object.entries(fuses).filter(([name]) => order.indexOf(name) < length)
  const left = Object.keys(fuses).filter((name) => order.indexOf(name) >= length)
  if (left.length > 0) say(`this runtime is too old for the fuse ${left.join(', ')}`)
  return Object.fromEntries(known)
}

/**
 * A certificate from a file is named by CSC_LINK and CSC_KEY_PASSWORD, which the builder reads itself; one in the Windows store (a token) by OKNO_SIGN_SUBJECT or OKNO_SIGN_SHA1.
 * OKNO_SIGN_PUBLISHER is the name updates must be signed with, OKNO_SIGN_TIMESTAMP another time-stamp server. OKNO_SIGN=required refuses to make an unsigned package.
 */
function windowsSigning(win) {
  if (!windows) return {}
  const { OKNO_SIGN_SUBJECT: certificateSubjectName, OKNO_SIGN_SHA1: certificateSha1, OKNO_SIGN_PUBLISHER: publisherName, OKNO_SIGN_TIMESTAMP: rfc3161TimeStampServer, OKNO_SIGN, CSC_LINK, WIN_CSC_LINK } = process.env
  const signed = certificateSubjectName || certificateSha1 || CSC_LINK || WIN_CSC_LINK
  if (!signed) say('no signing certificate is named (CSC_LINK, OKNO_SIGN_SUBJECT or OKNO_SIGN_SHA1): Windows will warn of an unknown publisher')
  const given = Object.fromEntries(Object.entries({ certificateSubjectName, certificateSha1, publisherName, rfc3161TimeStampServer }).filter(([, value]) => value))
  return { forceCodeSigning: OKNO_SIGN === 'required', win: { ...win, signtoolOptions: { ...given, signingHashAlgorithms: ['sha256'] }, verifyUpdateCodeSignature: Boolean(signed) } }
}

let answered
/** Whether the builder can fetch its tools. */
function reachable() {
  answered ??= spawnSync(process.execPath, ['-e', "fetch('https://github.com', { method: 'HEAD', signal: AbortSignal.timeout(8000) }).then(() => process.exit(0), () => process.exit(1))"]).status === 0
  return answered
}

/** Bytes of a file, or of all files of a folder. */
function sizeOf(path) {
  const status = statSync(path)
  return status.isDirectory() ? readdirSync(path, { recursive: true, withFileTypes: true }).reduce((sum, entry) => (entry.isFile() ? sum + statSync(join(entry.parentPath ?? entry.path, entry.name)).size : sum), 0) : status.size
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { quick: { type: 'boolean' }, version: { type: 'string' }, out: { type: 'string' } } })
  await setup({ electron: true })
  buildWhenChanged()
  const files = await makePackages({ wanted: positionals, quick: values.quick === true, ...(values.version ? { version: values.version } : {}), ...(values.out ? { out: resolve(process.env.INIT_CWD ?? root, values.out) } : {}) })
  for (const file of files) say(`${(sizeOf(file) / 1e6).toFixed(1).padStart(7)} MB  ${file}`)
}
