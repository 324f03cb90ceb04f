import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { PoolClient } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { RegisterKind, RegisterMapping, RegisterVerdict } from '@shared/contract/registers'
import { type StagedRow, stagedColumns } from './register-rows'

/** What 0010-registers.sql answers about a batch. */
export interface StoredBatch {
  batchId: string
  kind: RegisterKind
  fileName: string
  startedBy: string
  startedAt: string
  finishedAt: string | null
  accepted: number
  warned: number
  unchanged: number
  refused: number
}

export interface StoredVerdict {
  line: number
  verdict: RegisterVerdict
  reasons: string[]
}

/** The import's statements on one connection, in the transaction that is open on it. */
export function registersRepository(client: PoolClient) {
  async function call<T>(name: string, ...values: unknown[]): Promise<T> {
    const parameters = values.map((_, index) => `$${index + 1}`).join(', ')
    const { rows } = await client.query<{ result: T }>(`select ${name}(${parameters}) as result`, values)
    return (rows[0] as { result: T }).result
  }

  return {
    begin: (batchId: string, kind: RegisterKind, fileName: string, sha256: string, mapping: RegisterMapping | null = null) =>
      call<{ done: StoredBatch } | { done: null; processId: number }>('register_begin', batchId, kind, fileName, sha256, mapping),

    /** Copies the rows into staging as they come. */
    async stage(kind: RegisterKind, rows: AsyncIterable<readonly StagedRow[]>, signal?: AbortSignal): Promise<void> {
      const columns = stagedColumns[kind]
      const copy = client.query(copyFrom(`copy register_stage_${kind} (line, ${columns.join(', ')}, cleared, warnings, refused) from stdin`))
      await pipeline(Readable.from(copyText(rows, columns), { objectMode: true, highWaterMark: 1 }), copy, signal ? { signal } : {})
    },

    merge: (kind: RegisterKind, batchId: string) => call<StoredBatch>(`register_merge_${kind}`, batchId),

    async verdicts(batchId: string, fromLine: number, limit: number): Promise<StoredVerdict[]> {
      const { rows } = await client.query<StoredVerdict>('select line, verdict, reasons from register_verdicts($1, $2, $3)', [batchId, fromLine, limit])
      return rows
    },

    clean: (batchId: string) => call<void>('register_clean', batchId),
  }
}

async function* copyText(rows: AsyncIterable<readonly StagedRow[]>, columns: readonly string[]): AsyncGenerator<string> {
  for await (const list of rows) {
    if (list.length > 0) yield list.map((row) => copyLine(row, columns)).join('')
  }
}

function copyLine({ line, values, cleared, warnings, refused }: StagedRow, columns: readonly string[]): string {
  let text = String(line)
  for (const column of columns) text += `\t${copyValue(values[column])}`
  return `${text}\t${copyArray(cleared)}\t${copyArray(warnings)}\t${copyArray(refused)}\n`
}

const escapes: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }
const copyValue = (value: string | undefined) => (value === undefined ? '\\N' : /[\\\t\n\r]/.test(value) ? value.replace(/[\\\t\n\r]/g, (sign) => escapes[sign] ?? sign) : value)
const copyArray = (items: readonly string[]) => (items.length === 0 ? '{}' : copyValue(`{${items.map((item) => `"${item.replace(/["\\]/g, '\\$&')}"`).join(',')}}`))
