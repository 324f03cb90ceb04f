import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { watchEntry, type WatchEntry } from '@shared/contract/registers'
import { replaceFile } from '../../../data-folder'

const entriesKept = 200
const stored = z.object({
  lastPassAt: z.string().nullable().default(null),
  problem: z.object({ reason: z.string(), details: z.record(z.string(), z.unknown()).optional() }).nullable().default(null),
  history: z.array(watchEntry).default([]),
})
export type WatchState = z.infer<typeof stored>

/** What the watched folder of this machine has brought, in `register-watch.json` of the data folder: names of files and counts, no row of any. */
export function watchState(dataFolder: string) {
  const file = join(dataFolder, 'register-watch.json')

  async function read(): Promise<WatchState> {
    try {
      return stored.parse(JSON.parse(await readFile(file, 'utf8')))
    } catch {
      // Only a history: one that is lost or damaged starts anew, and the files themselves lie in done/ and failed/.
      return stored.parse({})
    }
  }
  return {
    read,
    async passed(at: string, problem: WatchState['problem'], entries: readonly WatchEntry[]): Promise<void> {
      const { history } = await read()
      await replaceFile(file, `${JSON.stringify({ lastPassAt: at, problem, history: [...[...entries].reverse(), ...history].slice(0, entriesKept) })}\n`)
    },
  }
}
