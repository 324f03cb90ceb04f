import SheetState from '@renderer/components/SheetState.vue'
import { useSheet } from '@renderer/sheet'
import type { SheetOutput } from '@shared/contract/printing'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { defineComponent, h } from 'vue'
import { FakeFailure } from '../support/fake-bridge'
import { deskJob, printer, printingOptions } from '../support/fake-office'
import { mountPage } from './features/mount-page'

const printers = [printer('OFFICE', { isDefault: true }), printer('HALL')]

/** A panel with one sheet, as panels of a card have it. */
async function open(jobs: () => ReturnType<typeof deskJob>[] = () => []) {
  let sheet!: ReturnType<typeof useSheet<{ n: number }>>
  const given: { n: number; operationId: string; output: SheetOutput }[] = []
  const panel = defineComponent(() => {
    sheet = useSheet<{ n: number }>('notice', (input) => {
      given.push(input)
      return Promise.resolve({ printer: input.output.how === 'print' ? (input.output.printer ?? 'OFFICE') : null, jobId: input.output.how === 'print' ? 'OFFICE-1' : null, fileName: null, ...(input.output.how === 'preview' ? { pdf: new Uint8Array([1]) } : {}) })
    })
    return () => h(SheetState, { sheet })
  })
  const page = await mountPage(panel, { handlers: { 'printing.jobs': jobs, 'printing.printers': () => ({ printers, options: printingOptions({ notice: 'HALL' }), tests: {} }) } })
  return { ...page, sheet, given }
}

test('a sheet goes to the printer of its form, as this desk prints it', async () => {
  const { sheet, given } = await open()
  await sheet.print({ n: 1 })
  expect(given).toEqual([{ n: 1, operationId: expect.any(String), output: { how: 'print', printer: 'HALL' } }])
})

test('what is chosen otherwise holds for one sheet only', async () => {
  const { sheet, given } = await open()
  await sheet.preview({ n: 1 })
  sheet.choose({ printer: 'OFFICE', tray: 'tray-1', duplex: 'long', copies: 2 })
  await sheet.print({ n: 1 })
  await sheet.print({ n: 2 })
  expect(given.map(({ output }) => output)).toEqual([
    { how: 'preview' }, { how: 'print', printer: 'OFFICE', tray: 'tray-1', duplex: 'long', copies: 2 }, { how: 'print', printer: 'HALL' },
  ])
})

test('a look is no operation of the sheet: printing after it has an id of its own', async () => {
  const { sheet, given } = await open()
  await sheet.preview({ n: 1 })
  await sheet.print({ n: 1 })
  expect(new Set(given.map(({ operationId }) => operationId)).size).toBe(2)
})

test('where it was started it is told why it waits, and the key of the queue that sends it elsewhere', async () => {
  let jobs = [deskJob({ jobId: 'OFFICE-1', printer: 'HALL', state: 'held', reason: 'mediaEmpty', canRetry: true })]
  const { sheet, text, bridge } = await open(() => jobs)
  await sheet.print({ n: 1 })
  await flushPromises()
  expect(text()).toContain('Ждёт: в принтере HALL нет бумаги')
  expect(text()).toContain('Положите бумагу или отправьте лист на другой принтер.')
  expect(text()).toContain('Ctrl+Shift+P')
  // It goes elsewhere and comes out: the same place says so.
  jobs = [deskJob({ jobId: 'S-2', printer: 'OFFICE', state: 'printed' }), deskJob({ jobId: 'OFFICE-1', printer: 'HALL', state: 'failed', reason: 'moved', movedTo: 'S-2' })]
  bridge.emit('printing.changed', {})
  await flushPromises()
  expect(text()).toContain('Лист вышел из принтера OFFICE.')
})

test('a sheet that came out stays told when the queue forgets it', async () => {
  let jobs = [deskJob({ jobId: 'OFFICE-1', printer: 'HALL', state: 'printed' })]
  const { sheet, text, bridge } = await open(() => jobs)
  await sheet.print({ n: 1 })
  await flushPromises()
  jobs = []
  bridge.emit('printing.changed', {})
  await flushPromises()
  expect(text()).toContain('Лист вышел из принтера HALL.')
})

test('without a print system a sheet can still be looked at', async () => {
  const { sheet, bridge } = await open()
  bridge.handle('printing.printers', () => {
    throw new FakeFailure('printerUnavailable', 'printSystemMissing')
  })
  await sheet.preview({ n: 1 })
  expect(sheet.shown.value?.pdf).toEqual(new Uint8Array([1]))
})
