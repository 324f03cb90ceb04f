import { createHash, randomUUID } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { createGunzip } from 'node:zlib'
import { z } from 'zod'
import { auditRetention, auditVerdict, chainHead } from '@shared/contract/audit'
import { AppError, type Result } from '@shared/errors'
import type { App } from '../app'
import { digestOfHeads, hashOfArchived, type ArchivedEvent } from '../features/audit/archive-audit'
import type { Given } from './commands'

type Done = { value: unknown; exitCode?: number }

/** Commands of the journal that need the office: `audit verify`, `audit anchor`, `audit export`, `audit archive`, `audit retention`. */
export async function auditCommand(app: App, { command, options }: Given): Promise<Done> {
  const usage = new AppError('invalidInput', 'usage', { text: command.help })
  const call = async (name: string, input: object): Promise<unknown> => unwrap(await app.dispatch(name, input))
  const text = (name: string): string | undefined => (typeof options[name] === 'string' && options[name] !== '' ? options[name] : undefined)
  const number = (name: string): number | undefined => {
    const given = text(name)
    if (given !== undefined && !/^\d{1,15}$/.test(given)) throw usage
    return given === undefined ? undefined : Number(given)
  }
  const needed = <T>(value: T | undefined): T => {
    if (value === undefined) throw usage
    return value
  }
  switch (command.name) {
    case 'audit verify': {
      const anchor = text('anchor')
      const heads = anchor === undefined ? null : await readAnchor(anchor)
      const verdict = auditVerdict.parse(await call('audit.verify', { incremental: options['incremental'] === true }))
      const compared = heads && (await compare(heads, call))
      return { value: { ...verdict, ...(compared && { anchor: compared }) }, exitCode: verdict.problems.length > 0 || (compared?.problems.length ?? 0) > 0 ? 1 : 0 }
    }
    case 'audit anchor':
      needed(text('out'))
      return { value: await call('audit.anchor', {}) }
    case 'audit export':
      needed(text('out'))
      return {
        value: await call('audit.export', {
          operationId: randomUUID(), from: needed(text('from')), to: needed(text('to')), basis: needed(text('basis')), subscriberId: number('subscriber'), visitId: number('visit'), staffLogin: text('staff'),
          officeId: number('office'), window: text('window'), group: text('group'),
        }),
      }
    case 'audit archive':
      needed(text('out'))
      return { value: await call('audit.archive', { operationId: randomUUID(), month: needed(text('month')) }) }
    default: {
      const months = number('months')
      const now = auditRetention.parse(await call('audit.retention', {}))
      return { value: months === undefined ? now : await call('audit.saveRetention', { operationId: randomUUID(), months, version: now.version }) }
    }
  }
}

const anchorFile = z.object({ okno: z.literal('audit anchor'), at: z.string(), heads: z.array(chainHead), sha256: z.string() })

async function readAnchor(path: string) {
  const text = await readFile(resolve(path), 'utf8').catch(() => {
    throw new AppError('notFound', 'anchorFile')
  })
  let read: unknown
  try {
    read = JSON.parse(text)
  } catch {
    throw new AppError('invalidInput', 'anchorDamaged')
  }
  const anchor = anchorFile.safeParse(read)
  // A file that was edited proves nothing, whichever way.
  if (!anchor.success || digestOfHeads(anchor.data.heads) !== anchor.data.sha256) throw new AppError('invalidInput', 'anchorDamaged')
  return anchor.data
}

async function compare({ at, heads, sha256 }: z.infer<typeof anchorFile>, call: (name: string, input: object) => Promise<unknown>) {
  const all = { at, sha256, same: 0, archived: 0, problems: [] as unknown[] }
  for (let first = 0; first < heads.length; first += 5000) {
    const { same, archived, problems } = z.object({ same: z.int(), archived: z.int(), problems: z.array(z.unknown()) }).parse(await call('audit.compare', { heads: heads.slice(first, first + 5000) }))
    all.same += same
    all.archived += archived
    all.problems.push(...problems)
  }
  return all
}

const archiveHead = z.object({ okno: z.literal('audit archive'), month: z.string() })
const archiveLine = z.tuple([z.string(), z.int(), z.string(), z.string(), z.string(), z.int().nullable(), z.int().nullable(), z.string(), z.int().nullable(), z.string(), z.string()])

/**
 * Recounts the file of an archived month without any database: each hash, and that each event follows the one before it in its chain. `sha256` (of the file) and `digest` (of the hashes in order) are
 * those the office keeps of the month (`audit retention`). AppError notFound `archiveFile`; invalidInput `archiveDamaged`.
 */
export async function checkArchive(path: string): Promise<Done> {
  const file = createHash('sha256')
  const digest = createHash('sha256')
  const source = createReadStream(resolve(path))
  const gunzip = createGunzip()
  source.on('data', (piece) => file.update(piece))
  source.on('error', (cause) => gunzip.destroy(cause))
  const problems: { chain: string; seq: number; problem: 'changed' | 'gap' }[] = []
  let month: string | null = null
  let before: ArchivedEvent | null = null
  let events = 0
  try {
    for await (const line of createInterface({ input: source.pipe(gunzip), crlfDelay: Infinity })) {
      const read: unknown = JSON.parse(line)
      if (month === null) {
        month = archiveHead.parse(read).month
        continue
      }
      const event: ArchivedEvent = archiveLine.parse(read)
      if (hashOfArchived(event) !== event[10]) problems.push({ chain: event[0], seq: event[1], problem: 'changed' })
      if (before?.[0] === event[0] && (event[1] !== before[1] + 1 || event[9] !== before[10])) problems.push({ chain: event[0], seq: event[1], problem: 'gap' })
      digest.update(Buffer.from(event[10], 'hex'))
      before = event
      events++
    }
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'ENOENT') throw new AppError('notFound', 'archiveFile')
    throw new AppError('invalidInput', 'archiveDamaged')
  }
  if (month === null) throw new AppError('invalidInput', 'archiveDamaged')
  return { value: { month, events, problems, sha256: file.digest('hex'), digest: digest.digest('hex') }, exitCode: problems.length > 0 ? 1 : 0 }
}

function unwrap(result: Result<unknown>): unknown {
  if (result.ok) return result.value
  throw new AppError(result.failure.code, result.failure.reason, result.failure.details)
}
