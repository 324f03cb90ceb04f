import { randomInt } from 'node:crypto'
import type { MemoBatch, MemoBatchProgress, MemoCounts, MemoRow } from '@shared/contract/memo-batches'
import { accountKey, contractKey } from '@shared/domain/account-number'
import { numbersOf } from '@shared/domain/number-list'
import { generatePassword, type PasswordOwner, type PasswordPolicy } from '@shared/domain/password-policy'
import type { ProviderCard, ProviderProfile } from '@shared/domain/provider-profile'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { hashPassword } from '../../password-hash'
import { batchRuns, outcomeOf, type BatchRun } from '../../printing/batch-runs'
import type { CoveringList } from '../../printing/documents/covering-list'
import { memoMedia } from '../../printing/documents/memo-media'
import type { MemoSheet } from '../../printing/documents/memo-sheet'
import { drawCoveringList, drawMemoSheets, layouts } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Delivery, QueueOptions, Sheets } from '../../printing/sheets'

export interface MemoBatchesDeps {
  sheets: Sheets
  progress: (event: MemoBatchProgress) => void
  /** Name of this computer, for whoever looks where a batch runs. */
  desk: string
}

type Stored = Omit<MemoBatch, 'runningHere'>

/** A chunk that was claimed: what main needs to make its passwords. */
interface Chunk {
  n: number
  large: boolean
  items: (PasswordOwner & { n: number; login: string; account: string; policy: PasswordPolicy })[]
}

/** All that a memo of the chunk says, the secret excepted. */
interface IssuedMemo extends Omit<MemoSheet, 'password' | 'provider'> {
  n: number
  provider: ProviderCard & { profile: ProviderProfile }
  timeZone: string
}

/** A run on this computer. */
interface Run extends BatchRun {
  /** Printer, tray and sides; each memo once. */
  place: Omit<QueueOptions, 'copies'>
  size: number
  startedAt: number
  handed: number
}

/**
 * Memos for a list of new contracts. A chunk's passwords come into force in the transaction that hands its job to the print queue; the next chunk waits until
 * the printer is done with this one, so that never more than one chunk lies before a printer that stopped. Nothing here is written down that a run needs after
 * a kill: the database knows which chunks were handed over, and what was not is made anew.
 */
export function memoBatchesService({ sheets, progress, desk }: MemoBatchesDeps): Service<'memoBatches'> {
  const runs = batchRuns<Run>()
  const coveringList = sheets.drawing('coveringList', (list: CoveringList) => drawCoveringList(list))
  const here = (batch: Stored): MemoBatch => ({ ...batch, runningHere: runs.has(batch.batchId) })

  async function tell(run: Run, doing: MemoBatchProgress['doing'], heldBecause: string | null = null): Promise<void> {
    const { counts } = await run.db.call<{ counts: MemoCounts }>('memo_batch_state', { batchId: run.batchId })
    const minutes = (performance.now() - run.startedAt) / 60_000
    progress({ batchId: run.batchId, counts, perMinute: run.handed > 0 && minutes > 0.05 ? Math.round(run.handed / minutes) : null, doing, heldBecause })
  }

  async function follow(run: Run, chunk: number, jobId: string): Promise<void> {
    const outcome = await outcomeOf(sheets, jobId, run, ({ doing, reason }) => tell(run, doing, doing === 'held' ? reason : null))
    await run.db.call('memo_batch_chunk_ended', { batchId: run.batchId, runId: run.runId, chunk, outcome })
  }

  /** Makes the chunk's passwords, puts them in force and hands their sheets over, all or nothing. Null: none of its contracts may have one any more. */
  async function hand(run: Run, { n, large, items }: Chunk): Promise<Delivery | null> {
    const { db, batchId, runId, place } = run
    const passwords = new Map<number, string>()
    const hashes = await Promise.all(
      items.map(async ({ n: item, policy, ...owner }) => {
        const password = generatePassword(policy, randomInt, owner)
        passwords.set(item, password)
        return { n: item, hash: await hashPassword(password) }
      }),
    )
    const handed: { delivery?: Delivery } = {}
    try {
      return await db.transaction(async (transaction) => {
        const issued = await transaction.call<IssuedMemo[]>('memo_batch_issue', { batchId, runId, chunk: n, hashes })
        const memos = issued.map(({ n: item, ...memo }) => ({ ...memo, provider: { ...memo.provider, ...memo.provider.profile }, password: passwords.get(item) ?? '' }))
        const [first] = memos
        if (!first) return null
        const title = titleOf(batchId, n)
        const pdf = await drawMemoSheets(memos, { title, large, timeZone: first.timeZone })
        try {
          handed.delivery = await sheets.print(pdf, { ...place, form: 'memo', title, secret: true, ofBatch: true, media: memoMedia(first, large) })
        } finally {
          pdf.fill(0)
        }
        await transaction.call('memo_batch_handed', { batchId, runId, chunk: n, jobId: handed.delivery.jobId, printer: handed.delivery.printer })
        run.handed += memos.length
        return handed.delivery
      })
    } catch (cause) {
      if (handed.delivery) await sheets.withdraw(handed.delivery, null)
      throw cause
    } finally {
      passwords.clear()
    }
  }

  async function work(run: Run): Promise<void> {
    const { db, batchId, runId, size } = run
    const before = await db.call<{ interrupted: number[]; handed: { n: number; jobId: string }[] }>('memo_batch_run', { batchId, runId, desk })
    // Sheets that a killed run handed over and that never came into force: they do not come out any more, and no copy of them stays.
    for (const n of before.interrupted) await sheets.withdrawTitled(titleOf(batchId, n))
    for (const { n, jobId } of before.handed) {
      await follow(run, n, jobId)
      await sheets.withdraw({ jobId }, null)
    }
    while (!run.paused) {
      const chunk = await db.call<Chunk | null>('memo_batch_next', { batchId, runId, size })
      if (!chunk) return
      await tell(run, 'making')
      const delivery = await hand(run, chunk)
      if (delivery?.jobId !== undefined) await follow(run, chunk.n, delivery.jobId)
    }
  }

  return {
    async check({ provider: code, text, large }, { db }) {
      const card = await cardOf(db, code)
      const { rows } = await db.call<{ rows: MemoRow[] }>('memo_batch_check', { provider: code, rows: rowsOf(text, card) })
      const { countMemoPages, sampleMemo } = await layouts()
      const sample = sampleMemo(card, new Date())
      const ready = rows.filter(({ verdict }) => verdict === 'ready').length
      return { rows, pages: ready * countMemoPages(sample, { large }), media: memoMedia(sample, large) }
    },

    async create({ operationId, provider: code, text, name, large }, { db }) {
      const card = await cardOf(db, code)
      return here(await db.call<Stored>('memo_batch_create', { operationId, provider: code, name, large, rows: rowsOf(text, card) }))
    },

    async run({ batchId, printer, chunkSize }, { db }) {
      const { copies: _, ...place } = await sheets.optionsFor('memo', { printer })
      const begin = (base: BatchRun): Run => ({ ...base, place, size: chunkSize, startedAt: performance.now(), handed: 0 })
      const stop = ({ runId }: Run, reason?: string) => db.call<Stored>('memo_batch_stop', { batchId, runId, reason })
      return here(await runs.run(batchId, begin, db, work, stop))
    },

    async pause({ batchId }, { db }) {
      runs.pause(batchId)
      return here(await db.call<Stored>('memo_batch_pause', { batchId }))
    },

    retry: async (input, { db }) => here(await db.call<Stored>('memo_batch_retry', input)),
    settle: async (input, { db }) => here(await db.call<Stored>('memo_batch_settle', input)),
    state: async (input, { db }) => here(await db.call<Stored>('memo_batch_state', input)),
    list: (_input, { db }) => db.call('memo_batch_list'),

    coveringList: ({ operationId, batchId, output }, { db }) =>
      giveSheet<CoveringList>(sheets, db, {
        operationId,
        output,
        form: 'memo',
        name: 'Список памяток',
        issue: (transaction, medium) => transaction.call('memo_batch_covering_list', { operationId, batchId, medium }),
        draw: coveringList,
      }),
  }
}

async function cardOf(db: Database, code: string): Promise<ProviderCard> {
  const card = (await db.call<ProviderCard[]>('provider_list')).find((provider) => provider.code === code)
  if (!card) throw new AppError('notFound', 'provider')
  return card
}

/** Of one job and no other, so that it is found when its id was lost; names nobody. */
const titleOf = (batchId: string, chunk: number) => `Памятки монтажникам, часть ${chunk}, список ${batchId.slice(0, 8)}`

/** A number is looked for as the provider writes its accounts and as a contract. */
function rowsOf(text: string, { profile }: ProviderCard) {
  return numbersOf(text).map(({ line, typed }) => ({ line, typed, key: accountKey(typed, profile.accountNumber), contractKey: contractKey(typed) }))
}
