import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Client } from 'pg'
import { newKeyPair } from '../../src/main/backup/age-file'
import { makeBackup, restoreBackup } from '../../src/main/backup/backup-jobs'
import { openDataFolder } from '../../src/main/data-folder'
import { openLog } from '../../src/main/log'
import { timeOf, type Finding } from './harness'
import type { Topic } from './topic'

const target = { subscribers: 1_000_000, seconds: 900, megabytes: 700 }

/** A backup of the whole office while it runs, with its verification; then the office out of it on an empty folder. `copied` is the part in which the file is written. */
export const backup: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const copies = mkdtempSync(join(tmpdir(), 'okno-bench-copies-'))
  const { recipient, identity } = await newKeyPair()
  const size = Number((await owner.query<{ size: string }>('select pg_database_size(current_database())::text as size')).rows[0]?.size)
  const place = { folder: office.path, log: openLog(join(office.path, 'logs')), appVersion: 'bench' }
  const limit = (target.seconds * options.subscribers) / target.subscribers
  try {
    let peak = 0
    const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100)
    const phases: Record<string, number> = {}
    let since = performance.now()
    let phase = 'counting'
    const step = (told: { phase: string }) => {
      if (told.phase === phase) return
      const now = performance.now()
      phases[phase] = (phases[phase] ?? 0) + (now - since) / 1000
      ;[phase, since] = [told.phase, now]
    }
    let bytes = 0
    const ms = await timeOf(async () => {
      bytes = (await makeBackup(place, sourceOf(owner), { folder: copies, lock: { recipients: [recipient] } }, { step })).bytes
    })
    const made: Finding = {
      what: `a backup of ${options.subscribers} subscribers, verified`, times: null,
      figures: { s: ms / 1000, 'database MB': size / 2 ** 20, 'file MB': bytes / 2 ** 20, 'database MB/s': size / 2 ** 20 / (ms / 1000), 'indexes s': phases['building'] ?? 0, 'compared s': phases['checking'] ?? 0, 'client MB at most': peak / 2 ** 20 },
      target: { text: `≤ ${Math.max(limit, 1).toFixed(0)} s, ≤ ${target.megabytes} MB`, met: ms / 1000 <= limit && peak / 2 ** 20 <= target.megabytes },
    }
    const [file = ''] = readdirSync(copies).filter((name) => name.endsWith('.age'))
    const path = mkdtempSync(join(tmpdir(), 'okno-bench-restored-'))
    try {
      const data = await openDataFolder({ OKNO_DATA: path })
      const restoring = await timeOf(() => restoreBackup({ ...place, folder: path }, join(copies, file), { identity }, 'bench', data))
      clearInterval(watching)
      return [made, { what: 'restored on an empty computer', times: null, figures: { s: restoring / 1000, 'file MB/s': statSync(join(copies, file)).size / 2 ** 20 / (restoring / 1000) }, target: { text: `≤ ${Math.max(limit, 1).toFixed(0)} s`, met: restoring / 1000 <= limit } }]
    } finally {
      rmSync(path, { recursive: true, force: true })
    }
  } finally {
    rmSync(copies, { recursive: true, force: true })
  }
}

function sourceOf({ host, port, database, user, password }: Client) {
  return { address: { host, port, database: database ?? '' }, owner: { user: user ?? '', password: String(password) } }
}
