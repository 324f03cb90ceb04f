import PeakPage from '@renderer/features/readings/PeakPage.vue'
import { useReadingsQueue } from '@renderer/readings-queue'
import { askingToSignOut, askToSignOut, staySignedIn } from '@renderer/sign-out'
import { openByCode } from '@renderer/scanner'
import { useSessionStore } from '@renderer/session-store'
import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { at, card, energy, hits, openVisit, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'
import { sheet } from './sheet'

const hit = (subscriberId: number, number: string) => ({ ...hits[0]!, subscriberId, name: `Абонент ${subscriberId}`, accountsCount: 1, account: { ...hits[0]!.account!, id: subscriberId * 10, number }, match: { kind: 'account' as const, text: number } })
const visit = (subscriberId: number) => ({ ...openVisit, id: 900 + subscriberId, subscriberId, subscriberName: `Абонент ${subscriberId}` })
type Input = { takenOn: string; entries: { meterId: number }[] }
const written = ({ entries, takenOn }: Input) => ({ saved: entries.map(({ meterId }) => ({ meterId, readingId: 500 + meterId, takenOn, consumption: null, period: '2026-11', warnings: [] })) })
const numbers: Record<string, number> = { '740015023': 1, '740015024': 2 }

const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(PeakPage, {
    handlers: {
      'desk.search': ({ text }: { text: string }) => ({ understood: ['account'], hits: numbers[text] ? [hit(numbers[text], text)] : [], more: false, closedHidden: 0, documentsWaitSeconds: null }),
      'visits.open': ({ subscriberId }: { subscriberId: number }) => visit(subscriberId),
      'visits.readingsOnly': ({ visitId }: { visitId: number }) => ({ visit: { ...visit(visitId - 900), identification: 'readingsOnly' } }),
      'visits.close': ({ visitId }: { visitId: number }) => ({ visit: { ...visit(visitId - 900), state: 'closed', closedAt: at('09:47') }, done: [] }),
      'readings.sheet': ({ accountId }: { accountId: number }) => ({ ...sheet, accountId }),
      'readings.save': written,
      ...handlers,
    },
  })

const box = () => document.querySelector<HTMLInputElement>('#peak-box')
type Page = Awaited<ReturnType<typeof open>>
async function find({ type, press }: Page, number: string) {
  expect(document.activeElement).toBe(box())
  await type(number)
  await press('Enter')
}
async function read({ type, press }: Page) {
  for (const value of ['1240,1', '879,3', '18500', '7360']) {
    await type(value)
    await press('Enter')
  }
}

test('a visitor is a number, four dials and Enters: the visit opens, is readings only and ends by itself', async () => {
  const page = await open()
  await find(page, '740015023')
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Холодная вода, прибор ХВ-1')
  await read(page)
  expect(document.activeElement).toBe(box())
  expect(page.bridge.inputsOf('readings.save')[0]).toMatchObject({ visitId: 901, accountId: 10, channel: 'desk', entries: [{ meterId: 1 }, { meterId: 2 }, { meterId: 3 }] })
  expect(page.bridge.inputsOf('visits.close')[0]).toMatchObject({ visitId: 901 })
  expect(page.text()).toContain('Записано посетителей: 1')
  expect(page.bridge.calls.some(({ name }) => name === 'desk.card')).toBe(false)
})

test('the next visitor is served while the readings of the last one are still being written', async () => {
  let answer: () => void = () => undefined
  const page = await open({ 'readings.save': async (input: Input) => (await new Promise<void>((resolve) => (answer = resolve)), written(input)) })
  await find(page, '740015023')
  await read(page)
  expect(page.text()).toContain('записывается: 1')
  await find(page, '740015024')
  expect(page.text()).toContain('Абонент 2')
  expect(page.bridge.inputsOf('visits.close')).toHaveLength(0)
  answer()
  await flushPromises()
  expect(page.bridge.inputsOf('visits.close')[0]).toMatchObject({ visitId: 901 })
})

test('what could not be saved is told whose it is and why; plus in the empty box writes it under the same id', async () => {
  let isLost = true
  const page = await open({
    'readings.save': (input: Input) => {
      if (isLost) throw new FakeFailure('invalidInput', 'readingsRefused', { meters: {} })
      return written(input)
    },
  })
  await find(page, '740015023')
  await read(page)
  expect(page.text()).toContain('Не сохранено: 1 посетитель')
  expect(page.text()).toContain('Холодная вода 1 240,100, Горячая вода 879,300')
  isLost = false
  await page.press('+', { code: 'NumpadAdd' })
  const [first, second] = page.bridge.inputsOf('readings.save')
  expect(second).toEqual(first)
  expect(page.text()).not.toContain('Не сохранено')
})

test('a lost connection is tried again by itself, without anybody’s key', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  try {
    let isLost = true
    const page = await open({
      'readings.save': (input: Input) => {
        if (isLost) throw new FakeFailure('databaseUnavailable', 'connectionLost')
        return written(input)
      },
    })
    await find(page, '740015023')
    await read(page)
    expect(useReadingsQueue().failed).toHaveLength(1)
    isLost = false
    await vi.advanceTimersByTimeAsync(5000)
    expect(useReadingsQueue().unsaved).toBe(0)
    expect(page.bridge.inputsOf('visits.close')).toHaveLength(1)
  } finally {
    vi.useRealTimers()
  }
})

test('a refused one is put right on its sheet, with everything that was typed', async () => {
  let isFirst = true
  const page = await open({
    'readings.save': (input: Input) => {
      if (!isFirst) return written(input)
      isFirst = false
      throw new FakeFailure('conflict', 'readingAlreadyCalculated')
    },
  })
  await find(page, '740015023')
  await read(page)
  await page.click('Открыть лист')
  expect([...document.querySelectorAll<HTMLInputElement>('[data-field] input')].map(({ value }) => value)).toEqual(['1240,1', '879,3', '18500', '7360'])
  expect(page.text()).not.toContain('Не сохранено')
  await page.press('s', { ctrlKey: true })
  expect(page.bridge.inputsOf('readings.save')).toHaveLength(2)
  expect(useReadingsQueue().unsaved).toBe(0)
})

test('signing out with something unsaved asks first; the next person finds nothing of it', async () => {
  const page = await open({
    'readings.save': () => {
      throw new FakeFailure('invalidInput', 'readingsRefused', { meters: {} })
    },
  })
  await find(page, '740015023')
  await read(page)
  await askToSignOut()
  expect(askingToSignOut.value).toBe(true)
  staySignedIn()
  const session = useSessionStore()
  session.staff = null
  expect(useReadingsQueue().failed).toHaveLength(1)
  session.staff = supervisor
  await flushPromises()
  expect(useReadingsQueue().failed).toHaveLength(0)
})

test('several hits are chosen by a digit, several accounts too, and only those with meters are asked about', async () => {
  const second = { ...energy, id: 15, number: '740019999' }
  const page = await open({
    'desk.search': () => ({ understood: ['name'], hits: hits.slice(0, 3), more: false, closedHidden: 0, documentsWaitSeconds: null }),
    'desk.card': () => ({ ...card, accounts: [...card.accounts, second] }),
    'visits.open': () => openVisit,
    'visits.readingsOnly': () => ({ visit: { ...openVisit, identification: 'readingsOnly' } }),
  })
  await find(page, 'Воронцова')
  await page.press('1')
  expect(page.text()).toContain('740019999')
  expect(page.text()).not.toContain('200417')
  await page.press('2')
  expect(page.bridge.inputsOf('readings.sheet').at(-1)).toMatchObject({ accountId: 15 })
})

test('the slash of the keypad goes on without a reading and ends the visit', async () => {
  const page = await open()
  await find(page, '740015023')
  await page.press('/', { code: 'NumpadDivide' })
  expect(document.activeElement).toBe(box())
  expect(page.bridge.inputsOf('readings.save')).toHaveLength(0)
  expect(page.bridge.inputsOf('visits.close')[0]).toMatchObject({ visitId: 901 })
})

test('a scan opens the next sheet, but never over typed figures', async () => {
  const page = await open()
  openByCode('740015023')
  await flushPromises()
  await page.type('1240,1')
  openByCode('740015024')
  await flushPromises()
  expect(page.text()).toContain('Абонент 1')
  await page.type('')
  openByCode('740015024')
  await flushPromises()
  expect(page.text()).toContain('Абонент 2')
  expect(page.bridge.inputsOf('visits.close')[0]).toMatchObject({ visitId: 901 })
})

test('nobody found leaves the number in the box, marked for the next try', async () => {
  const page = await open()
  await find(page, '999')
  expect(page.text()).toContain('По «999» никого не нашлось')
  expect(document.activeElement).toBe(box())
})
