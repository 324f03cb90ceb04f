import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { giveUp, say, tools } from './lib.mjs'

const note = 'out/.sources'

/** Builds when a source has changed since the last build, and says nothing when none has. */
export function buildWhenChanged() {
  const sources = fingerprint()
  if (existsSync(note) && readFileSync(note, 'utf8') === sources) return
  say('building')
  const failure = build()
  if (failure) giveUp(`the build failed.\n${failure}`)
}

/** Builds in any case. Returns what the build said when it failed, and nothing when it went well. */
export function build() {
  const sources = fingerprint() // Taken first: what changes meanwhile is built next time.
  rmSync(note, { force: true })
  const env = process.stderr.isTTY ? process.env : { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' }
  const { status, stdout, stderr } = spawnSync(process.execPath, [tools['electron-vite'], 'build', '--logLevel', 'warn'], { encoding: 'utf8', env })
  if (status !== 0) return `${stdout}${stderr}`
  writeFileSync(note, sources)
  return ''
}

function fingerprint() {
  const hash = createHash('sha256')
  const add = (path) => hash.update(path).update('\0').update(readFileSync(path))
  for (const file of ['package-lock.json', 'electron.vite.config.mts']) add(file)
  const walk = (folder) => {
    for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) walk(path)
      else add(path)
    }
  }
  walk('src')
  return hash.digest('hex')
}
