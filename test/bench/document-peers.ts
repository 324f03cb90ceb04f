import { execFile, execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import PDFDocument from 'pdfkit'
import QRCode from 'qrcode'
import type { PaymentDocumentContent } from '../../src/shared/domain/payment-document'
import { formatAmount, formatMoney } from '../../src/shared/domain/money'
import { paymentQr } from '../../src/main/printing/payment-qr'
import { resourcesFolder } from '../../src/main/printing/pdf'
import { billOf } from './data/bills'

/** What another program makes of bills that say the same: pages a second, bytes a page. */
export interface Peer {
  name: string
  pagesPerSecond: number
  bytesPerPage: number
}

const count = 60
const run = promisify(execFile)

/** Every peer that is installed, one after another. `folder` takes their files. */
export async function peers(folder: string): Promise<Peer[]> {
  const bills = Array.from({ length: count }, (_, index) => billOf(index))
  const html = join(folder, 'bills.html')
  writeFileSync(html, htmlOf(bills))
  const measured: Peer[] = [await timed('pdfkit, plain, untagged', () => byPdfkit(bills))]
  if (isInstalled('weasyprint')) {
    measured.push(
      await timed('WeasyPrint', async () => {
        await run('weasyprint', [html, join(folder, 'weasyprint.pdf')])
        return readFileSync(join(folder, 'weasyprint.pdf'))
      }),
    )
  }
  return measured
}

function isInstalled(program: string): boolean {
  return (process.env['PATH'] ?? '').split(':').some((folder) => existsSync(join(folder, program)))
}

async function timed(name: string, draw: () => Promise<Uint8Array>): Promise<Peer> {
  const startedAt = performance.now()
  return peerOf(name, await draw(), (performance.now() - startedAt) / 1000)
}

function peerOf(name: string, pdf: Uint8Array, seconds: number): Peer {
  const info = execFileSync('pdfinfo', ['-'], { input: pdf, stdio: ['pipe', 'pipe', 'ignore'] }).toString()
  const pages = Number(/^Pages:\s+(\d+)/m.exec(info)?.[1])
  return { name, pagesPerSecond: pages / seconds, bytesPerPage: pdf.length / pages }
}

function textsOf({ payer, provider, number, totals }: PaymentDocumentContent): string[] {
  return [
    `Платёжный документ № ${number}`, `Лицевой счёт ${payer.account}`, payer.name, payer.address, `К оплате ${formatMoney(totals.due)}`,
    provider.legalName, `ИНН ${provider.inn}, КПП ${provider.kpp ?? ''}`, `Счёт ${provider.settlementAccount}`, `Банк ${provider.bankName}, БИК ${provider.bic}`,
  ]
}

function cellsOf({ rows }: PaymentDocumentContent): string[][] {
  return rows.map((row) => [row.name, row.unit ?? '', row.volume ?? '', row.tariff ?? '', ...[row.accrued, row.accruedCommon, row.recalculated, row.benefit, row.closing].map(formatAmount)])
}

function symbolOf(bill: PaymentDocumentContent) {
  return QRCode.create([{ data: paymentQr(bill)?.bytes ?? new Uint8Array(1), mode: 'byte' }], { errorCorrectionLevel: 'M' }).modules
}

async function byPdfkit(bills: readonly PaymentDocumentContent[]): Promise<Uint8Array> {
  const doc = new PDFDocument({ size: 'A4', margin: 40, autoFirstPage: false })
  const chunks: Buffer[] = []
  const ended = new Promise<void>((resolve) => {
    doc.on('data', (chunk: Buffer) => chunks.push(chunk))
    doc.on('end', resolve)
  })
  doc.registerFont('body', join(resourcesFolder(), 'fonts', 'PTSans-Regular.ttf'))
  for (const bill of bills) {
    doc.addPage().font('body').fontSize(9)
    for (const [index, text] of textsOf(bill).entries()) doc.text(text, 40, 40 + 14 * index, { lineBreak: false })
    for (const [line, cells] of cellsOf(bill).entries()) for (const [column, cell] of cells.entries()) doc.text(cell, 40 + (column === 0 ? 0 : 120 + 45 * column), 240 + 16 * line, { lineBreak: false })
    const modules = symbolOf(bill)
    for (let row = 0; row < modules.size; row++) for (let column = 0; column < modules.size; column++) if (modules.get(row, column)) doc.rect(400 + 1.4 * column, 40 + 1.4 * row, 1.4, 1.4)
    doc.fill('black')
  }
  doc.end()
  await ended
  return Buffer.concat(chunks)
}

function htmlOf(bills: readonly PaymentDocumentContent[]): string {
  const pages = bills.map((bill) => {
    const modules = symbolOf(bill)
    let path = ''
    for (let row = 0; row < modules.size; row++) for (let column = 0; column < modules.size; column++) if (modules.get(row, column)) path += `M${column} ${row}h1v1h-1z`
    const table = cellsOf(bill).map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`).join('')
    return `<section><svg width="40mm" height="40mm" viewBox="0 0 ${modules.size} ${modules.size}"><path d="${path}"/></svg>${textsOf(bill).map((text) => `<p>${text}</p>`).join('')}<table>${table}</table></section>`
  })
  const font = `file://${join(resourcesFolder(), 'fonts', 'PTSans-Regular.ttf')}`
  return `<!doctype html><html lang="ru"><meta charset="utf-8"><style>@font-face{font-family:B;src:url("${font}")}@page{size:A4;margin:11mm}body{font:9pt B;margin:0}section{break-after:page}svg{float:right}table{border-collapse:collapse;width:100%}td{border-bottom:1px solid}</style>${pages.join('')}</html>`
}
