import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import * as windows from 'pdf-to-printer'
import { windowsPrinter } from '../../../src/main/printing/windows-printer'

// The package runs a Windows program, so here its calls are only looked at; what is tested is the file we give it.
vi.mock('pdf-to-printer', () => ({ print: vi.fn(), getPrinters: vi.fn(), getDefaultPrinter: vi.fn() }))

const options = { copies: 2, media: 'A4' as const, duplex: 'long' as const, title: 'Памятка' }
let privateFolder: string

beforeEach(() => {
  privateFolder = mkdtempSync(join(tmpdir(), 'okno-windows-'))
  const office = { deviceId: 'Офис', name: 'Офис', paperSizes: [] }
  vi.mocked(windows.getPrinters).mockResolvedValue([office, { ...office, name: 'Склад' }])
  vi.mocked(windows.getDefaultPrinter).mockResolvedValue(office)
})
afterEach(() => {
  vi.resetAllMocks()
  rmSync(privateFolder, { recursive: true, force: true })
})

const left = () => (existsSync(join(privateFolder, 'printing')) ? readdirSync(join(privateFolder, 'printing')) : [])

test('the file lives only while it is printed, and only its owner can read it', async () => {
  const seen: { mode: number; bytes: string }[] = []
  vi.mocked(windows.print).mockImplementation(async (file) => {
    seen.push({ mode: statSync(file).mode & 0o777, bytes: readFileSync(file, 'utf8') })
  })
  await windowsPrinter({ privateFolder }).print(Buffer.from('%PDF'), options)
  expect(seen).toEqual([{ mode: 0o600, bytes: '%PDF' }])
  expect(left()).toEqual([])
  expect(vi.mocked(windows.print).mock.calls[0]?.[1]).toMatchObject({ printer: 'Офис', copies: 2, paperSize: 'A4', side: 'duplexlong', scale: 'noscale' })
})

test.each([
  [{ duplex: 'none' as const }, { side: 'simplex' }],
  [{ duplex: 'short' as const, tray: 'Tray 2' }, { side: 'duplexshort', bin: 'Tray 2' }],
  [{ printer: 'Склад', copies: 1, media: 'A5' as const, tray: null }, { printer: 'Склад', copies: 1, paperSize: 'A5', side: 'duplexlong' }],
])('%o reaches the program as %o, at full scale', async (change, told) => {
  await windowsPrinter({ privateFolder }).print(Buffer.from('%PDF'), { ...options, ...change })
  const given = vi.mocked(windows.print).mock.calls[0]?.[1]
  expect(given).toMatchObject({ ...told, scale: 'noscale', silent: true })
  expect(Object.keys(given ?? {}).includes('bin')).toBe('bin' in told)
})

test('a printer tells its paper and neither trays nor what became of a job', async () => {
  vi.mocked(windows.getPrinters).mockResolvedValue([{ deviceId: 'Офис', name: 'Офис', paperSizes: ['A4', 'A5 (148 x 210)', 'Letter'] }])
  const printer = windowsPrinter({ privateFolder })
  expect(await printer.printers()).toEqual([{ name: 'Офис', isDefault: true, state: 'ready', trouble: null, message: null, trays: null, canDuplex: null, paper: ['A4', 'A5'] }])
  expect(await printer.jobState('x')).toMatchObject({ reason: 'notFollowed' })
  await expect(printer.cancel('x')).rejects.toMatchObject({ reason: 'jobNotCancelled' })
})

test('the file is removed when printing fails', async () => {
  vi.mocked(windows.print).mockRejectedValue(new Error('out of paper'))
  await expect(windowsPrinter({ privateFolder }).print(Buffer.from('%PDF'), options)).rejects.toMatchObject({ code: 'printerUnavailable', reason: 'printFailed' })
  expect(left()).toEqual([])
})

test('what a crash left in the folder is removed at the next start', async () => {
  vi.mocked(windows.print).mockImplementation(() => new Promise(() => undefined))
  void windowsPrinter({ privateFolder }).print(Buffer.from('%PDF'), options)
  await vi.waitFor(() => expect(left()).toHaveLength(1))
  windowsPrinter({ privateFolder })
  await vi.waitFor(() => expect(left()).toEqual([]))
})

test.each([
  [{ printer: 'Нет такого' }, 'unknownPrinter'],
  [{ printer: '' }, 'unknownPrinter'],
])('a queue that does not exist (%o) is refused', async (change, reason) => {
  await expect(windowsPrinter({ privateFolder }).print(Buffer.from('%PDF'), { ...options, ...change })).rejects.toMatchObject({ reason })
  expect(windows.print).not.toHaveBeenCalled()
})

test('without a default queue the operator is told so', async () => {
  vi.mocked(windows.getDefaultPrinter).mockResolvedValue(null)
  await expect(windowsPrinter({ privateFolder }).print(Buffer.from('%PDF'), options)).rejects.toMatchObject({ reason: 'noDefaultPrinter' })
})
