import PaymentDocumentsPanel from '@renderer/features/payment-documents/PaymentDocumentsPanel.vue'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { at, deskJob, printingOptions } from '../../../support/fake-office'
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

/** Presses print, then the queue of the desk tells these states one after another. */
async function printedThen(states: Partial<Parameters<typeof deskJob>[0]>[]) {
  let jobs = [deskJob({ jobId: 'HP-77' })]
  const page = await open({ 'printing.jobs': () => jobs })
  await page.press('p', { ctrlKey: true })
  const shown: (string | undefined)[] = []
  for (const state of states) {
    jobs = [deskJob({ jobId: 'HP-77', ...state })]
    page.bridge.emit('printing.changed', {})
    await flushPromises()
    shown.push(page.wrapper.find('[data-job]').attributes('data-job'))
  }
  return { ...page, shown }
}

test('a sheet sent to the printer is followed until it has come out', async () => {
  const { shown, text } = await printedThen([{ state: 'queued' }, { state: 'printing' }, { state: 'printed' }])
  expect(shown).toEqual(['queued', 'printing', 'printed'])
  expect(text()).toContain('Напечатано на «HP_LaserJet_окно_3»')
})

test('a held job says what to do and that nothing must be sent twice', async () => {
  const { text } = await printedThen([{ state: 'held', reason: 'printerStopped', message: 'Media tray empty' }])
  for (const words of ['Печать задержана', 'Media tray empty', 'второй раз посылать не нужно']) expect(text()).toContain(words)
})

test('where the print system tells nothing of a job, the tray is the truth', async () => {
  const { text } = await printedThen([{ state: 'lost', reason: 'notFollowed' }])
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
  const { bridge, press, text, button } = await open({ 'printing.printers': () => ({ printers: [], options: printingOptions(), tests: {} }) })
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

const draft = { period: '2026-10', closing: 5_011_31, paidSince: 11_31, services: [{ service: 'heat', name: 'Отопление', closing: 4_000_00 }], readings: [] }
const asked = { visitId: 900, accountId: 11 }

test('Alt+I makes out an invoice: for the debt as it is, or for a sum that is checked before anything is sent', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const { bridge, press, text, type, wrapper, button } = await open({ 'paymentDocuments.invoiceDraft': () => draft, 'paymentDocuments.invoicePreview': () => ({ pdf: new Uint8Array([1]) }) })
  await press('i', { altKey: true })
  await flushPromises()
  expect(text().replace(/\s/g, ' ')).toContain('Сейчас к оплате 5 000,00 ₽')
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('paymentDocuments.invoicePreview')).toEqual([{ ...asked, amount: null, parts: [], readings: false }])
  await wrapper.find('input[value=sum]').setValue()
  ;(wrapper.find('input[pattern]').element as HTMLInputElement).focus()
  expect(button('Сохранить PDF')?.getAttribute('aria-disabled')).toBe('true')
  await type('12,345')
  expect(text()).toContain('рубли и копейки через запятую')
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('paymentDocuments.invoicePreview')).toHaveLength(1)
  await type('1 500,50')
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('paymentDocuments.invoicePreview').at(-1)).toEqual({ ...asked, amount: 1_500_50, parts: [], readings: false })
})

test('Alt+Y makes a statement of the last months, Alt+E tells how the пени came about', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const line = { period: '2026-06', capitalRepair: false, debt: 2_000_00, deadline: '2026-07-15', daysAt300: 13, daysAt130: 18, amount: 34_54 }
  const { bridge, press, text } = await open({
    'paymentDocuments.statementPreview': () => ({ pdf: new Uint8Array([1]) }),
    'paymentDocuments.penalty': () => ({ period: '2026-10', billed: 15_83, reckoned: 34_54, why: null, rateBasisPoints: 950, lines: [line] }),
  })
  await press('e', { altKey: true })
  await flushPromises()
  for (const words of ['15,83', '34,54', '13 по 1/300, 18 по 1/130', 'ставки 9,5 %', 'Действует сумма поставщика']) expect(text().replace(/\u00a0/g, ' ')).toContain(words)
  await press('y', { altKey: true })
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('paymentDocuments.statementPreview')).toEqual([{ ...asked, from: '2026-08', to: '2026-10', penalty: false }])
})
