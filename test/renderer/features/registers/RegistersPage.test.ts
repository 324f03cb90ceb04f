import RegistersPage from '@renderer/features/registers/RegistersPage.vue'
import type { RegisterCheck, RegisterImport, RegisterPreview } from '@shared/contract/registers'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { admin, at } from '../../../support/fake-office'
import { FakeFailure } from '../../../support/fake-bridge'
import { mountPage } from '../mount-page'

const preview: RegisterPreview = {
  fileName: 'абоненты.csv', bytes: 2_500_000, format: 'csv', encoding: 'windows-1251', separator: ';', sheet: null, kind: 'subscribers', mapping: null, ours: [],
  columns: [{ name: 'код_абонента', column: 'subscriber_id' }, { name: 'вид', column: 'kind' }, { name: 'участок', column: null }],
  missing: [], rowEstimate: 12_345,
  rows: [
    { line: 2, cells: ['А-1', 'физлицо', '7'], verdict: 'accepted', reasons: [] },
    { line: 3, cells: ['А-1', 'юрлицо', '7'], verdict: 'refused', reasons: [{ code: 'repeatedKey', details: ['2'], text: 'Повтор: в строке 2 другие значения' }] },
  ],
}
const moment = '2026-11-22T09:00:00.000Z'
const check: RegisterCheck = {
  rows: 12_345, isWhole: true, refused: 7, warned: 1,
  troubles: [{ verdict: 'refused', code: 'valueMissing', text: 'не заполнено «фамилия»', rows: 7, line: 9 }],
  first: [{ line: 9, cells: ['А-9', '', '7'], verdict: 'refused', reasons: [{ code: 'valueMissing', details: ['last_name'], text: 'не заполнено «фамилия»' }] }],
  sample: { rows: 1_000, accepted: 990, warned: 0, unchanged: 0, refused: 10, troubles: [{ verdict: 'refused', code: 'unknownAccount', text: 'нет лицевого счёта', rows: 10, line: 77 }] },
}
const done: Omit<RegisterImport, 'batchId'> = { kind: 'subscribers', fileName: 'абоненты.csv', ms: 2_340, accepted: 12_000, warned: 300, unchanged: 40, refused: 5, verdictFile: 'абоненты.verdict.csv' }

const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(RegistersPage, {
    staff: admin,
    handlers: {
      'registers.chooseFile': () => ({ file: 'token', fileName: 'абоненты.csv' }),
      'registers.preview': () => preview,
      'registers.run': ({ operationId }: { operationId: string }) => ({ ...done, batchId: operationId }),
      'registers.cancel': () => ({ cancelled: true }),
      'registers.showVerdict': () => ({ shown: true }),
      'registers.history': () => [],
      'registers.exports': () => [],
      'registers.contactExports': () => [],
      'registers.mappings': () => [],
      'registers.watch': () => ({ settings: null, lastPassAt: null, nextPassAt: null, isPassing: false, problem: null, history: [] }),
      'registers.check': () => check,
      'providers.list': () => [],
      ...handlers,
    },
  })

test('a chosen file shows what was recognised and the verdicts of its first rows, and nothing is imported yet', async () => {
  const { bridge, press, text } = await open()
  await press('o', { ctrlKey: true })
  for (const words of ['windows-1251', 'точка с запятой', '2,4 МБ', 'Не узнаны и не будут загружены:участок', 'отклонена', 'Повтор: в строке 2 другие значения']) expect(text().replace(/\u00a0/g, ' ')).toContain(words)
  expect(bridge.inputsOf('registers.run')).toHaveLength(0)
})

test('a file without a required column cannot be imported', async () => {
  const { bridge, press, text, button } = await open({ 'registers.preview': () => ({ ...preview, missing: [{ column: 'kind', russian: 'вид' }] }) })
  await press('o', { ctrlKey: true })
  expect(text()).toContain('вид (kind)')
  expect(button('Загрузить')?.getAttribute('aria-disabled')).toBe('true')
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('registers.run')).toHaveLength(0)
})

test('a register that was not recognised is named by the administrator and looked at again', async () => {
  const { bridge, press, wrapper } = await open({ 'registers.preview': ({ kind }: { kind?: string }) => ({ ...preview, kind: kind ?? null }) })
  await press('o', { ctrlKey: true })
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('registers.run')).toHaveLength(0)
  await wrapper.find('select').setValue('payments')
  await flushPromises()
  expect(bridge.inputsOf('registers.preview').at(-1)).toEqual({ file: 'token', kind: 'payments' })
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('registers.run')[0]).toMatchObject({ kind: 'payments' })
})

test('a running import tells its rows; progress of another import is not taken for it', async () => {
  let finish: (value: unknown) => void = () => {}
  const { bridge, press, text } = await open({ 'registers.run': () => new Promise((resolve) => (finish = resolve)) })
  await press('o', { ctrlKey: true })
  await press('Enter', { ctrlKey: true })
  const batchId = String(bridge.inputsOf('registers.run')[0]?.['operationId'])
  bridge.emit('registers.progress', { batchId, phase: 'merging', rows: 6_000, of: 12_000 })
  bridge.emit('registers.progress', { batchId: 'another', phase: 'reading', rows: 1, of: 2 })
  await flushPromises()
  expect(text().replace(/\u00a0/g, ' ')).toContain('50 %')
  expect(text()).toContain('Сверяем с базой и записываем')
  finish({ ...done, batchId })
  await flushPromises()
  expect(text()).toContain('Реестр «Абоненты» загружен')
})

test('a cancelled import says that the database is as it was', async () => {
  let refuse: (cause: unknown) => void = () => {}
  const { bridge, press, click, text, wrapper } = await open({ 'registers.run': () => new Promise((_, reject) => (refuse = reject)) })
  await press('o', { ctrlKey: true })
  await press('Enter', { ctrlKey: true })
  await click('Отменить загрузку')
  expect(bridge.inputsOf('registers.cancel')).toEqual([{ batchId: bridge.inputsOf('registers.run')[0]?.['operationId'] }])
  refuse(new FakeFailure('conflict', 'importCancelled'))
  await flushPromises()
  expect(text()).toContain('База осталась такой, какой была.')
  expect(wrapper.find('[role=alert]').exists()).toBe(false)
})

test('the summary counts every verdict and names the verdict file', async () => {
  const { press, click, text, bridge } = await open()
  await press('o', { ctrlKey: true })
  await press('Enter', { ctrlKey: true })
  for (const words of ['12 345', '12 000', '300', '40', '5', 'Принято', 'С замечаниями', 'Без изменений', 'Отклонено', 'абоненты.verdict.csv', '2,3 с']) expect(text().replace(/\u00a0/g, ' ')).toContain(words)
  await click('Показать файл решений')
  expect(bridge.inputsOf('registers.showVerdict')).toHaveLength(1)
})

test('a verdict file that lies on another computer is not promised', async () => {
  const batch = { ...done, batchId: '5b6a7d3e-6a0e-4d5e-9a3b-0f3f2f1f0f0f', startedBy: 'admin', startedAt: at('09:00'), finishedAt: at('09:01') }
  const { click, text } = await open({ 'registers.history': () => [batch], 'registers.showVerdict': () => ({ shown: false }) })
  await click('Показать файл решений: абоненты.csv')
  expect(text()).toContain('Файла решений на этом компьютере нет')
})

test('a file that is no text is refused in words and another can be chosen', async () => {
  const { press, text, button } = await open({
    'registers.preview': () => {
      throw new FakeFailure('invalidInput', 'registerNotText')
    },
  })
  await press('o', { ctrlKey: true })
  expect(text()).toContain('Это не текстовый файл и не книга Excel.')
  expect(button('Выбрать файл…')).toBeTruthy()
})

test('closing the file dialog leaves everything as it was', async () => {
  const { press, text, bridge } = await open({ 'registers.chooseFile': () => null })
  await press('o', { ctrlKey: true })
  expect(bridge.inputsOf('registers.preview')).toHaveLength(0)
  expect(text()).toContain('Загрузок ещё не было.')
})

test('readings go to billing by period, provider and encoding; a batch is written again as it was', async () => {
  const batch = { batchId: '0f0e0d0c-0000-4000-8000-000000000001', period: '2026-10', provider: null, encoding: 'windows-1251', rows: 12_345, cancelled: 6, at: '2026-11-01T09:00:00Z', staffName: 'Администратор' }
  const { bridge, wrapper, click, text } = await open({
    'registers.exports': () => [batch],
    'registers.exportReadings': () => ({ batchId: batch.batchId, rows: 3, cancelled: 1, fileName: 'показания.csv' }),
  })
  await wrapper.find('.export form select').setValue('2026-11')
  await wrapper.find('.export form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('registers.exportReadings')[0]).toMatchObject({ period: '2026-11', provider: null, encoding: 'utf-8', again: null })
  expect(text()).toContain('Файл «показания.csv»: строк 3, из них отмен 1.')
  await click('Файл ещё раз…')
  expect(bridge.inputsOf('registers.exportReadings')[1]).toMatchObject({ period: '2026-10', encoding: 'windows-1251', again: batch.batchId })
})

test('the month to give is that of the office, in words, also when it is still the month before in Greenwich', async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-10-31T20:00:00Z') })
  const batch = { batchId: '0f0e0d0c-0000-4000-8000-000000000001', period: '2026-10', provider: null, encoding: 'utf-8', rows: 1, cancelled: 0, at: '2026-10-31T19:00:00Z', staffName: 'Администратор' }
  const { bridge, wrapper, text } = await open({
    'registers.exports': () => [batch],
    'registers.exportReadings': () => ({ batchId: batch.batchId, rows: 3, cancelled: 0, fileName: 'показания.csv' }),
  })
  const months = wrapper.findAll('.export form select').at(0)!
  const said = months.findAll('option').map((option) => option.text().replace(/\u00a0/g, ' '))
  expect(said.slice(0, 3)).toEqual(['декабрь 2026 г.', 'ноябрь 2026 г.', 'октябрь 2026 г.'])
  expect(said).toHaveLength(26)
  expect(wrapper.find('tbody').text().replace(/\u00a0/g, ' ')).toContain('октябрь 2026 г.')
  expect(text()).not.toContain('2026-1')
  await wrapper.find('.export form').trigger('submit')
  await flushPromises()
  expect(bridge.inputsOf('registers.exportReadings')[0]).toMatchObject({ period: '2026-11' })
})
afterEach(() => vi.useRealTimers())

test('the whole file is looked through before anything is written: reasons, how many rows, the first lines, and a sample against the database', async () => {
  const { bridge, press, text } = await open()
  await press('o', { ctrlKey: true })
  await flushPromises()
  for (const words of ['Просмотрено всё: 12 345 строк', 'не заполнено «фамилия»', 'из пробы в 1 000 строк со всего файла отклонено 10', 'нет лицевого счёта']) expect(text().replace(/\u00a0/g, ' ')).toContain(words)
  expect(bridge.inputsOf('registers.check')[0]).toMatchObject({ file: 'token', kind: 'subscribers', mapping: null })
  expect(bridge.inputsOf('registers.run')).toHaveLength(0)
})

test('an import that begins while the file is looked through stops that first', async () => {
  let end: (cause: unknown) => void = () => {}
  const order: string[] = []
  const { press } = await open({
    'registers.check': () => new Promise((_resolve, reject) => (end = reject)),
    'registers.cancel': () => {
      order.push('cancel')
      end(new FakeFailure('conflict', 'importCancelled'))
      return { cancelled: true }
    },
    'registers.run': ({ operationId }: { operationId: string }) => {
      order.push('run')
      return { ...done, batchId: operationId }
    },
  })
  await press('o', { ctrlKey: true })
  await press('Enter', { ctrlKey: true })
  await flushPromises()
  expect(order).toEqual(['cancel', 'run'])
})

test('a column with a name of its own is matched by hand, looked at again, imported so and remembered', async () => {
  const ours = [{ column: 'subscriber_id', russian: 'код_абонента', required: true }, { column: 'kind', russian: 'вид', required: true }, { column: 'phone', russian: 'телефон', required: false }]
  const { bridge, press, wrapper, button } = await open({
    'registers.preview': ({ mapping }: { mapping?: { columns: { from: string; to: string | null }[]; fixed: { column: string; value: string }[] } }) => ({
      ...preview, ours, mapping: mapping ? { ...mapping, provider: null, version: null } : null,
      columns: preview.columns.map(({ name, column }) => ({ name, column: mapping ? (mapping.columns.find(({ from }) => from === name)?.to ?? null) : column })),
    }),
    'registers.saveMapping': (input: object) => ({ ...input, version: 1, savedBy: 'admin', savedAt: moment }),
  })
  await press('o', { ctrlKey: true })
  const selects = wrapper.findAll('.column select')
  expect(selects).toHaveLength(3)
  await selects[2]!.setValue('phone')
  await flushPromises()
  const columns = [{ from: 'код_абонента', to: 'subscriber_id' }, { from: 'вид', to: 'kind' }, { from: 'участок', to: 'phone' }]
  expect(bridge.inputsOf('registers.preview').at(-1)).toEqual({ file: 'token', kind: 'subscribers', mapping: { columns, fixed: [] } })
  button('Запомнить')!.click()
  await flushPromises()
  expect(bridge.inputsOf('registers.saveMapping')[0]).toMatchObject({ kind: 'subscribers', provider: null, columns, fixed: [] })
  await press('Enter', { ctrlKey: true })
  await flushPromises()
  expect(bridge.inputsOf('registers.run')[0]).toMatchObject({ mapping: { columns, fixed: [] } })
})

test('columns matched faster than the file is read are read once more, as they stand in the end; until then nothing is imported', async () => {
  const ours = [{ column: 'phone', russian: 'телефон', required: false }, { column: 'email', russian: 'почта', required: false }]
  let atOnce = 0
  let most = 0
  let read: () => void = () => {}
  const { bridge, press, wrapper } = await open({
    'registers.preview': async ({ mapping }: { mapping?: { columns: object[] } }) => {
      most = Math.max(most, (atOnce += 1))
      if (mapping) await new Promise<void>((resolve) => (read = resolve))
      atOnce -= 1
      return { ...preview, ours }
    },
  })
  await press('o', { ctrlKey: true })
  const selects = wrapper.findAll('.column select')
  for (const to of ['phone', 'email', 'phone']) await selects[2]!.setValue(to)
  await press('Enter', { ctrlKey: true })
  for (let turn = 0; turn < 3; turn += 1) {
    read()
    await flushPromises()
  }
  const asked = bridge.inputsOf('registers.preview') as { mapping?: { columns: { from: string; to: string | null }[] } }[]
  expect(asked.slice(1).map(({ mapping }) => mapping?.columns.find(({ from }) => from === 'участок')?.to)).toEqual(['phone', 'phone'])
  expect(most).toBe(1)
  expect(bridge.inputsOf('registers.run')).toHaveLength(0)
  await press('Enter', { ctrlKey: true })
  expect(bridge.inputsOf('registers.run')).toHaveLength(1)
})

test('the watched folder tells where it is, what it brought and why it waits', async () => {
  const { text } = await open({
    'registers.watch': () => ({
      settings: { folder: '/srv/обмен', isOn: true, everyMinutes: 10, rules: [{ pattern: '*.csv', kind: 'payments', provider: null }] }, lastPassAt: moment, nextPassAt: moment, isPassing: false,
      problem: { reason: 'watchFolderAway', details: { folder: '/srv/обмен' } },
      history: [{ at: moment, fileName: 'платежи.csv', kind: 'payments', outcome: 'failed', batchId: null, accepted: 0, warned: 0, unchanged: 0, refused: 0, reason: 'registerEmpty' }],
    }),
  })
  for (const words of ['/srv/обмен', 'Папка с реестрами недоступна.', 'Файлы в ней не тронуты.', 'платежи.csv', 'не реестр']) expect(text()).toContain(words)
})
