import { availableParallelism, cpus } from 'node:os'
import { Worker } from 'node:worker_threads'
import { AppError } from '@shared/errors'
import type { Log } from '../../log'
import { drawingHeapMib, type BillDrawing } from './drawing'
import type { ChunkToDraw, DrawnChunk, LaidChunk } from './draw-chunk'

/** What a thread is asked; each question has its number and one answer. */
export type Question = { id: number } & ({ ask: 'lay'; job: ChunkToDraw } | { ask: 'draw'; chunk: number; firstSheet: number } | { ask: 'bill'; text: string })
export type Answer = { id: number } & ({ value: LaidChunk | DrawnChunk | Uint8Array } | { error: string })

type Ask = { ask: 'lay'; job: ChunkToDraw } | { ask: 'draw'; chunk: number; firstSheet: number } | { ask: 'bill'; text: string }

interface Thread {
  worker: Worker
  waiting: Map<number, { resolve(value: unknown): void; reject(cause: unknown): void }>
}

/** A thread that nobody asked for so long ends: its fonts and caches take a hundred megabytes. */
const idleMs = 30_000

/** In worker threads, one for each core up to two. `file` is the built drawing-thread.js. AppError internal 'drawingStopped' when a thread dies. */
export function drawingThreads(file: string, log: Log): BillDrawing {
  // Electron 25 has the Node of before availableParallelism.
  const cores = typeof availableParallelism === 'function' ? availableParallelism() : cpus().length
  const lanes = cores > 1 ? 2 : 1
  const threads: (Thread | null)[] = Array.from({ length: lanes }, () => null)
  let asked = 0
  let turn = 0
  let idle: NodeJS.Timeout | null = null

  function start(lane: number): Thread {
    const worker = new Worker(file, { resourceLimits: { maxOldGenerationSizeMb: drawingHeapMib } })
    const thread: Thread = { worker, waiting: new Map() }
    const die = (cause: unknown) => {
      if (threads[lane] === thread) threads[lane] = null
      if (thread.waiting.size > 0) log.error('drawing thread died', { cause })
      for (const { reject } of thread.waiting.values()) reject(new AppError('internal', 'drawingStopped'))
      thread.waiting.clear()
    }
    worker.on('message', (answer: Answer) => {
      const one = thread.waiting.get(answer.id)
      thread.waiting.delete(answer.id)
      if ('error' in answer) {
        log.error('not drawn', { cause: answer.error })
        one?.reject(new AppError('internal', 'drawingStopped'))
      } else one?.resolve(answer.value)
    })
    worker.on('error', die)
    worker.on('exit', die)
    worker.unref()
    threads[lane] = thread
    return thread
  }

  function ask<T>(thread: Thread, question: Ask): Promise<T> {
    const id = ++asked
    if (idle) clearTimeout(idle)
    idle = setTimeout(rest, idleMs)
    idle.unref()
    // A program must not end while somebody waits for a drawing.
    thread.worker.ref()
    return new Promise<T>((resolve, reject) => {
      thread.waiting.set(id, { resolve: (value) => resolve(value as T), reject })
      thread.worker.postMessage({ id, ...question } satisfies Question)
    }).finally(() => {
      if (thread.waiting.size === 0) thread.worker.unref()
    })
  }
  function rest(): void {
    if (threads.some((thread) => thread && thread.waiting.size > 0)) idle = setTimeout(rest, idleMs).unref()
    else void close()
  }
  async function close(): Promise<void> {
    if (idle) clearTimeout(idle)
    await Promise.all(threads.map((thread) => thread?.worker.terminate()))
  }
  const free = (): Thread => {
    turn = (turn + 1) % lanes
    return threads[turn] ?? start(turn)
  }

  return {
    lanes,
    async lay(job) {
      const thread = free()
      // The number of the question is that of the chunk in its thread.
      const chunk = asked + 1
      const laid = await ask<LaidChunk>(thread, { ask: 'lay', job })
      return { ...laid, draw: (firstSheet) => ask<DrawnChunk>(thread, { ask: 'draw', chunk, firstSheet }) }
    },
    bill: (text) => ask<Uint8Array>(free(), { ask: 'bill', text }),
    close,
  }
}
