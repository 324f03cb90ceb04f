import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createGzip } from 'node:zlib'
import type { auditContract, ChainHead } from '@shared/contract/audit'
import type { OutputOf } from '@shared/contract/call'
import type { Database } from '../../db/database'
import type { Sheets } from '../../printing/sheets'
import { wholeFile } from '../../whole-file'

/** An event as a file keeps it: everything its hash is made of, and the hash. */
export const archiveColumns = ['chain', 'seq', 'at', 'staffLogin', 'action', 'visitId', 'subscriberId', 'details', 'number', 'prevHash', 'hash'] as const
export type ArchivedEvent = [chain: string, seq: number, at: string, staffLogin: string, action: string, visitId: number | null, subscriberId: number | null, details: string, number: number | null, prevHash: string, hash: string]

const pageOf = 5000

/**
 * Writes a month into a gzip of JSON lines (a line that names the columns, then an event a line, in the order of chain and number) and has the database remove it.
 * It does so only when the digest of the hashes in the file is that of its own rows. When it refuses, the file is taken away again.
 */
export async function archiveMonth({ operationId, month }: { operationId: string; month: string }, db: Database, sheets: Sheets): Promise<OutputOf<(typeof auditContract)['archive']>> {
  const path = await sheets.choosePath(`Журнал за ${month}`, 'jsonl.gz')
  const digest = createHash('sha256')
  const file = await wholeFile(path)
  try {
    const gzip = createGzip()
    const written = (async () => {
      for await (const piece of gzip) await file.write(piece as Buffer)
    })()
    // Told below, where it is waited for: a disk that is full must not end the program meanwhile.
    written.catch(() => gzip.destroy())
    const put = async (lines: string) => {
      if (!gzip.write(lines) && !gzip.destroyed) await Promise.race([once(gzip, 'drain'), once(gzip, 'close')])
    }
    await put(`${JSON.stringify({ okno: 'audit archive', month, columns: archiveColumns })}\n`)
    let last: ArchivedEvent | undefined
    let events = 0
    for (;;) {
      const page = await db.call<ArchivedEvent[]>('audit_archive_rows', { month: `${month}-01`, limit: pageOf, ...(last && { afterChain: last[0], afterSeq: last[1] }) })
      for (const event of page) digest.update(Buffer.from(event[10], 'hex'))
      events += page.length
      if (page.length > 0) await put(page.map((event) => `${JSON.stringify(event)}\n`).join(''))
      last = page.at(-1)
      if (page.length < pageOf || gzip.destroyed) break
    }
    gzip.end()
    await written
    const sha256 = await file.finish()
    const fileName = await file.publish()
    try {
      await db.call('audit_archive_end', { operationId, month: `${month}-01`, digest: digest.digest('hex'), fileName, fileSha256: sha256 })
    } catch (cause) {
      await sheets.withdraw({}, path)
      throw cause
    }
    return { month, events, fileName, sha256 }
  } catch (cause) {
    await file.drop()
    throw cause
  }
}

/** The hash of an event of a file, as audit_hash() makes it. */
export function hashOfArchived([chain, seq, at, staffLogin, action, visitId, subscriberId, details, number, prevHash]: ArchivedEvent): string {
  return createHash('sha256').update([prevHash, chain, seq, at, staffLogin, action, visitId ?? '', subscriberId ?? '', details, number ?? ''].join('\x1f')).digest('hex')
}

/** An anchor as it stands in its file; `sha256` is that of `heads` as JSON. */
export interface Anchor {
  okno: 'audit anchor'
  at: string
  heads: ChainHead[]
  sha256: string
}

export const digestOfHeads = (heads: ChainHead[]): string => createHash('sha256').update(JSON.stringify(heads)).digest('hex')

export async function saveAnchor(db: Database, sheets: Sheets): Promise<OutputOf<(typeof auditContract)['anchor']>> {
  const path = await sheets.choosePath('Контрольная точка журнала', 'json')
  const heads: ChainHead[] = []
  for (;;) {
    const page = await db.call<ChainHead[]>('audit_heads', { after: heads.at(-1)?.[0] ?? '', limit: pageOf })
    heads.push(...page)
    if (page.length < pageOf) break
  }
  const at = new Date().toISOString()
  const sha256 = digestOfHeads(heads)
  const anchor: Anchor = { okno: 'audit anchor', at, heads, sha256 }
  const { fileName = '' } = await sheets.save(Buffer.from(JSON.stringify(anchor)), path)
  return { fileName, chains: heads.length, sha256, at }
}
