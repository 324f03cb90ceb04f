// npm run release -- --channel pilot --key update-key.pem --out FOLDER: makes the packages of this version, writes and signs the feed, checks it as a window would, and lays everything into the
// folder that windows look at: packages first, the feed last. `--promote` gives the version of the pilot to everybody, `--return VERSION` goes back to one that was there. docs/rollout.md.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { copyFileSync, createReadStream, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { dump, JSON_SCHEMA, load } from 'js-yaml'
import semver from 'semver'
import { believedFeed, feedNames } from './believed-feed.mjs'
import { build } from './build.mjs'
import { giveUp, root, say } from './lib.mjs'
import { keyTrouble } from './release-key.mjs'
import { makePackages } from './package.mjs'
import { electronProgram, setup } from './setup.mjs'

const usage = `npm run release -- --channel main|pilot --key update-key.pem --out FOLDER [--notes FILE] [--schema-from N] [--expires DAYS] [--sequence N] [--rehearsal] [TARGET…]
npm run release -- --channel main --promote --key update-key.pem --out FOLDER
npm run release -- --channel main|pilot --return VERSION --key update-key.pem --out FOLDER
  --notes        what is new, in Russian; build/notes/VERSION.md unless told
  --schema-from  the oldest schema of the database this version works with; its own unless told
  --expires      after so many days windows take the feed for stale
  --rehearsal    with the substitute runtime and without xz: to try the steps, not for people
A private key with a passphrase: OKNO_KEY_PASSPHRASE_FILE names the file with it.`

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    channel: { type: 'string' }, key: { type: 'string' }, out: { type: 'string' }, notes: { type: 'string' }, 'schema-from': { type: 'string' }, expires: { type: 'string' }, sequence: { type: 'string' },
    promote: { type: 'boolean' }, return: { type: 'string' }, rehearsal: { type: 'boolean' }, help: { type: 'boolean' },
  },
})
if (values.help) {
  console.log(usage)
  process.exit(0)
}
const cwd = process.env.INIT_CWD ?? root
const channel = values.channel === 'main' || values.channel === 'pilot' ? values.channel : giveUp(`--channel is main or pilot.\n\n${usage}`)
const key = resolve(cwd, values.key ?? giveUp(`--key names IT's private key.\n\n${usage}`))
const out = resolve(cwd, values.out ?? giveUp(`--out names the folder that windows look at.\n\n${usage}`))
const history = join(out, 'history')

if (!existsSync(key)) giveUp(`there is no key ${key}. Make a pair once: npm run -s okno -- feed key --out FOLDER`)
if (!existsSync('build/update-key.pub')) giveUp('build/update-key.pub is missing: without it windows take no updates at all. Copy it from where `okno feed key` wrote it, commit it and repeat the command.')
const trouble = keyTrouble({ key, publicKey: 'build/update-key.pub', passphraseFile: process.env.OKNO_KEY_PASSPHRASE_FILE, canAsk: process.stdin.isTTY })
if (trouble) giveUp(trouble)
const changed = spawnSync('git', ['status', '--porcelain'], { encoding: 'utf8' })
if (changed.status !== 0 || changed.stdout.trim() !== '') giveUp(`a release is made of what is committed, and this is not:\n${changed.stdout || changed.stderr}`)

await setup({ electron: true })
const failure = build() // Always: the public key is read while building.
if (failure) giveUp(`the build failed.\n${failure}`)
mkdirSync(history, { recursive: true })
const stage = mkdtempSync(join(out, '.release-'))
process.on('exit', () => rmSync(stage, { recursive: true, force: true })) // Also when it gives up.
const feeds = values.promote ? await promoted() : values.return ? await returned(values.return) : await made()
for (const { platform, feed } of feeds) checkPackages(platform, feed.version)
for (const one of feeds) sign(one)
await layOut(feeds)
for (const { name, feed } of feeds) say(`${name}: version ${feed.version}, sequence ${feed.okno.sequence}, schema ${feed.okno.schema.from}–${feed.okno.schema.to}, channel ${channel}`)
say(`laid into ${out}`)

/** The packages of the version in package.json and what the builder says of them. */
async function made() {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  if (!semver.valid(version)) giveUp(`package.json: ${version} is no version`)
  const notes = readNotes(version)
  const substitute = existsSync(join(electronProgram() ?? '', '..', 'complete'))
  if (substitute && !values.rehearsal) giveUp('the Electron release cannot be reached here, and its substitute is not for people. Release on a machine that reaches github.com, or try the steps with --rehearsal.')
  for (const platform of Object.keys(feedNames[channel])) await checkVersion(platform, version)
  const dist = join(stage, 'dist')
  const packages = await makePackages({ wanted: positionals, quick: values.rehearsal === true, out: dist })
  const schema = schemaOfBuild()
  const from = values['schema-from'] === undefined ? schema : Number(values['schema-from'])
  if (!Number.isInteger(from) || from < 0 || from > schema) giveUp(`--schema-from is a number from 0 to ${schema}`)
  return feedsFor(Object.entries(feedNames.main).flatMap(([platform, written]) => {
    const file = join(dist, written)
    if (!existsSync(file)) return []
    const feed = read(file)
    for (const { url } of feed.files) renameSync(packages.find((path) => basename(path) === url) ?? join(dist, url), join(stage, url))
    return [{ platform, feed, okno: { schema: { from, to: schema }, notes, isReturn: false } }]
  }))
}

/** What the pilot has, for everybody: the same packages to the byte. */
async function promoted() {
  if (channel !== 'main') giveUp('--promote is for --channel main')
  const found = []
  for (const [platform, name] of Object.entries(feedNames.pilot)) {
    if (!existsSync(join(out, name))) continue
    const feed = await ours(join(out, name), platform)
    await checkVersion(platform, feed.version)
    found.push({ platform, feed, okno: feed.okno })
  }
  return found.length > 0 ? feedsFor(found) : giveUp(`there is no pilot in ${out}`)
}

/** Back to a version that was there; its packages still are. */
async function returned(version) {
  const found = []
  for (const platform of Object.keys(feedNames.main)) {
    const file = join(history, `${version}-${platform}.yml`)
    if (!existsSync(file)) continue
    const feed = await ours(file, platform)
    if (feed.version !== version) giveUp(`${file} is the feed of version ${feed.version}`)
    found.push({ platform, feed, okno: { ...feed.okno, isReturn: true } })
  }
  if (found.length === 0) giveUp(`version ${version} was never released into ${out}; there were: ${readdirSync(history).map((name) => name.replace(/-(linux|windows).*$/, '')).join(', ')}`)
  return feedsFor(found)
}

/** A feed of the folder, signed by this key, or nothing comes of this release. */
async function ours(file, platform) {
  const feed = await believedFeed(file, platform, stage, (path) => {
    const { stdout } = spawnSync(process.execPath, ['out/main/okno.js', 'feed', 'check', path], { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] })
    return JSON.parse(stdout || 'null')
  })
  return feed ?? giveUp(`${file} is not as it was signed with the key that is built in: somebody has changed it, or it is older than this key. Nothing was released. Find out who writes into ${out}; a release of its own (without --promote, --return) with --sequence N, higher than any before, takes its place.`)
}

async function feedsFor(found) {
  const feeds = []
  for (const { platform, feed, okno } of found) feeds.push(await feedFor(platform, feed, okno))
  return feeds
}

async function feedFor(platform, { version, files, path, sha512, releaseDate }, { schema, notes, isReturn }) {
  const name = feedNames[channel][platform]
  const days = values.expires === undefined ? null : Number(values.expires)
  if (days !== null && !(days > 0)) giveUp('--expires is a number of days')
  const okno = {
    channel,
    platform,
    schema,
    sequence: await sequenceFor(platform),
    releasedAt: new Date().toISOString(),
    expiresAt: days === null ? null : new Date(Date.now() + days * 86_400_000).toISOString(),
    ...(isReturn ? { isReturn: true } : {}),
    notes,
  }
  return { name, platform, feed: { version, files, path, sha512, releaseDate, okno } }
}

/** What the folder gives to windows now; null: nothing. With --sequence it may be anything, since it is about to be replaced. */
async function currentOf(platform) {
  const file = join(out, feedNames[channel][platform])
  if (!existsSync(file)) return null
  return values.sequence === undefined ? ours(file, platform) : read(file)
}

/** One more than any feed of the channel had. */
async function sequenceFor(platform) {
  const name = feedNames[channel][platform]
  const current = Number((await currentOf(platform))?.okno?.sequence ?? 0)
  if (values.sequence === undefined) return current + 1
  const asked = Number(values.sequence)
  if (!Number.isInteger(asked) || asked <= current) giveUp(`sequence ${values.sequence} was used: ${name} has ${current}, windows refuse anything that is not higher`)
  return asked
}

async function checkVersion(platform, version) {
  const name = feedNames[channel][platform]
  const current = (await currentOf(platform))?.version ?? null
  if (current !== null && semver.lte(version, current)) giveUp(`${name} has version ${current} already; ${version} is not newer. Raise the version in package.json (npm version --no-git-tag-version X.Y.Z), or go back with --return.`)
}

/** The packages of an earlier version lie where windows will look for them. */
function checkPackages(platform, version) {
  const file = join(history, `${version}-${platform}.yml`)
  const named = existsSync(file) ? read(file).files.map(({ url }) => url) : []
  const missing = named.filter((url) => !existsSync(join(stage, url)) && !existsSync(join(out, url)))
  if (missing.length > 0) giveUp(`version ${version}: ${missing.join(', ')} is not in ${out} any more`)
}

function readNotes(version) {
  const file = values.notes ? resolve(cwd, values.notes) : `build/notes/${version}.md`
  if (!existsSync(file)) giveUp(`what is new in ${version}? Write it in Russian into ${file}: every operator is shown it once.`)
  const notes = readFileSync(file, 'utf8').trim()
  if (!/[а-яё]/i.test(notes) || notes.length > 10_000) giveUp(`${file}: notes are Russian text of at most 10,000 characters`)
  return notes
}

function schemaOfBuild() {
  return Math.max(...readdirSync('src/main/db/migrations').map((name) => Number.parseInt(name, 10)).filter(Number.isFinite))
}

function read(file) {
  return /** @type {any} */ (load(readFileSync(file, 'utf8'), { schema: JSON_SCHEMA }))
}

/** Signs and looks at the result with the key that is built in, beside the very packages. */
function sign({ name, feed }) {
  const file = join(stage, name)
  writeFileSync(file, dump(feed, { lineWidth: -1 }))
  const okno = (args) => spawnSync(process.execPath, ['out/main/okno.js', ...args], { encoding: 'utf8', stdio: ['inherit', 'pipe', 'inherit'] })
  const signed = okno(['feed', 'sign', file, '--key', key])
  if (signed.status !== 0) giveUp(`the feed was not signed.\n${signed.stdout}`)
  // The check looks for the packages beside the feed; those of an earlier release lie in the folder already.
  for (const { url } of feed.files) if (!existsSync(join(stage, url))) copyFileSync(join(out, url), join(stage, url))
  const checked = okno(['feed', 'check', file])
  if (checked.status !== 0) giveUp(`windows would refuse this feed; nothing was laid out. Is build/update-key.pub the other half of ${key}?\n${checked.stdout}`)
}

/** Whoever looks meanwhile sees the old release or the new one: packages are there before the feed that names them, and each file appears whole. */
async function layOut(feeds) {
  for (const { platform, feed } of feeds) {
    for (const { url, sha512 } of feed.files) {
      if (existsSync(join(out, url))) {
        if ((await sha512Of(join(out, url))) !== sha512) giveUp(`${join(out, url)} is another package of the same name: a version that was released is never made again. Raise the version.`)
      } else put(join(stage, url), join(out, url))
    }
    const block = feed.files.map(({ url }) => `${url}.blockmap`).filter((name) => existsSync(join(stage, 'dist', name)))
    for (const name of block) put(join(stage, 'dist', name), join(out, name))
    put(join(stage, feedNames[channel][platform]), join(history, `${feed.version}-${platform}.yml`))
  }
  for (const { name } of feeds) put(join(stage, name), join(out, name))
}

function put(from, to) {
  copyFileSync(from, `${to}.part`)
  renameSync(`${to}.part`, to)
}

async function sha512Of(file) {
  const hash = createHash('sha512')
  for await (const chunk of createReadStream(file)) hash.update(chunk)
  say(`${basename(file)} is there already (${(statSync(file).size / 1e6).toFixed(1)} MB)`)
  return hash.digest('base64')
}
