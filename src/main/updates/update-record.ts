import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { feedChannels, type FeedChannel } from '@shared/domain/signed-feed'
import { errorCode, replaceFile } from '../data-folder'
import type { Log } from '../log'

const attempt = z.object({ version: z.string(), sequence: z.int(), from: z.string(), isReturn: z.boolean(), notes: z.string() })

/** What outlives the program. Written whole, so that a kill at any moment leaves what was or what is. */
const record = z.object({
  /** The highest sequence of each channel that was seen under a right signature: an earlier feed is a replay. */
  seen: z.partialRecord(z.enum(feedChannels), z.int()).default({}),
  /** Written right before installing: the next start compares it with what came up. */
  installing: attempt.nullable().default(null),
  /** A release that was installed and did not come up. */
  tried: z.int().nullable().default(null),
  /** What ran last on this computer. */
  lastVersion: z.string().nullable().default(null),
  /** What is new, until somebody has read it. */
  notes: z.object({ version: z.string(), text: z.string(), isReturn: z.boolean() }).nullable().default(null),
})
export type UpdateRecord = z.infer<typeof record>
export type Attempt = z.infer<typeof attempt>

export interface UpdateRecords {
  read(): Promise<UpdateRecord>
  change(next: Partial<UpdateRecord>): Promise<UpdateRecord>
  /** A sequence that was seen never becomes lower. */
  see(channel: FeedChannel, sequence: number): Promise<void>
}

/** `updates/state.json` of the data folder. A damaged one begins anew, which is logged: then only the version guards against an earlier feed until the next one is seen. */
export function updateRecords(folder: string, log: Log): UpdateRecords {
  const file = join(folder, 'state.json')
  let known: UpdateRecord | null = null

  async function read(): Promise<UpdateRecord> {
    if (known) return known
    try {
      known = record.parse(JSON.parse(await readFile(file, 'utf8')))
    } catch (cause) {
      if (errorCode(cause) !== 'ENOENT') log.error('the record of updates was damaged and begins anew', { cause })
      known = record.parse({})
    }
    return known
  }

  // One writer at a time: the record is read, changed and replaced.
  let writing: Promise<unknown> = Promise.resolve()
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const turn = writing.then(work, work)
    writing = turn.catch(() => undefined)
    return turn
  }
  async function write(next: UpdateRecord): Promise<UpdateRecord> {
    await mkdir(folder, { recursive: true, mode: 0o700 })
    await replaceFile(file, `${JSON.stringify(next, null, 2)}\n`)
    return (known = next)
  }

  return {
    read,
    change: (next) => alone(async () => write({ ...(await read()), ...next })),
    see: (channel, sequence) =>
      alone(async () => {
        const now = await read()
        if (sequence > (now.seen[channel] ?? 0)) await write({ ...now, seen: { ...now.seen, [channel]: sequence } })
      }),
  }
}
