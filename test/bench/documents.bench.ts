import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { drawPaymentDocument } from '../../src/main/printing/documents/payment-document'
import { billMarks, billOf } from './data/bills'
import { drawingHeapMib } from '../../src/main/printing/worker/drawing'
import { peers } from './document-peers'
import type { DrawnBatch } from './draw-bills'
import { figuresOf, limitTarget, timeOf, type Finding } from './harness'
import type { Topic } from './topic'

const run = promisify(execFile)

/** A batch in a process of its own (draw-bills.ts, built beside run.cjs), with the heap that a drawing thread has. */
async function batchOf(documents: number): Promise<DrawnBatch> {
  const { stdout } = await run(process.execPath, [`--max-old-space-size=${drawingHeapMib}`, join(__dirname, 'draw-bills.cjs'), String(documents)], { maxBuffer: 1024 * 1024 })
  return JSON.parse(stdout) as DrawnBatch
}

/**
 * Bills of twelve services with meters and payment code, tagged: a batch on one core and on two at once, its bytes and its memory as it grows, one bill from the call to the file, and other
 * programs on bills that say the same.
 */
export const documents: Topic = async ({ options, say }) => {
  const folder = mkdtempSync(join(tmpdir(), 'okno-bench-documents-'))
  try {
    const { pages: pagesOfOne } = await batchOf(1)
    const documentsFor = (pages: number) => Math.ceil(pages / pagesOfOne)
    const isQuick = options.rounds < 100
    const one = await batchOf(documentsFor(isQuick ? 1000 : 4000))
    const two = await Promise.all([batchOf(documentsFor(isQuick ? 1000 : 4000)), batchOf(documentsFor(isQuick ? 1000 : 4000))])
    const speed = one.pages / one.seconds
    const both = two.reduce((sum, { pages, seconds }) => sum + pages / seconds, 0)
    const perPage = one.bytes / one.pages
    const findings: Finding[] = [
      { what: 'a batch on one core', times: null, figures: { 'pages/s': speed, 'bytes a page': perPage }, target: { text: '≥ 600 pages/s, ≤ 4 kB a page', met: speed >= 600 && perPage <= 4000 } },
      { what: 'two batches on two cores', times: null, figures: { 'pages/s': both, 'times one core': both / speed }, target: { text: '≥ 1.5 × one core', met: both >= 1.5 * speed } },
    ]

    let least = Infinity
    for (const pages of isQuick ? [1000, 10_000] : [1000, 10_000, 100_000]) {
      say(`documents: ${pages} pages`)
      const { peakMib } = await batchOf(documentsFor(pages))
      least = Math.min(least, peakMib)
      findings.push({ what: `memory at ${pages} pages`, times: null, figures: { 'peak MiB': peakMib, 'of the least': peakMib / least }, target: { text: '≤ 1.5 × the least', met: peakMib <= 1.5 * least } })
    }

    const times: number[] = []
    for (let round = 0; round <= options.rounds; round++) {
      const bill = billOf(round)
      times.push(await timeOf(async () => writeFileSync(join(folder, 'bill.pdf'), await drawPaymentDocument(bill, billMarks))))
    }
    const [first, ...warm] = times
    const figures = figuresOf(warm, first)
    findings.push({ what: 'one bill from the call to its file', times: figures, target: limitTarget(figures, { p50: 150 }) })

    const others = await peers(folder)
    const fastest = Math.max(...others.map(({ pagesPerSecond }) => pagesPerSecond))
    for (const { name, pagesPerSecond, bytesPerPage } of others) findings.push({ what: `peer: ${name}`, times: null, figures: { 'pages/s': pagesPerSecond, 'bytes a page': bytesPerPage } })
    findings.push({ what: 'one core beside the fastest peer', times: null, figures: { times: speed / fastest }, target: { text: '≥ 5 ×', met: speed >= 5 * fastest } })
    return findings
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 })
  }
}
