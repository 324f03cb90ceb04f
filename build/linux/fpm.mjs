#!/usr/bin/env node
// In place of fpm, which is downloaded from github.com only: the options that electron-builder's deb target passes, done with dpkg-deb (CUSTOM_FPM_PATH names this file).
// OKNO_DEB_COMPRESSION, as in "-Zzstd -z1", makes a larger package quickly.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, copyFileSync, cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, relative } from 'node:path'

const repeated = new Set(['-d', '--deb-recommends', '--deb-suggests'])
const flags = new Set(['--force', '--debug'])
const fields = ['Package', 'Version', 'License', 'Vendor', 'Architecture', 'Maintainer', 'Installed-Size', 'Depends', 'Recommends', 'Section', 'Priority', 'Homepage', 'Description']
const scripts = { '--before-install': 'preinst', '--after-install': 'postinst', '--before-remove': 'prerm', '--after-remove': 'postrm' }
const compressions = { xz: 'xz', gz: 'gzip', bzip2: 'xz', none: 'none', zst: 'zstd' }

/** @type {Record<string, string>} */
const options = {}
/** @type {Record<string, string[]>} */
const lists = {}
/** @type {[string, string][]} */
const sources = []
const args = process.argv.slice(2)
for (let at = 0; at < args.length; at++) {
  const arg = args[at] ?? ''
  if (flags.has(arg)) continue
  if (!arg.startsWith('-')) {
    const equals = arg.indexOf('=')
    sources.push([arg.slice(0, equals), arg.slice(equals + 1)])
  } else if (repeated.has(arg)) (lists[arg] ??= []).push(args[++at] ?? '')
  else options[arg] = args[++at] ?? ''
}
if (options['-s'] !== 'dir' || options['-t'] !== 'deb') throw new Error(`only "-s dir -t deb" can be made, not "-s ${options['-s']} -t ${options['-t']}"`)

const root = mkdtempSync(join(tmpdir(), 'okno-deb-'))
try {
  for (const [from, to] of sources) put(from, join(root, to))
  execFileSync('find', [root, '-type', 'd', '-exec', 'chmod', '755', '{}', '+'])
  const files = filesBelow(root)
  const control = join(root, 'DEBIAN')
  mkdirSync(control)
  writeFileSync(join(control, 'md5sums'), files.map((file) => `${createHash('md5').update(readFileSync(file)).digest('hex')}  ${relative(root, file)}\n`).join(''))
  writeFileSync(join(control, 'control'), controlText(files))
  for (const [option, name] of Object.entries(scripts)) {
    if (!options[option]) continue
    copyFileSync(options[option], join(control, name))
    chmodSync(join(control, name), 0o755)
  }
  const target = options['--package'] ?? ''
  mkdirSync(dirname(target), { recursive: true })
  const compression = process.env.OKNO_DEB_COMPRESSION?.split(' ') ?? [`-Z${compressions[options['--deb-compression'] ?? 'xz'] ?? 'xz'}`]
  execFileSync('dpkg-deb', ['--root-owner-group', ...compression, '--build', root, target], { stdio: 'inherit' })
} finally {
  rmSync(root, { recursive: true, force: true })
}

/** A folder ends in a slash; its files are linked where that is possible, which costs neither time nor disk. */
function put(from, to) {
  if (!from.endsWith('/')) {
    mkdirSync(dirname(to), { recursive: true })
    copyFileSync(from, to)
    chmodSync(to, 0o644)
    return
  }
  mkdirSync(to, { recursive: true })
  try {
    execFileSync('cp', ['-al', `${from}.`, to], { stdio: 'ignore' })
  } catch {
    cpSync(from, to, { recursive: true, verbatimSymlinks: true })
  }
}

function filesBelow(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : entry.isFile() ? [path] : []
  })
}

function controlText(files) {
  const lines = (options['--description'] ?? options['--name'] ?? '').split('\n').map((line) => line.trim())
  if (!lines[0]) lines.shift()
  const values = {
    Package: options['--name'],
    Version: options['--version'] + (options['--iteration'] ? `-${options['--iteration']}` : ''),
    License: options['--license'],
    Vendor: options['--vendor'],
    Architecture: options['--architecture'],
    Maintainer: options['--maintainer'],
    'Installed-Size': String(Math.ceil(files.reduce((sum, file) => sum + statSync(file).size, 0) / 1024)),
    Depends: lists['-d']?.join(', '),
    Recommends: lists['--deb-recommends']?.join(', '),
    Section: options['--category'] ?? 'default',
    Priority: options['--deb-priority'] ?? 'optional',
    Homepage: options['--url'],
    Description: [lines[0], ...lines.slice(1).map((line) => ` ${line || '.'}`)].join('\n'),
  }
  return fields.flatMap((field) => (values[field] ? [`${field}: ${values[field]}\n`] : [])).join('')
}
