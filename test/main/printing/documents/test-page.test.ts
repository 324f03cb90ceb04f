import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { drawTestPage } from '../../../../src/main/printing/documents/test-page'
import { textOf } from '../../../support/pdf/read-pdf'

const folder = mkdtempSync(join(tmpdir(), 'okno-test-page-'))
afterAll(() => rmSync(folder, { recursive: true }))

const dpi = 300
const perMm = dpi / 25.4
let pdf: Buffer
let page: { width: number; height: number; isBlack(x: number, y: number): boolean }

beforeAll(async () => {
  pdf = await drawTestPage({ form: 'paymentDocument', queue: 'OFFICE', tray: 'tray-2', duplex: 'long', desk: 'окно-3', staff: 'Соколова А. В.', at: '2026-11-22T09:05:00Z', timeZone: 'Asia/Yekaterinburg' })
  writeFileSync(join(folder, 'page.pdf'), pdf)
  execFileSync('pdftoppm', ['-r', String(dpi), '-gray', join(folder, 'page.pdf'), join(folder, 'page')])
  const file = execFileSync('sh', ['-c', `cat ${folder}/page-*.pgm`], { maxBuffer: 64 * 1024 * 1024 })
  const [, width, height] = /^P5\s+(\d+)\s+(\d+)\s+255\s/.exec(file.subarray(0, 40).toString('latin1'))!.map(Number) as [number, number, number]
  const pixels = file.subarray(file.length - width * height)
  page = { width, height, isBlack: (x, y) => pixels[y * width + x]! < 128 }
})

test('the page says what it tries: form, printer, tray, sides, computer, who and when', () => {
  const words = textOf(pdf)
  for (const part of ['Форма: Платёжный документ', 'Принтер: OFFICE', 'Лоток: 2', 'двусторонняя, переворот по длинному краю', 'Компьютер: окно-3', 'Напечатал: Соколова А. В., 22 ноября 2026']) expect(words).toContain(part)
})

test('it is one page, the same bytes each time', async () => {
  expect(page.width).toBe(Math.ceil(210 * perMm))
  const again = await drawTestPage({ form: 'paymentDocument', queue: 'OFFICE', tray: 'tray-2', duplex: 'long', desk: 'окно-3', staff: 'Соколова А. В.', at: '2026-11-22T09:05:00Z', timeZone: 'Asia/Yekaterinburg' })
  expect(again.equals(pdf)).toBe(true)
})

test('the frame stands 10 mm from each edge, and nothing lies outside', () => {
  const middle = { x: Math.round(page.width / 2), y: Math.round(page.height / 2) }
  const across = Array.from({ length: page.width }, (_, x) => x).filter((x) => page.isBlack(x, middle.y))
  const down = Array.from({ length: page.height }, (_, y) => y).filter((y) => page.isBlack(5 * Math.round(perMm) + middle.x, y))
  expect(across[0]! / perMm).toBeCloseTo(10, 0)
  expect((page.width - 1 - across.at(-1)!) / perMm).toBeCloseTo(10, 0)
  expect(down[0]! / perMm).toBeCloseTo(10, 0)
  expect((page.height - 1 - down.at(-1)!) / perMm).toBeCloseTo(10, 0)
})

test('the ruler is 100 mm long', () => {
  // The row of pixels with the ruler's line: the longest run of black on the page beside the frame.
  const runs = Array.from({ length: page.height }, (_, y) => {
    let longest = 0
    for (let x = Math.round(15 * perMm), run = 0; x < Math.round(150 * perMm); x++) {
      run = page.isBlack(x, y) ? run + 1 : 0
      longest = Math.max(longest, run)
    }
    return longest / perMm
  }).filter((run) => run < 130)
  expect(Math.max(...runs)).toBeGreaterThan(99.7)
  expect(Math.max(...runs)).toBeLessThan(100.6)
})

test('the QR code is read by another program', () => {
  execFileSync('pdftoppm', ['-r', '300', '-png', '-singlefile', join(folder, 'page.pdf'), join(folder, 'photo')])
  expect(execFileSync('zbarimg', ['-q', '--raw', join(folder, 'photo.png')], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })).toMatch(/^Okno 2026-11-22T09:05:00Z/)
})
