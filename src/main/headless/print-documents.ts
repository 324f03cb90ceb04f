import { randomUUID } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DocumentBatch, DocumentBatchProgress, DocumentFilter, DocumentOutputAsked } from '@shared/contract/document-batches'
import { AppError, type Result } from '@shared/errors'
import type { App } from '../app'

type Options = Record<string, string | boolean | undefined>

/** The page's own way: make the batch, print it, tell of what was not given. Exit 1 when something was not. */
export async function printDocuments(app: App, options: Options, help: string): Promise<{ value: unknown; exitCode: number }> {
  const usage = new AppError('invalidInput', 'usage', { text: help })
  const text = (name: string): string | null => (typeof options[name] === 'string' && options[name] !== '' ? options[name] : null)
  const separators = options['no-separators'] !== true
  const duplex = duplexOf(text('duplex'), usage)
  if (options['count'] === true) {
    const value = unwrap<object>(await app.dispatch('documentBatches.preview', { filter: filterOf(options, text, usage), separators, duplex }))
    return { value, exitCode: 0 }
  }
  const output = await outputOf(text, duplex, usage)
  const batchId = text('resume') ?? (await make(app, filterOf(options, text, usage), text('name'), separators))
  const lastGoodSheet = wholeNumber(text('last-good-sheet'), usage)
  const ran = await app.dispatch('documentBatches.run', { batchId, output, lastGoodSheet })
  // A sheet to be told is no failure of the command: the answer says which sheets are in doubt.
  if (!ran.ok && ran.failure.reason !== 'documentBatchAsksSheet') throw new AppError(ran.failure.code, ran.failure.reason, { ...ran.failure.details, batchId })
  const { state, counts, inDoubt, failures, mail } = unwrap<DocumentBatch>(await app.dispatch('documentBatches.state', { batchId }))
  return { value: { batchId, state, counts, mail, inDoubt, failures }, exitCode: state === 'done' && failures.length === 0 ? 0 : 1 }
}

async function make(app: App, filter: DocumentFilter, name: string | null, separators: boolean): Promise<string> {
  const made = await app.dispatch('documentBatches.create', { operationId: randomUUID(), filter, name: name ?? `${filter.period} ${filter.street ?? ''}`.trim(), separators })
  return unwrap<DocumentBatch>(made).batchId
}

function filterOf(options: Options, text: (name: string) => string | null, usage: AppError): DocumentFilter {
  const provider = text('provider')
  const period = text('period')
  const delivery = text('delivery')
  if (!provider || !period || (delivery !== null && delivery !== 'paper' && delivery !== 'email')) throw usage
  const kopecks = (name: string) => {
    const roubles = wholeNumber(text(name), usage)
    return roubles === null ? null : roubles * 100
  }
  return {
    provider, period, delivery,
    town: text('town'), street: text('street'), house: text('house'),
    debtFrom: kopecks('debt-from'), debtTo: kopecks('debt-to'), onlyDebtors: options['debtors'] === true, onlyUnprinted: options['again'] !== true,
  }
}

async function outputOf(text: (name: string) => string | null, duplex: 'none' | 'long' | 'short', usage: AppError): Promise<DocumentOutputAsked> {
  switch (text('to')) {
    case 'printer':
      return { how: 'print', printer: text('printer'), ...(text('duplex') ? { duplex } : {}) }
    case 'folder': {
      const folder = text('out')
      if (folder === null) throw usage
      await mkdir(resolve(folder), { recursive: true })
      const per = text('per') ?? 'house'
      return per === 'house' ? { how: 'folder', per, sheets: 500, duplex } : { how: 'folder', per: 'sheets', sheets: wholeNumber(per, usage) ?? 500, duplex }
    }
    default:
      throw usage
  }
}

function duplexOf(text: string | null, usage: AppError): 'none' | 'long' | 'short' {
  if (text === null) return 'none'
  if (text !== 'none' && text !== 'long' && text !== 'short') throw usage
  return text
}

function wholeNumber(text: string | null, usage: AppError): number | null {
  if (text === null) return null
  if (!/^\d{1,7}$/.test(text)) throw usage
  return Number(text)
}

function unwrap<T>(result: Result<unknown>): T {
  if (result.ok) return result.value as T // The router has checked it against the contract.
  throw new AppError(result.failure.code, result.failure.reason, result.failure.details)
}

export function documentLine({ doing, heldBecause, done, of, sheet, perMinute, secondsLeft }: DocumentBatchProgress): string {
  const pace = perMinute === null ? '' : `${perMinute} a minute, ${Math.ceil((secondsLeft ?? 0) / 60)} min left`
  return [heldBecause ?? doing, `${done} of ${of}`, `sheet ${sheet}`, pace].filter(Boolean).join(', ')
}
