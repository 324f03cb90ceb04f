import { expect, test } from 'vitest'
import { deskPrinters } from '../../../../src/main/features/live-desk/desk-printers'
import type { PrinterInfo } from '../../../../src/main/printing/printer'

const info = (name: string, change: Partial<PrinterInfo> = {}): PrinterInfo => ({ name, isDefault: false, state: 'ready', trouble: null, message: null, trays: null, canDuplex: null, paper: null, ...change })
const asked = (printers: () => Promise<PrinterInfo[]>, forms: Record<string, { printer: string | null }>, jobs: { printer: string; state: 'queued' | 'held' | 'printed' | 'failed' }[] = [], patience = 50) =>
  deskPrinters({ printer: { printers }, folder: { readSettings: () => Promise.resolve({ printing: { forms } } as never) }, jobs: () => jobs, patience })()

test('printers of this desk that have trouble are told, others and those of other desks are not', async () => {
  const all = () => Promise.resolve([info('hall', { trouble: 'mediaJam' }), info('own', { trouble: 'mediaEmpty' }), info('stopped', { state: 'stopped' }), info('well')])
  expect(await asked(all, { memo: { printer: 'own' }, statement: { printer: 'stopped' }, notice: { printer: 'well' } })).toEqual([
    { printer: 'own', trouble: 'mediaEmpty', held: 0 },
    { printer: 'stopped', trouble: 'printerStopped', held: 0 },
  ])
})

test('the default printer is this desk’s where a form names none', async () => {
  const all = () => Promise.resolve([info('hall', { isDefault: true, trouble: 'offline' })])
  expect(await asked(all, {})).toEqual([{ printer: 'hall', trouble: 'offline', held: 0 }])
  expect(await asked(all, { memo: { printer: null } })).toHaveLength(1)
  expect(await asked(all, { memo: { printer: 'own' } })).toEqual([])
})

test('jobs on their way are counted by printer, ended ones are not', async () => {
  const jobs = [{ printer: 'own', state: 'held' as const }, { printer: 'own', state: 'queued' as const }, { printer: 'own', state: 'printed' as const }, { printer: 'hall', state: 'failed' as const }]
  expect(await asked(() => Promise.resolve([info('own')]), { memo: { printer: 'own' } }, jobs)).toEqual([{ printer: 'own', trouble: null, held: 2 }])
})

test('a print system that is away or does not answer keeps no heartbeat waiting', async () => {
  const jobs = [{ printer: 'own', state: 'held' as const }]
  expect(await asked(() => Promise.reject(new Error('no CUPS')), {}, jobs)).toEqual([{ printer: 'own', trouble: null, held: 1 }])
  expect(await asked(() => new Promise(() => undefined), {}, jobs)).toEqual([{ printer: 'own', trouble: null, held: 1 }])
})
