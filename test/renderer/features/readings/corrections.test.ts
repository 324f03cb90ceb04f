import ReadingsSheet from '@renderer/features/readings/ReadingsSheet.vue'
import { useReadingsStore } from '@renderer/features/readings/readings-store'
import type { SheetMeter } from '@shared/contract/readings'
import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { at } from '../../../support/fake-office'
import { mountPage } from '../mount-page'
import { cold, hot, sheet } from './sheet'

// Drawing a PDF is its own component's matter.
vi.mock('@renderer/components/pdf-pages', () => ({ openPdf: () => new Promise(() => undefined) }))

type Input = { takenOn: string; entries: { meterId: number; values: number[]; reasons: string[] }[] }
const written = ({ entries, takenOn }: Input) => ({ saved: entries.map(({ meterId }) => ({ meterId, readingId: 500 + meterId, takenOn, consumption: null, period: '2026-11', warnings: [] })) })
const own = { ...cold.history[0]!, id: 777, takenOn: '2026-11-20', period: '2026-11', values: [1_238_000], channel: 'desk' as const, status: 'entered' as const, staffName: 'Соколова Анна Викторовна', canCancel: true }
const entered: SheetMeter = { ...cold, history: [own, ...cold.history] }

const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(ReadingsSheet, { accountId: 11, handlers: { 'readings.sheet': () => ({ ...sheet, meters: [entered, hot] }), 'readings.save': written, 'readings.acts': () => [], ...handlers } })
const field = (name: string) => [...document.querySelectorAll('dialog input, dialog select')].find((one) => (one.getAttribute('aria-label') ?? document.querySelector(`label[for="${one.id}"]`)?.textContent) === name) as HTMLInputElement
async function fill(name: string, value: string) {
  const input = field(name)
  input.value = value
  input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }))
  await flushPromises()
}

test('a reading is corrected from the history with a reason, judged as if the old one had never been', async () => {
  const { bridge, click, type, press, text } = await open({ 'readings.correct': () => ({ saved: { meterId: 1, readingId: 900, takenOn: '2026-11-20', consumption: [4_433], period: '2026-11', warnings: [] } }) })
  await click('История: Холодная вода')
  expect(text()).toContain('Введено')
  await click('Исправить')
  // 1 236,5 lies below what is being corrected: nothing to ask about.
  field('Верное показание').focus()
  await type('1236,5')
  expect(text()).not.toContain('меньше предыдущего')
  await press('Enter')
  expect(bridge.inputsOf('readings.correct')[0]).toMatchObject({ visitId: 900, reading: { meterId: 1, takenOn: '2026-11-20', readingId: 777 }, reason: 'wrongValue', takenOn: '2026-11-20', values: [1_236_500], reasons: [] })
  expect(document.querySelector('dialog')).toBeNull()
  expect(text()).toContain('Показание от 20.11.2026 исправлено')
})

test('a reading is cancelled with a reason and brought back by Ctrl+Z', async () => {
  const { bridge, click, press, text } = await open({ 'readings.cancel': () => ({ readingId: 777, status: 'cancelled' }) })
  await click('История: Холодная вода')
  await click(/^Отменить 20\.11\.2026/)
  await fill('Причина', 'duplicate')
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('readings.cancel')[0]).toMatchObject({ reading: { readingId: 777 }, reason: 'duplicate', comment: null })
  expect(text()).toContain('Показание от 20.11.2026 отменено')
  await press('z', { ctrlKey: true })
  expect(bridge.inputsOf('visits.undo')[0]?.['target']).toBe(bridge.inputsOf('readings.cancel')[0]?.['operationId'])
})

test('«другая причина» is not enough without words', async () => {
  const { bridge, click, text } = await open()
  await click('История: Холодная вода')
  await click(/^Отменить 20\.11\.2026/)
  await fill('Причина', 'other')
  expect(text()).toContain('Напишите, почему показание отменяется.')
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('readings.cancel')).toHaveLength(0)
})

test('when another desk was quicker the operator sees who, when and what, and puts the own value over it with a reason', async () => {
  let isFirst = true
  const theirs = { ...own, id: 778, takenOn: sheet.today, values: [1_239_000], staffName: 'Петренко Илья Ильич' }
  const { bridge, type, press, click, text } = await open({
    'readings.save': (input: Input) => {
      if (!isFirst) return written(input)
      isFirst = false
      bridge.handle('readings.sheet', () => ({ ...sheet, meters: [{ ...entered, history: [theirs, ...entered.history] }, hot] }))
      throw new FakeFailure('conflict', 'changedByAnotherDesk', { meterId: 1, staffName: 'Петренко Илья Ильич', at: at('10:15'), kind: 'readings.save', current: { values: [1_239_000], takenOn: sheet.today, readingId: 778 } })
    },
    'readings.sheet': () => ({ ...sheet, meters: [cold, hot] }),
  })
  await type('1240,1')
  await press('s', { ctrlKey: true })
  expect(text()).toContain('Петренко И. И.')
  expect(text()).toContain('Холодная вода, прибор ХВ-1: 1 239,000 от 22.11.2026')
  expect(useReadingsStore().drafts.get(1)?.texts).toEqual(['1240,1'])
  await click('Записать моё поверх')
  // The reading is the second of its period now: the keypad gives the reason.
  await press('1')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.save')[1]).toMatchObject({ entries: [{ meterId: 1, values: [1_240_100], reasons: ['previousEntryWrong'] }] })
})

test('the other desk’s value stays when the operator lets the own one go', async () => {
  const { bridge, type, press, click } = await open({
    'readings.save': () => {
      throw new FakeFailure('conflict', 'changedByAnotherDesk', { meterId: 2, staffName: null, at: null, kind: 'readings.save', current: { values: [877_000], takenOn: sheet.today, readingId: 5 } })
    },
  })
  await press('Enter')
  await type('879,3')
  await press('s', { ctrlKey: true })
  await click('Отказаться от моего')
  expect(useReadingsStore().drafts.get(2)?.texts).toEqual([''])
  expect(bridge.inputsOf('readings.save')).toHaveLength(1)
})

test('a photo goes with its reading; a file that can’t be kept is told before it is sent', async () => {
  const { bridge, type, press, text } = await open({ 'readings.sheet': () => sheet, 'readings.attach': () => ({ attachmentId: 61, sha256: 'a'.repeat(64), mediaType: 'image/jpeg', size: 321_000 }) })
  const readings = useReadingsStore()
  const file = (bytes: number[], length = bytes.length) => ({ name: 'счётчик.jpg', arrayBuffer: () => Promise.resolve(new Uint8Array([...bytes, ...new Uint8Array(length - bytes.length)]).buffer) })
  await readings.attach(1, file([0x4d, 0x5a, 0x90]))
  await flushPromises()
  expect(text()).toContain('Принимаются только JPEG, PNG и PDF')
  await readings.attach(1, { name: 'x.pdf', arrayBuffer: () => Promise.resolve(Object.assign(new Uint8Array(10 * 1024 * 1024 + 1), { 0: 0x25 }).buffer) })
  await flushPromises()
  expect(text()).toContain('Файл больше, чем можно: 10 МБ при наибольших 10 МБ')
  expect(bridge.inputsOf('readings.attach')).toHaveLength(0)

  await readings.attach(1, file([0xff, 0xd8, 0xff, 0xe0], 321_000))
  await flushPromises()
  expect(text()).toContain('счётчик.jpg, 313 КБ')
  await type('1240,1')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.save')[0]).toMatchObject({ entries: [{ meterId: 1, attachmentId: 61 }] })
})

test('who read the dial is told apart from how it came', async () => {
  const { bridge, type, press, wrapper } = await open({ 'readings.sheet': () => sheet })
  const radio = wrapper.findAll<HTMLInputElement>('input[type=radio]').find(({ element }) => element.value === 'controller')!
  await radio.setValue(true)
  await wrapper.findAll<HTMLInputElement>('[data-field] input')[0]!.element.focus()
  await type('1240,1')
  await press('s', { ctrlKey: true })
  expect(bridge.inputsOf('readings.save')[0]).toMatchObject({ channel: 'desk', reader: 'controller' })
})

test('a meter is replaced in one dialog by Enter from field to field', async () => {
  const { bridge, type, press, text } = await open({ 'readings.replaceMeter': () => ({ meterId: 44, removalReadingId: 901, consumption: [2_000], period: '2026-11' }) })
  await press('u', { altKey: true })
  expect(text()).toContain('Прибор учёта: замена и акты')
  field('Номер акта').focus()
  for (const value of ['А-15', '22.11.2026', '1240,100']) {
    await type(value)
    await press('Enter')
  }
  // The cause is a list, then the new meter.
  expect((document.activeElement as HTMLSelectElement).value).toBe('verification')
  await press('Enter')
  for (const value of ['НОВЫЙ-77', '5', '3', '0,012']) {
    await type(value)
    await press('Enter')
  }
  for (const value of ['П-9', '22.11.2032']) {
    await type(value)
    if (value !== '22.11.2032') await press('Enter')
  }
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('readings.replaceMeter')[0]).toMatchObject({
    visitId: 900, accountId: 11, meterId: 1, act: { number: 'А-15', date: '2026-11-22' }, cause: 'verification', removal: { takenOn: '2026-11-22', values: [1_240_100] },
    installed: { serial: 'НОВЫЙ-77', digits: 5, decimals: 3, zones: 1, ratio: 1, installedOn: '2026-11-22', initial: [12], verifiedUntil: '2032-11-22', sealNumber: 'П-9' },
  })
  expect(text()).toContain('Прибор заменён на № НОВЫЙ-77, акт А-15')
})

test('the first thing that is missing for an act is named, and nothing is sent', async () => {
  const { bridge, press, text } = await open()
  await press('u', { altKey: true })
  expect(text()).toContain('Введите номер акта.')
  await fill('Номер акта', 'А-1')
  expect(text()).toContain('Введите последнее показание снятого прибора.')
  await fill('Что записать', 'breakSeal')
  expect(text()).toContain('показания прибора не принимаются до опломбирования')
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('readings.replaceMeter')).toHaveLength(0)
  expect(bridge.calls.some(({ name }) => name === 'readings.breakSeal')).toBe(true)
})

test('a refusal of the database stands in the dialog, and what was typed stays', async () => {
  const { press, text } = await open({
    'readings.noAccess': () => {
      throw new FakeFailure('conflict', 'actExists')
    },
  })
  await press('u', { altKey: true })
  await fill('Что записать', 'noAccess')
  await fill('Номер акта', 'Н-3')
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(document.querySelector('dialog [role=alert]')).not.toBeNull()
  expect(field('Номер акта').value).toBe('Н-3')
  expect(text()).toContain('Акт о недопуске')
})

test('windows of services that differ are told apart, each with its bill', async () => {
  const { text } = await open({ 'readings.sheet': () => ({ ...sheet, meters: [cold, hot], policy: { ...sheet.policy, windows: [{ service: 'hot_water', fromDay: 1, toDay: 10, graceDays: 0 }] } }) })
  expect(text()).toContain('Холодная водаПриём с 15 по 25 число.Показания будут учтены за ноябрь 2026 г.')
  expect(text()).toMatch(/Горячая водаПриём с 1 по 10 число\.Сейчас вне периода приёма: показания примем, учтут их за декабрь 2026/)
})

test('the provider’s own words of a rule stand on the sheet', async () => {
  const { type, text } = await open({ 'readings.sheet': () => ({ ...sheet, meters: [cold, hot], policy: { ...sheet.policy, rules: [{ rule: 'belowPrevious', service: null, meterType: null, text: 'Позовите мастера: было {previous}' }] } }) })
  await type('1200,1')
  expect(text()).toMatch(/Позовите мастера: было 1\s?234,567/)
})

test('what the portal would say is asked for what is typed, and forgotten with the next key', async () => {
  const { bridge, type, press, text } = await open({
    'readings.sheet': () => sheet,
    'readings.portalVerdict': () => ({ accepted: false, meters: [{ meterId: 1, accepted: false, verdicts: [{ rule: 'belowPrevious', level: 'block', details: { previous: 1_234_567, previousOn: '2026-10-20' } }], texts: ['Показание меньше предыдущего (1234,567 от 20.10.2026)'] }] }),
  })
  await type('1230,1')
  await press('l', { altKey: true })
  expect(bridge.inputsOf('readings.portalVerdict')[0]).toMatchObject({ takenOn: '2026-11-22', entries: [{ meterId: 1, values: [1_230_100] }] })
  expect(text()).toContain('Личный кабинет их не принял бы. У окна принять можно.')
  expect(text()).toContain('Холодная вода: Показание меньше предыдущего (1234,567 от 20.10.2026)')
  await type('1240,1')
  expect(text()).not.toContain('Личный кабинет их не принял бы')
})

test('the notice of verification is offered only where one ends, shown before it is printed', async () => {
  const ending: SheetMeter = { ...cold, verifiedUntil: '2026-11-30', verification: { state: 'endsSoon', days: 8 } }
  const { bridge, press, text } = await open({
    'readings.sheet': () => ({ ...sheet, meters: [ending, hot] }),
    'readings.verificationNotice': () => ({ pdf: new Uint8Array([1]), meters: [{ meterId: 1, serial: 'ХВ-1', service: 'cold_water', verifiedUntil: '2026-11-30', state: 'endsSoon' }] }),
    'readings.printVerificationNotice': () => ({ printer: 'HP_LaserJet_окно_3', jobId: '90', fileName: null }),
  })
  await press('y', { altKey: true })
  expect(text()).toContain('Холодная вода, прибор ХВ-1: поверка до 30.11.2026')
  await press('p', { ctrlKey: true })
  expect(bridge.inputsOf('readings.printVerificationNotice')[0]).toMatchObject({ visitId: 900, accountId: 11, output: { how: 'print', printer: 'HP_LaserJet_окно_3' } })
  expect(text()).toContain('HP_LaserJet_окно_3')
})
