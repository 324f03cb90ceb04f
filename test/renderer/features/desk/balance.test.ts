import { columnsOf, rowsOfServices } from '@renderer/features/desk/balance-rows'
import type { AmountFacts, Card, ServiceBalance } from '@shared/contract/desk'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { card, energy } from '../../../support/fake-office'
import { button, click, press, text } from '../../../support/fake-page'
import { openOverview } from './open-overview'

const [electricity, heat] = energy.balance!.services as [ServiceBalance, ServiceBalance]
const facts: AmountFacts = {
  period: '2026-10', kind: 'utility', service: 'heat', name: 'Отопление', unit: 'Гкал', volume: '0.98', volumeCommon: null, tariff: '2241.03',
  opening: 0, accrued: 219_621, accruedCommon: 0, recalculated: -12_400, recalculationReason: 'Недопоставка', benefit: 0, penalty: 0, paid: 0, closing: 207_221,
  meters: [], payments: [], services: [],
}
const explain = { 'desk.explain': ({ service, period }: { service: string | null; period: string }) => ({ ...facts, service, period, name: service === null ? 'ЭнСер' : 'Отопление' }) }
const september: ServiceBalance[] = [{ ...electricity, name: 'Электроэнергия сентября', opening: 0, accrued: 331_240, penalty: 0, closing: 331_240 }]

const plain = (of: string | null | undefined) => (of ?? '').replace(/\s+/g, ' ').trim()
const dialog = () => plain(document.querySelector('dialog[open]')?.textContent)
const focused = () => plain(document.activeElement?.textContent)
const title = () => [...document.querySelectorAll('h3')].map((one) => plain(one.textContent)).find((one) => one.startsWith('Расчёты'))

test('every line adds up to its closing sum, benefits taken off what is accrued', () => {
  const [row] = rowsOfServices('2026-10', [{ ...heat, benefit: 20_000, closing: heat.closing - 20_000 }], undefined)
  const { opening, accrued, recalculated, penalty, paid, closing } = row!.amounts
  expect(opening + accrued + recalculated + penalty - paid).toBe(closing)
})

test('corrections and penalties have no column where there are none', () => {
  expect(columnsOf(rowsOfServices('2026-10', [{ ...electricity, penalty: 0 }], undefined))).toEqual(['opening', 'accrued', 'paid', 'closing'])
})

test('Alt+E explains the sum to pay, in sentences for the visitor, and Esc goes back to it', async () => {
  const { bridge } = await openOverview({ handlers: explain })
  await press('KeyE', { altKey: true })
  expect(bridge.inputsOf('desk.explain')).toEqual([{ accountId: energy.id, period: '2026-10', service: null }])
  expect(dialog()).toContain('Все услуги, октябрь 2026 г.')
  await press('Escape')
  expect(dialog()).toBe('')
  expect(focused()).toBe('6 427,18')
})

test('arrows go from amount to amount as one stop of the Tab key, Enter explains the one in focus', async () => {
  const { bridge } = await openOverview({ handlers: explain })
  const stops = () => [...document.querySelectorAll('table[role=grid] [tabindex="0"]')]
  expect(stops()).toHaveLength(1)
  ;(stops()[0] as HTMLElement).focus()
  await press('ArrowUp')
  await press('ArrowUp')
  await press('ArrowLeft')
  await press('ArrowLeft')
  expect(stops()).toEqual([document.activeElement])
  ;(document.activeElement as HTMLElement).click()
  await press('ArrowDown', { shiftKey: true })
  expect(bridge.inputsOf('desk.explain')).toEqual([{ accountId: energy.id, period: '2026-10', service: 'heat' }])
  expect(dialog()).toContain('Пени')
  expect(dialog()).toContain('Недопоставка'.toLowerCase())
})

test('in the explanation an arrow goes on to the next line, and only its own facts are shown', async () => {
  const { bridge } = await openOverview({ handlers: explain })
  await press('KeyE', { altKey: true })
  await press('ArrowUp')
  expect(bridge.inputsOf('desk.explain').at(-1)).toMatchObject({ service: 'hot_water' })
  expect(dialog()).toContain('Горячая вода, октябрь 2026 г.')
})

test('an explanation that can not be had is told with a way to try again', async () => {
  const { bridge } = await openOverview({
    handlers: {
      'desk.explain': () => {
        throw new FakeFailure('databaseUnavailable')
      },
    },
  })
  await press('KeyE', { altKey: true })
  expect(dialog()).toContain('Нет связи с базой данных.')
  bridge.handle('desk.explain', explain['desk.explain'])
  await click('Повторить')
  expect(dialog()).toContain('Итого')
})

test('Alt+← shows the services of the period before, asked for once', async () => {
  const { bridge } = await openOverview({ handlers: { 'desk.charges': () => ({ services: september }) } })
  await press('ArrowLeft', { altKey: true })
  expect(title()).toBe('Расчёты за сентябрь 2026 г.')
  expect(text()).toContain('Электроэнергия сентября')
  await press('ArrowLeft', { altKey: true })
  expect(title()).toBe('Расчёты за сентябрь 2026 г.')
  await press('ArrowRight', { altKey: true })
  expect(text()).not.toContain('Электроэнергия сентября')
  await press('ArrowLeft', { altKey: true })
  expect(bridge.inputsOf('desk.charges')).toEqual([{ accountId: energy.id, period: '2026-09' }])
})

test('while the services of a period are not there, none of another period are shown under its name', async () => {
  await openOverview({ handlers: { 'desk.charges': () => new Promise(() => {}) } })
  await press('ArrowLeft', { altKey: true })
  expect(title()).toBe('Расчёты за сентябрь 2026 г.')
  const labels = [...document.querySelectorAll('table[role=grid] tbody th')].map((one) => one.textContent?.trim())
  expect(labels).toEqual(['Итого'])
})

test('by period: twelve totals, and back to the services of the one looked at', async () => {
  await openOverview({ handlers: { 'desk.charges': () => ({ services: september }) } })
  await press('KeyP', { altKey: true })
  expect(title()).toBe('Расчёты по периодам')
  await click('сентябрь\u00a02026\u00a0г.')
  expect(title()).toBe('Расчёты за сентябрь 2026 г.')
  expect(text()).toContain('Электроэнергия сентября')
})

test('another account begins with its own last period', async () => {
  await openOverview({ handlers: { 'desk.charges': () => ({ services: september }) } })
  await press('ArrowLeft', { altKey: true })
  await press('ArrowDown', { altKey: true })
  expect(title()).toBe('Расчёты за октябрь 2026 г.')
  expect(text()).toContain('Доступ в интернет')
})

test('an account without charges says so and explains nothing', async () => {
  const { bridge } = await openOverview({ card: { ...card, accounts: [{ ...energy, balance: null }] } as Card })
  expect(text()).toContain('Начислений ещё нет')
  await press('KeyE', { altKey: true })
  expect(bridge.inputsOf('desk.explain')).toEqual([])
  expect(() => button('Объяснить')).toThrow()
})
