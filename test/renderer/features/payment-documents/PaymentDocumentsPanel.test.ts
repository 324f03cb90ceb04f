import PaymentDocumentsPanel from '@renderer/features/payment-documents/PaymentDocumentsPanel.vue'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { at, printingOptions } from '../../../support/fake-office'
import { FakeFailure } from '../../../support/fake-bridge'
import { mountPage } from '../mount-page'

const periods = [
  { period: '2026-08', accrued: 100_00, closing: -50_00, penalty: 0, number: null, issues: 0, closed: false },
  { period: '2026-10', accrued: 4_011_31, closing: 5_011_31, penalty: 15_83, number: '2026-10-001542', issues: 2, closed: true },
  { period: '2026-09', accrued: 3_900_00, closing: 4_800_00, penalty: 0, number: null, issues: 0, closed: false },
]
type Which = { period: string; output: { how: 'print' | 'save'; printer?: string | null } }
const printed = (printer: string | null = null, jobId = 'HP-77') => ({ ...given, printer, jobId, fileName: null })
const given = { number: '2026-10-001542', duplicate: 2, issuedAt: at('09:50') }

const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(PaymentDocumentsPanel, {
    accountId: 11,
    handlers: {
      'paymentDocuments.periods': () => periods,
      'paymentDocuments.preview': ({ period }: Which) => ({ number: `${period}-1`, duplicate: null, pdf: new Uint8Array([1, 2, 3]) }),
      'paymentDocuments.give': ({ output }: Which) => (output.how === 'print' ? printed(output.printer) : { ...given, printer: null, jobId: null, fileName: 'Квитанция 2026-10.pdf' }),
      ...handlers,
    },
  })

afterEach(() => void vi.useRealTimers())

test('the newest period comes first and is chosen, with its sums and how often it was given out', async () => {
  const { wrapper } = await open()
  const rows = wrapper.findAll('[role=option]')
  expect(rows.map((row) => row.attributes('data-period'))).toEqual(['2026-10', '2026-09', '2026-08'])
  expect(rows[0]?.attributes('aria-selected')).toBe('true')
  expect(rows[0]?.text().replace(/\s+/g, ' ')).toContain('5 011,31 ₽')
  expect(rows[0]?.text()).toContain('2 раза')
})

test('arrows choose the period, Enter asks for its sheet and no other', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {}) // There is no canvas here to draw the sheet on.
  const { bridge, press } = await open()
  await press('ArrowDown')
  await press('Enter')
  expect(bridge.inputsOf('paymentDocuments.preview')).toEqual([{ visitId: 900, accountId: 11, period: '2026-09' }])
})

test('a sheet that cannot be drawn here can still be printed, and says so', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { press, text, button } = await open()
  await press('Enter')
  await vi.waitFor(() => expect(text()).toContain('показать его не удалось'))
  expect(button('Напечатать')).toBeTruthy()
})

test('«ДУБЛИКАТ» is told before printing, and only where the sheet will bear it', async () => {
  const { press, text } = await open()
  expect(text()).toContain('«ДУБЛИКАТ № 2»')
  await press('ArrowDown')
  expect(text()).not.toContain('ДУБЛИКАТ')
  expect(text()).toContain('Будет напечатан оригинал')
})

test('a sheet sent to the printer is followed until it has come out', async () => {
  vi.useFakeTimers()
  const states = ['queued', 'printing', 'printed']
  const { bridge, press, text, wrapper } = await open({ 'printing.job': () => ({ state: states.shift(), reason: null, message: null }) })
  await press('p', { ctrlKey: true })
  const shown: (string | undefined)[] = []
  for (let step = 0; step < 6; step++) {
    await vi.advanceTimersByTimeAsync(1_000)
    await flushPromises()
    shown.push(wrapper.find('[data-job]').attributes('data-job'))
  }
  expect([...new Set(shown)]).toEqual(['printing', 'printed'])
  expect(text()).toContain('Напечатано на «HP_LaserJet_окно_3»')
  expect(bridge.inputsOf('printing.job')).toHaveLength(3)
})

test('a held job says what to do and that nothing must be sent twice', async () => {
  vi.useFakeTimers()
  const { press, text } = await open({ 'printing.job': () => ({ state: 'held', reason: 'printerStopped', message: 'Media tray empty' }) })
  await press('p', { ctrlKey: true })
  await vi.advanceTimersByTimeAsync(10)
  await flushPromises()
  expect(text()).toContain('Печать задержана')
  expect(text()).toContain('Media tray empty')
  expect(text()).toContain('второй раз посылать не нужно')
})

test('a system that does not tell about jobs is not asked for ever', async () => {
  vi.useFakeTimers()
  const { bridge, press, text } = await open({ 'printing.job': () => ({ state: 'queued', reason: 'notFollowed', message: null }) })
  await press('p', { ctrlKey: true })
  await vi.advanceTimersByTimeAsync(120_000)
  await flushPromises()
  expect(bridge.inputsOf('printing.job')).toHaveLength(1)
  expect(text()).toContain('Посмотрите, вышел ли лист')
})

test('printing again after the answer was lost repeats the operation, printing once more is another one', async () => {
  let isLost = true
  const { bridge, press } = await open({
    'paymentDocuments.give': () => {
      if (isLost) throw new FakeFailure('databaseUnavailable', 'connectionLost')
      return printed('HP', '1')
    },
  })
  await press('p', { ctrlKey: true })
  isLost = false
  await press('p', { ctrlKey: true })
  await press('p', { ctrlKey: true })
  const ids = bridge.inputsOf('paymentDocuments.give').map(({ operationId }) => operationId)
  expect(ids[1]).toBe(ids[0])
  expect(ids[2]).not.toBe(ids[1])
})

test('after a sheet was given out the next one is announced as the next duplicate', async () => {
  let issues = 0
  const { press, text } = await open({
    'paymentDocuments.periods': () => [{ ...periods[1], issues }],
    'paymentDocuments.give': () => {
      issues++
      return { ...printed('HP', '1'), duplicate: null }
    },
  })
  expect(text()).toContain('Будет напечатан оригинал')
  await press('p', { ctrlKey: true })
  expect(text()).toContain('«ДУБЛИКАТ № 1»')
})

test('without a printer the sheet can be saved, and the print button says why it cannot be used', async () => {
  const { bridge, press, text, button } = await open({ 'printing.printers': () => ({ printers: [], options: printingOptions() }) })
  expect(button('Напечатать')?.getAttribute('aria-disabled')).toBe('true')
  expect(text()).toContain('Принтер не найден')
  await press('p', { ctrlKey: true })
  expect(bridge.inputsOf('paymentDocuments.give')).toHaveLength(0)
  await press('s', { ctrlKey: true })
  expect(text()).toContain('Сохранён файл Квитанция 2026-10.pdf')
})

test('closing the save dialog is no failure', async () => {
  const { press, wrapper } = await open({
    'paymentDocuments.give': () => {
      throw new FakeFailure('conflict', 'saveCancelled')
    },
  })
  await press('s', { ctrlKey: true })
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
})

test('periods that cannot be read offer another try', async () => {
  let isDown = true
  const { click, wrapper, text } = await open({
    'paymentDocuments.periods': () => {
      if (isDown) throw new FakeFailure('databaseUnavailable')
      return periods
    },
  })
  expect(text()).toContain('Нет связи с базой данных')
  isDown = false
  await click('Повторить')
  expect(wrapper.findAll('[role=option]')).toHaveLength(3)
})

test('an account without closed periods says when a document appears', async () => {
  const { text } = await open({ 'paymentDocuments.periods': () => [] })
  expect(text()).toContain('Закрытых периодов пока нет')
})
