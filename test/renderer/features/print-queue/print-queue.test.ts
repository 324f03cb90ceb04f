import PrintQueueButton from '@renderer/features/print-queue/PrintQueueButton.vue'
import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { deskJob, printer, printingOptions } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const jammed = deskJob({ jobId: 'HP-1', form: 'paymentDocument', number: '2026-10-001542', state: 'held', reason: 'mediaJam', message: 'Paper jam', canRetry: true })
const printers = [printer('HP_LaserJet_окно_3', { isDefault: true, trouble: 'mediaJam' }), printer('Kyocera_зал', { trouble: 'mediaEmpty' }), printer('Склад'), printer('Закрыт', { state: 'rejecting' })]

type Handlers = Record<string, (input: never) => unknown>
async function open(jobs: ReturnType<typeof deskJob>[], handlers: Handlers = {}) {
  const page = await mountPage(PrintQueueButton, { handlers: { 'printing.jobs': () => jobs, 'printing.printers': () => ({ printers, options: printingOptions(), tests: {} }), ...handlers } })
  const show = async () => {
    await page.press('p', { code: 'KeyP', ctrlKey: true, shiftKey: true })
    await vi.waitFor(() => {
      if (!page.text().includes('Очередь печати этого рабочего места')) throw new Error('the queue is not open')
    }, { timeout: 15_000 })
    await flushPromises()
  }
  return { ...page, show }
}

test('the button counts what is on its way, and marks what does not come out', async () => {
  const { button, bridge } = await open([deskJob({ state: 'printing' }), deskJob({ jobId: 'HP-2' })])
  expect(button('Очередь печати')?.getAttribute('aria-label')).toBe('Очередь печати: печатаются 2 листа')
  bridge.handle('printing.jobs', () => [jammed, deskJob()])
  bridge.emit('printing.changed', {})
  await flushPromises()
  expect(button('Очередь печати')?.getAttribute('aria-label')).toBe('Очередь печати: не вышел 1 лист')
  bridge.handle('printing.jobs', () => [deskJob({ state: 'printed' })])
  bridge.emit('printing.changed', {})
  await flushPromises()
  expect(button('Очередь печати')?.getAttribute('aria-label')).toBe('Очередь печати')
})

test('nothing is asked while nothing happens, and a burst of news is asked for once more at most', async () => {
  vi.useFakeTimers()
  const { bridge } = await open([jammed])
  const asked = bridge.inputsOf('printing.jobs').length
  await vi.advanceTimersByTimeAsync(600_000)
  expect(bridge.inputsOf('printing.jobs')).toHaveLength(asked)
  for (let news = 0; news < 10; news++) bridge.emit('printing.changed', {})
  await flushPromises()
  expect(bridge.inputsOf('printing.jobs').length - asked).toBeLessThanOrEqual(2)
  vi.useRealTimers()
})

test('a jammed sheet says what, where, since when, and what to do', async () => {
  const { show, text } = await open([jammed])
  await show()
  for (const words of ['Платёжный документ № 2026-10-001542', 'HP_LaserJet_окно_3', 'в принтере HP_LaserJet_окно_3 замялась бумага', 'Лист остался в очереди и выйдет сам.', 'Достаньте замятый лист', 'Принтер сообщает: Paper jam']) expect(text()).toContain(words)
})

test('it goes to another printer by the keyboard: the first that is ready, under one operation', async () => {
  const { show, press, bridge, text } = await open([jammed], { 'printing.retry': () => ({ printer: 'Склад', jobId: 'S-1', fileName: null }) })
  await show()
  await press('r', { code: 'KeyR', altKey: true })
  expect(bridge.inputsOf('printing.retry')).toEqual([{ operationId: expect.any(String), jobId: 'HP-1', printer: 'Склад' }])
  expect(text()).toContain('Лист отправлен на принтер Склад. Прежний снят с печати, выдача считается одной.')
})

test('a key pressed before the print system has named its printers is kept, and the sheet goes once they are known', async () => {
  let tell = (_answer: unknown) => undefined as void
  const { show, press, bridge } = await open([jammed], {
    'printing.printers': () => new Promise((resolve) => (tell = resolve)),
    'printing.retry': () => ({ printer: 'Склад', jobId: 'S-1', fileName: null }),
  })
  await show()
  await press('r', { code: 'KeyR', altKey: true })
  expect(bridge.inputsOf('printing.retry')).toEqual([])
  tell({ printers, options: printingOptions(), tests: {} })
  await flushPromises()
  expect(bridge.inputsOf('printing.retry')).toMatchObject([{ jobId: 'HP-1', printer: 'Склад' }])
})

test('printers that cannot be asked for are told, and can be asked for again', async () => {
  let isDeaf = true
  const { show, click, bridge, text } = await open([jammed], {
    'printing.printers': () => {
      if (isDeaf) throw new FakeFailure('printerUnavailable')
      return { printers, options: printingOptions(), tests: {} }
    },
  })
  await show()
  isDeaf = false
  await click('Повторить')
  expect(bridge.inputsOf('printing.printers')).toHaveLength(2)
  expect(text()).toContain('Напечатать на другом принтере')
})

test('when the other printer refuses, the words say what was kept, and a second press is the same operation', async () => {
  const { show, press, bridge, text } = await open([jammed], {
    'printing.retry': () => {
      throw new FakeFailure('conflict', 'jobNotWithdrawn')
    },
  })
  await show()
  await press('r', { code: 'KeyR', altKey: true })
  expect(text()).toContain('На другом принтере ничего не напечатано: листов стало бы два.')
  await press('r', { code: 'KeyR', altKey: true })
  const [first, second] = bridge.inputsOf('printing.retry')
  expect(second).toEqual(first)
})

test('a sheet with a password has no other printer: it says why and leads to a new password', async () => {
  const { show, text, button } = await open([deskJob({ jobId: 'HP-3', form: 'memo', secret: true, state: 'failed', reason: 'aborted', accountId: 11 })])
  await show()
  expect(text()).toContain('Лист с паролем второй раз не печатают: выпустите новый пароль')
  expect(button('Напечатать на другом принтере')).toBeUndefined()
})

test('a sheet of a batch is sent to its page, one of a colleague is theirs', async () => {
  const { show, text, button } = await open([deskJob({ jobId: 'HP-4', ofBatch: true, state: 'failed', reason: 'aborted' }), deskJob({ jobId: 'HP-5', state: 'held', reason: 'coverOpen', mine: false })])
  await show()
  expect(text()).toContain('Откройте страницу партии')
  expect(text()).toContain('выдал другой сотрудник')
  expect(button('Напечатать на другом принтере')).toBeUndefined()
})

test('a sheet that waits is cancelled, one that has ended is removed, by keys of the chosen one', async () => {
  const { show, press, bridge } = await open([deskJob({ jobId: 'HP-6' }), deskJob({ jobId: 'HP-7', state: 'printed' })], { 'printing.cancel': () => ({}), 'printing.dismiss': () => ({}) })
  await show()
  await press('x', { code: 'KeyX', altKey: true })
  expect(bridge.inputsOf('printing.cancel')).toEqual([{ jobId: 'HP-6' }])
  await press('ArrowDown', { code: 'ArrowDown', altKey: true })
  await press('d', { code: 'KeyD', altKey: true })
  expect(bridge.inputsOf('printing.dismiss')).toEqual([{ jobId: 'HP-7' }])
})

test('with nothing on its way it says so', async () => {
  const { show, text } = await open([])
  await show()
  expect(text()).toContain('Все листы вышли')
})
