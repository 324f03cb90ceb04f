import ReadingsSheet from '@renderer/features/readings/ReadingsSheet.vue'
import { useReadingsStore } from '@renderer/features/readings/readings-store'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { mountPage } from '../mount-page'
import { automaticHeat, cold, removedGas, sheet } from './sheet'

type Input = { takenOn: string; channel: string; operationId: string; entries: { meterId: number; values: number[]; reasons: string[] }[] }
const written = ({ entries, takenOn }: Input) => ({ saved: entries.map(({ meterId }) => ({ meterId, readingId: 500 + meterId, takenOn, consumption: null, period: '2026-11', warnings: [] })) })

const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(ReadingsSheet, { accountId: 11, handlers: { 'readings.sheet': () => sheet, 'readings.save': written, ...handlers } })
const focused = () => document.activeElement?.getAttribute('aria-label')

test('the operator sees what a dial showed and should show before typing anything', async () => {
  const { text } = await open()
  expect(text()).toContain('Прошлое показание 1 234,567 от 20.10.2026')
  expect(text()).toMatch(/Ожидаем около 1 240,\d{3}, от 1 23\d,\d{3} до 1 24\d,\d{3}/)
  expect(text()).toContain('Показания будут учтены за ноябрь 2026 г.')
  expect(focused()).toBe('Холодная вода, прибор ХВ-1')
})

test('Enter walks through every dial and the last one saves all meters in one call', async () => {
  const { bridge, type, press, text } = await open()
  for (const value of ['01240,1', '879.3', '18500', '7360']) {
    await type(value)
    await press('Enter')
  }
  const saves = bridge.inputsOf('readings.save')
  expect(saves).toHaveLength(1)
  expect(saves[0]).toMatchObject({
    accountId: 11, takenOn: '2026-11-22', channel: 'desk',
    entries: [{ meterId: 1, values: [1_240_100] }, { meterId: 2, values: [879_300] }, { meterId: 3, values: [18_500_000, 7_360_000] }],
  })
  expect(text()).toContain('Записано: 3 прибора')
})

test('meters that were not read are not sent', async () => {
  const { bridge, type, press } = await open()
  await type('1240,1')
  await press('Enter')
  await press('Enter')
  await press('Enter')
  await press('Enter')
  expect(bridge.inputsOf('readings.save')[0]).toMatchObject({ entries: [{ meterId: 1 }] })
})

test('one zone of two keeps the sheet from being saved', async () => {
  const { bridge, type, press } = await open()
  await press('Enter')
  await press('Enter')
  await type('18500')
  await press('Enter')
  await press('Enter')
  expect(bridge.inputsOf('readings.save')).toHaveLength(0)
  expect(focused()).toBe('Электроэнергия, прибор ЭЛ-3, зона Т2')
})

test('letters are refused at once and Enter stays in the field', async () => {
  const { type, press, text } = await open()
  await type('12a')
  await press('Enter')
  expect(text()).toContain('Показание состоит только из цифр и одной запятой.')
  expect(focused()).toBe('Холодная вода, прибор ХВ-1')
})

test('what a rule keeps out when it is saved is told for the supervisor’s count, a slip of the keyboard is not', async () => {
  const { bridge, type, press } = await open()
  await type('12a')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.tellRefused')).toEqual([])
  const store = useReadingsStore()
  store.takenOn = '2026-11-30'
  await type('1240,1')
  await press('s', { ctrlKey: true })
  await flushPromises()
  expect(bridge.inputsOf('readings.save')).toEqual([])
  store.takenOn = '2026-11-22'
  await type('1240,1')
  store.showRefusals({ meters: { 1: [{ rule: 'sealBroken', level: 'block', details: {} }] } })
  await press('s', { ctrlKey: true })
  await flushPromises()
  expect(bridge.inputsOf('readings.tellRefused').at(-1)).toEqual({ visitId: expect.any(Number), accountId: 11, channel: 'desk', meters: [{ meterId: 1, rules: ['sealBroken'] }] })
})

test('the comma key of the Russian layout is a comma', async () => {
  const { bridge, type, press } = await open()
  await type('1240ю5')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.save')[0]).toMatchObject({ entries: [{ values: [1_240_500] }] })
})

test('a warning asks for a reason: two quick Enters give none, one digit of the keypad gives it and goes on', async () => {
  const { bridge, type, press, text } = await open()
  await type('1280,1')
  await press('Enter')
  expect(text()).toContain('больше обычного')
  await press('Enter')
  await press('Enter')
  expect(useReadingsStore().drafts.get(1)?.reason).toBeNull()
  await press('4')
  expect(focused()).toBe('Горячая вода, прибор ГВ-2')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.save')[0]).toMatchObject({ entries: [{ meterId: 1, reasons: ['confirmedByVisitor'] }] })
})

test('a reason given for one value is not kept for another', async () => {
  const { type, press } = await open()
  await type('1280,1')
  await press('Enter')
  await press('4')
  await press('ArrowUp')
  await type('1290,1')
  expect(useReadingsStore().judged[0]).toMatchObject({ needsReason: true, draft: { reason: null } })
})

test('a digit too many is named and the asterisk puts the right value in', async () => {
  const { type, press, text } = await open()
  await type('12401,5')
  expect(text()).toMatch(/Возможно, лишняя цифра: 1 240,1|Возможно, лишняя цифра: 1 24\d,5/)
  await press('*')
  expect(useReadingsStore().judged[0]?.verdicts.filter(({ level }) => level !== 'inform')).toEqual([])
})

test('cold and hot water typed into each other’s place are noticed at both meters', async () => {
  const { type, press } = await open()
  await type('879,3')
  await press('ArrowDown')
  await type('1240,1')
  const swapped = useReadingsStore().judged.filter(({ verdicts }) => verdicts.some(({ rule }) => rule === 'looksSwapped'))
  expect(swapped.map(({ meter }) => meter.id)).toEqual([1, 2])
})

test('a removed meter and one that sends readings itself are explained and have no field', async () => {
  const { text, wrapper } = await open({ 'readings.sheet': () => ({ ...sheet, meters: [cold, removedGas, automaticHeat] }) })
  expect(text()).toContain('Снят 12.05.2026')
  expect(text()).toContain('Передаёт показания сам')
  expect(wrapper.findAll('[data-field]')).toHaveLength(1)
})

test('the last reading of a removed meter can be entered for the day of removal', async () => {
  const { wrapper } = await open({ 'readings.sheet': () => ({ ...sheet, closedThrough: '2026-04', meters: [removedGas] }) })
  const date = wrapper.find('.date input')
  await date.setValue('12.05.2026')
  expect(wrapper.findAll('[data-field]')).toHaveLength(1)
})

test('a refusal of main stands at its meter, everything typed stays', async () => {
  const { type, press, text } = await open({
    'readings.save': () => {
      throw new FakeFailure('invalidInput', 'readingsRefused', { meters: { 1: [{ rule: 'sealBroken', level: 'block', details: {} }] } })
    },
  })
  await type('1240,1')
  await press('s', { ctrlKey: true })
  expect(text()).toContain('Нарушена пломба')
  expect(useReadingsStore().drafts.get(1)?.texts).toEqual(['1240,1'])
  expect(focused()).toBe('Холодная вода, прибор ХВ-1')
  await type('1240,2')
  expect(text()).not.toContain('Нарушена пломба')
})

test('saving again after the connection was lost carries the same operation id', async () => {
  let isLost = true
  const { bridge, type, press } = await open({
    'readings.save': (input: Input) => {
      if (isLost) throw new FakeFailure('databaseUnavailable', 'connectionLost')
      return written(input)
    },
  })
  await type('1240,1')
  await press('s', { ctrlKey: true })
  isLost = false
  await press('s', { ctrlKey: true })
  const [first, second] = bridge.inputsOf('readings.save')
  expect(second?.['operationId']).toBe(first?.['operationId'])
})

test('undoing names the operation that saved and brings what was typed back', async () => {
  const { bridge, type, press, text } = await open()
  await type('1240,1')
  await press('s', { ctrlKey: true })
  await press('z', { ctrlKey: true })
  expect(bridge.inputsOf('visits.undo')[0]?.['target']).toBe(bridge.inputsOf('readings.save')[0]?.['operationId'])
  expect(text()).toContain('Запись отменена')
  expect(useReadingsStore().drafts.get(1)?.texts).toEqual(['1240,1'])
})

test('a date of the future and a date that does not exist are refused in words', async () => {
  const { wrapper, text, type, press, bridge } = await open()
  await type('1240,1')
  const date = wrapper.find('.date input')
  await date.setValue('31.02.2026')
  expect(wrapper.find('.date [role=alert]').exists()).toBe(false)
  await date.trigger('blur')
  expect(wrapper.find('.date [role=alert]').text()).toContain('Дата: день, месяц, год')
  await date.setValue('23.11.2026')
  await date.trigger('blur')
  expect(text()).toContain('Дата показаний ещё не наступила.')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.save')).toHaveLength(0)
})

test('out of the window a visitor is served, and hears which bill the reading goes to', async () => {
  const { wrapper, text } = await open({ 'readings.sheet': () => ({ ...sheet, today: '2026-11-27' }) })
  expect(text()).toContain('Сейчас вне периода приёма')
  expect(text()).toContain('за декабрь 2026 г.')
  expect(wrapper.findAll('[data-field]').length).toBeGreaterThan(0)
})

test('history of a meter opens on demand and strikes out what was deleted', async () => {
  const undone = { ...cold.history[0]!, id: 999, takenOn: '2026-11-02', period: '2026-11', values: [9_999_000], status: 'cancelled' as const, statusReason: 'undone' }
  const { click, wrapper } = await open({ 'readings.sheet': () => ({ ...sheet, meters: [{ ...cold, history: [undone, ...cold.history] }] }) })
  await click('История: Холодная вода')
  const row = wrapper.findAll('.history tbody tr')[0]!
  expect(row.classes()).toContain('dropped')
  expect(row.text()).toContain('Отменено: запись отменена')
})

test('a late answer about the previous account is dropped', async () => {
  const answers: Record<number, (value: unknown) => void> = {}
  const { bridge } = await open()
  bridge.handle('readings.sheet', ({ accountId }: { accountId: number }) => new Promise((resolve) => (answers[accountId] = resolve)))
  const readings = useReadingsStore()
  const first = readings.open(900, 12)
  await flushPromises()
  const second = readings.open(900, 13)
  await flushPromises()
  answers[13]?.({ ...sheet, accountId: 13, accountNumber: '13' })
  answers[12]?.({ ...sheet, accountId: 12, accountNumber: '12' })
  await Promise.all([first, second])
  expect(readings.sheet?.accountNumber).toBe('13')
})

test('what was typed is still there when the operator comes back to the sheet', async () => {
  const { type } = await open()
  await type('1240,1')
  await useReadingsStore().open(900, 11)
  expect(useReadingsStore().drafts.get(1)?.texts).toEqual(['1240,1'])
})

test('an account without meters says why nothing can be typed', async () => {
  const { text } = await open({ 'readings.sheet': () => ({ ...sheet, meters: [] }) })
  expect(text()).toContain('На этом счёте нет приборов учёта')
})
