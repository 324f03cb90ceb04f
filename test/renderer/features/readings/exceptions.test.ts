import ExceptionsPage from '@renderer/features/readings/ExceptionsPage.vue'
import { useExceptionsStore } from '@renderer/features/readings/exceptions-store'
import type { ReadingException } from '@shared/contract/readings'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { at, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'
import { provider } from './provider'

const row = (n: number, change: Partial<ReadingException> = {}): ReadingException => ({
  reading: { meterId: 100 + n, takenOn: '2026-11-20', readingId: n }, accountId: n, accountNumber: `74001502${n}`, provider: 'ЭнСер', address: 'г. Энск, ул. Ленина, д. 10, кв. 15', subscriberId: n, serial: `ХВ-${n}`,
  service: 'cold_water', meterType: 'general', decimals: 3, values: [1_280_000], consumption: [45_433], takenOn: '2026-11-20', period: '2026-11', enteredAt: at('10:00', '2026-11-20'), channel: 'desk', status: 'accepted',
  warnings: ['aboveUsual'], reasons: ['confirmedByVisitor'], staffId: 1, staffName: 'Соколова Анна Викторовна', review: null, attachmentId: null, ...change,
})
const rows = [row(1), row(2), row(3, { warnings: ['belowPrevious'], reasons: ['meterReplaced'], consumption: null }), row(4)]
const found = (all = rows) => ({
  total: all.length, next: null, rows: all,
  counts: { rule: { aboveUsual: 3, belowPrevious: 1 }, reason: { confirmedByVisitor: 3, meterReplaced: 1 }, meterType: { general: 4 }, service: { cold_water: 4 }, provider: { enser: 4 }, staff: [{ staffId: 1, staffName: 'Соколова Анна Викторовна', n: 4 }] },
})


const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(ExceptionsPage, { staff: supervisor, handlers: { 'readings.exceptions': () => found(), 'providers.list': () => [provider], 'readings.review': ({ readings }: { readings: unknown[] }) => ({ done: readings.length, skipped: [] }), ...handlers } })
const line = (n: number) => document.querySelectorAll<HTMLElement>('[role=row][data-row]')[n]!
const submit = async (selector: string) => {
  document.querySelector(selector)!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

test('the supervisor sees what was taken in spite of which warning, why and by whom, counted', async () => {
  const { text } = await open()
  expect(text()).toContain('Найдено: 4 показания')
  expect(text()).toMatch(/Предупреждение ?больше обычного3меньше предыдущего1/)
  expect(line(0).textContent?.replace(/\s+/g, ' ')).toContain('1 280,000расход 45,433 м³')
  expect(line(2).textContent).toContain('счётчик заменён')
})

test('one press on a count narrows the list, one more takes it back', async () => {
  const { bridge, click } = await open()
  await click(/^больше обычного/)
  expect(bridge.inputsOf('readings.exceptions').at(-1)).toMatchObject({ rule: 'aboveUsual', state: 'open' })
  await click(/^больше обычного/)
  expect(bridge.inputsOf('readings.exceptions').at(-1)).toMatchObject({ rule: null })
})

test('Space and Shift with arrows choose rows, and all of them are decided in one call', async () => {
  const { bridge, press, text } = await open()
  line(0).focus()
  await press('ArrowDown')
  await press(' ', { code: 'Space' })
  await press('ArrowDown', { shiftKey: true })
  await press('ArrowDown', { shiftKey: true })
  expect(text()).toContain('Выбрано: 3 показания')
  await press('a', { altKey: true })
  expect(text()).toContain('Подтвердить 3 показания?')
  await submit('dialog form')
  expect(bridge.inputsOf('readings.review')[0]).toMatchObject({ decision: 'accept', comment: null, readings: [{ readingId: 2 }, { readingId: 3 }, { readingId: 4 }] })
  expect(text()).toContain('Подтверждено: 3.')
})

test('nothing is cancelled without words, nor decided without a choice', async () => {
  const { bridge, press, text } = await open()
  await press('x', { altKey: true })
  expect(document.querySelector('dialog[open] form, dialog form')).toBeNull()
  line(0).focus()
  await press(' ', { code: 'Space' })
  await press('x', { altKey: true })
  await submit('dialog form')
  expect(bridge.inputsOf('readings.review')).toHaveLength(0)
  expect(text()).toContain('Напишите причину.')
})

test('what could not be decided is told with its reason', async () => {
  const { press, text } = await open({ 'readings.review': () => ({ done: 0, skipped: [{ readingId: 1, reason: 'alreadyReviewed' }] }) })
  line(0).focus()
  await press(' ', { code: 'Space' })
  await press('o', { altKey: true })
  await submit('dialog form')
  expect(text()).toContain('Не изменены (решение уже принято: 1).')
})

test('a failed decision keeps the choice and the words', async () => {
  const { press, text } = await open({
    'readings.review': () => {
      throw new FakeFailure('databaseUnavailable', 'connectionLost')
    },
  })
  line(0).focus()
  await press(' ', { code: 'Space' })
  await press('a', { altKey: true })
  await submit('dialog form')
  expect(document.querySelector('dialog [role=alert]')).not.toBeNull()
  expect(useExceptionsStore().chosenRows).toHaveLength(1)
  expect(text()).toContain('Подтвердить 1 показание?')
})

test('Enter opens the details of a row with the way to its card', async () => {
  const { press, text } = await open()
  line(0).focus()
  await press('Enter')
  expect(text()).toContain('ЭнСер; учтут за ноябрь 2026 г.; Визит, внесено 20.11.2026')
  expect(text()).toContain('Открыть карточку')
})

test('a threshold is tried on the last month before it is put into force, and other overrides stay', async () => {
  const kept = { rule: 'zeroConsumptionRepeated' as const, service: null, meterType: null, thresholds: { periods: 4 } }
  const own = { ...provider, profile: { ...provider.profile, readings: { ...provider.profile.readings, rules: [kept] } } }
  const { bridge, press, text, click } = await open({
    'providers.list': () => [own],
    'readings.previewRules': () => ({ readings: 1_240, before: { aboveUsual: 61 }, after: { aboveUsual: 12 }, changed: [{ reading: rows[0]!.reading, accountNumber: '740015021', serial: 'ХВ-1', before: ['aboveUsual'], after: [] }] }),
    'readings.tuneRules': () => ({ version: 8 }),
  })
  await press('t', { altKey: true })
  const factor = [...document.querySelectorAll('label')].find((label) => label.textContent === 'Во сколько раз')!
  const field = document.getElementById(factor.htmlFor) as HTMLInputElement
  field.value = '5'
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
  await click('Ввести в действие')
  expect(bridge.inputsOf('readings.tuneRules')).toHaveLength(0)
  await submit('.tuning form')
  expect(bridge.inputsOf('readings.previewRules')[0]).toMatchObject({ provider: own.code, rules: [kept, { rule: 'aboveUsual', desk: 'warn', thresholds: { factor: 5 } }] })
  expect(text()).toMatch(/больше обычного6112/)
  expect(text()).toContain('счёт 740015021, прибор ХВ-1: больше обычного → —')
  await click('Ввести в действие')
  expect(bridge.inputsOf('readings.tuneRules')[0]).toMatchObject({ version: 7, rules: [kept, { rule: 'aboveUsual', thresholds: { factor: 5 } }] })
})
