import { parentPort } from 'node:worker_threads'
import { drawBill, layChunk, type DrawnChunk } from './draw-chunk'
import type { Answer, Question } from './drawing-threads'

/** A thread that draws. It has neither the database nor the print system: text comes in, bytes go out. */
const laid = new Map<number, (firstSheet: number) => Promise<DrawnChunk>>()

async function answer(question: Question): Promise<Answer> {
  const { id } = question
  switch (question.ask) {
    case 'lay': {
      const chunk = layChunk(question.job)
      // Those that nobody wants drawn any more (a run that was paused): the newest few are kept.
      laid.set(id, chunk.draw)
      for (const old of [...laid.keys()].slice(0, -4)) laid.delete(old)
      return { id, value: chunk.laid }
    }
    case 'draw': {
      const draw = laid.get(question.chunk)
      laid.delete(question.chunk)
      if (!draw) throw new Error('no such chunk')
      const drawn = await draw(question.firstSheet)
      return { id, value: { ...drawn, pdf: own(drawn.pdf) } }
    }
    case 'bill':
      return { id, value: own(await drawBill(question.text)) }
  }
}

/** A buffer that is nobody else's can be handed over without a copy. */
const own = (bytes: Uint8Array): Uint8Array => (bytes.byteLength === bytes.buffer.byteLength ? bytes : Uint8Array.from(bytes))

const bytesOf = (one: Answer): ArrayBuffer[] => {
  if (!('value' in one)) return []
  const bytes = one.value instanceof Uint8Array ? one.value : 'pdf' in one.value ? one.value.pdf : null
  return bytes ? [bytes.buffer as ArrayBuffer] : []
}

// One after another: a chunk in work is half of what this thread may remember.
let turn = Promise.resolve()
parentPort?.on('message', (question: Question) => {
  turn = turn.then(async () => {
    const told = await answer(question).catch((cause: unknown): Answer => ({ id: question.id, error: cause instanceof Error ? cause.name : 'unknown' }))
    parentPort?.postMessage(told, bytesOf(told))
  })
})
