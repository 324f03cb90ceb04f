import SearchBox from '@renderer/features/desk/SearchBox.vue'
import SearchPage from '@renderer/features/desk/SearchPage.vue'
import { useSearchStore } from '@renderer/features/desk/search-store'
import { openByCode } from '@renderer/scanner'
import { useVisitStore } from '@renderer/visit-store'
import { flushPromises } from '@vue/test-utils'
import type { Found } from '@shared/contract/desk'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { FakeFailure } from '../../../support/fake-bridge'
import { hits } from '../../../support/fake-office'
import { press, show, startBridge, text } from '../../../support/fake-page'

const Desk = defineComponent({ render: () => [h(SearchBox), h(SearchPage)] })
const box = () => document.querySelector<HTMLInputElement>('input[role=combobox]')!
const enter = () => box().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true }))

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
})
afterEach(() => {
  vi.useRealTimers()
})

async function typeText(value: string) {
  box().value = value
  box().dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

async function pause() {
  await vi.advanceTimersByTimeAsync(250)
  await flushPromises()
}

test('every key is answered at once; a pause asks nothing that has been answered', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  for (const part of ['во', 'ворон', 'воронцов']) await typeText(part)
  expect(text()).toContain('Воронцова-Дашкова Елизавета Андреевна')
  await pause()
  expect(bridge.inputsOf('desk.search')).toEqual(['ворон', 'воронцов'].map((asked) => ({ text: asked, includeClosed: false, whileTyping: true, searchId: expect.any(String) as string })))
})

test('a number that may be a document is looked up in full when the hands pause', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  await typeText('75 1234567')
  await pause()
  expect(bridge.inputsOf('desk.search').map(({ whileTyping }) => whileTyping)).toEqual([true, false])
})

test('Enter right behind the last letter opens nobody: it says that the text is meant', async () => {
  startBridge()
  const { router } = await show(Desk, {}, '/desk')
  await typeText('воронцов')
  enter()
  await flushPromises()
  expect(router.currentRoute.value.name).toBe('search')
  enter()
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe('/desk/1')
})

test('a stage of the search shows before the last one, and what is chosen stays chosen', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  let answer: () => void = () => {}
  const found = (count: number) => ({ understood: ['name'], hits: hits.slice(0, count), more: false, closedHidden: 0, documentsWaitSeconds: null }) as Found
  bridge.handle('desk.search', () => new Promise((resolve) => (answer = () => resolve(found(4)))))
  await typeText('воронцов')
  const { searchId } = bridge.inputsOf('desk.search').at(-1) as { searchId: string }
  bridge.emit('desk.found', { searchId, stage: 'names', found: found(2) })
  await flushPromises()
  expect(text()).toContain('Ищем похожие')
  box().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', code: 'ArrowDown', bubbles: true }))
  bridge.emit('desk.found', { searchId: crypto.randomUUID(), stage: 'names', found: found(0) })
  answer()
  await flushPromises()
  expect(document.querySelectorAll('[role=option]')).toHaveLength(4)
  expect(document.querySelector('[aria-selected=true]')?.textContent).toContain('Пётр')
})

test('a search that a newer one has replaced shows no failure', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  bridge.handle('desk.search', () => {
    throw new FakeFailure('conflict', 'searchSuperseded')
  })
  await typeText('воронцов')
  expect(document.querySelector('[role=alert]')).toBeNull()
})

test('namesakes are told apart by their birth dates', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  bridge.handle('desk.search', () => ({ understood: ['name'], hits: [{ ...hits[0], birthDate: '1978-04-12' }, { ...hits[1], name: hits[0]!.name, birthDate: '1990-01-02' }], more: false, closedHidden: 0, documentsWaitSeconds: null }))
  await typeText('воронцова')
  expect(text()).toContain('12.04.1978 г. р.')
  expect(text()).toContain('02.01.1990 г. р.')
})

test('when only closed accounts answer, that is what is said, with the key to them', async () => {
  const bridge = startBridge({ 'desk.search': () => ({ understood: ['account'], hits: [], more: false, closedHidden: 1, documentsWaitSeconds: null }) })
  await show(Desk, {}, '/desk')
  await typeText('04012345')
  await pause()
  expect(text()).toContain('Есть закрытые: 1')
  await press('KeyC', { altKey: true, key: 'c' })
  expect(bridge.inputsOf('desk.search').at(-1)).toMatchObject({ includeClosed: true })
})

test('when nothing is found, one key goes on with the surname alone, another with the other layout', async () => {
  const bridge = startBridge({ 'desk.search': () => ({ understood: ['name'], hits: [], more: false, closedHidden: 0, documentsWaitSeconds: null }) })
  await show(Desk, {}, '/desk')
  await typeText('мария соколова')
  await pause()
  await press('KeyS', { altKey: true, key: 'ы' })
  expect(bridge.inputsOf('desk.search').at(-1)).toMatchObject({ text: 'соколова' })
  expect(text()).not.toContain('cjrjkjdf')
  await typeText('gtnhjd')
  await pause()
  await press('KeyL', { altKey: true, key: 'д' })
  expect(bridge.inputsOf('desk.search').at(-1)).toMatchObject({ text: 'петров' })
})

test('a slow answer to an earlier query does not replace the newer one', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  let answerFirst: (value: unknown) => void = () => {}
  bridge.handle('desk.search', ({ text: asked }: { text: string }) => {
    const answer = (name: string) => ({ understood: ['name'], hits: [{ ...hits[1], name }], more: false, closedHidden: 0, documentsWaitSeconds: null })
    return asked === 'иванов' ? new Promise((resolve) => (answerFirst = () => resolve(answer('Иванов Старый Ответ')))) : answer('Петров Новый Ответ')
  })
  await typeText('иванов')
  await pause()
  await typeText('петров')
  await pause()
  answerFirst(undefined)
  await flushPromises()
  expect(text()).toContain('Петров Новый Ответ')
  expect(text()).not.toContain('Старый Ответ')
})

test('arrows choose, Enter opens the chosen card, the hands never leave the box', async () => {
  startBridge()
  const { router } = await show(Desk, {}, '/desk')
  await typeText('воронцов')
  await pause()
  box().dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowDown', code: 'ArrowDown', bubbles: true }))
  await flushPromises()
  expect(document.querySelector('[aria-selected=true]')?.textContent).toContain('Пётр')
  box().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true }))
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe('/desk/2')
})

test('a second Enter before the answer opens the only match when it comes, and asks nothing again', async () => {
  const bridge = startBridge()
  const { router } = await show(Desk, {}, '/desk')
  let answer: () => void = () => {}
  bridge.handle('desk.search', () => new Promise((resolve) => (answer = () => resolve({ understood: ['document'], hits: [hits[1]], more: false, closedHidden: 0, documentsWaitSeconds: null }))))
  await typeText('4510 123456')
  enter()
  enter()
  await flushPromises()
  expect(router.currentRoute.value.name).toBe('search')
  answer()
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe(`/desk/${hits[1]!.subscriberId}`)
  expect(bridge.inputsOf('desk.search')).toHaveLength(1)
})


test('one Enter opens whom a number of their own names, but not who has it with a slip, nor when a closed account has it too', async () => {
  const found = (match: Partial<Found['hits'][number]['match']>, closedHidden = 0) => ({ understood: ['account'], hits: [{ ...hits[1], match: { kind: 'account', text: '04012345', ...match } }], more: false, closedHidden, documentsWaitSeconds: null }) as Found
  let answer = found({ isSimilar: true })
  startBridge({ 'desk.search': () => answer })
  const { router } = await show(Desk, {}, '/desk')
  for (const [text, doubtful] of [['04012346', found({ isSimilar: true })], ['04012347', found({}, 1)]] as const) {
    answer = doubtful
    await typeText(text)
    enter()
    await flushPromises()
    expect(router.currentRoute.value.name).toBe('search')
  }
  answer = found({})
  await typeText('04012345')
  enter()
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe(`/desk/${hits[1]!.subscriberId}`)
})

test('the account whose number was asked for is the chosen one on the card; a passport chooses none', async () => {
  const account = { id: 77, number: '04012345', contract: null, provider: 'ЭнСер', status: 'active', address: 'ул. Ленина, д. 10' } as const
  let match: Found['hits'][number]['match'] = { kind: 'document', text: '•••• 3456' }
  startBridge({ 'desk.search': () => ({ understood: ['account'], hits: [{ ...hits[1], account, match }], more: false, closedHidden: 0, documentsWaitSeconds: null }) })
  await show(Desk, {}, '/desk')
  const visits = useVisitStore.of(hits[1]!.subscriberId)
  await typeText('4510 123456')
  enter()
  await flushPromises()
  expect(visits.accountId).toBeNull()
  match = { kind: 'account', text: '04012345' }
  openByCode('04012345')
  await flushPromises()
  expect(visits.accountId).toBe(77)
})

test('Escape in the box empties the box, and leaves a panel of the card alone', async () => {
  startBridge()
  const { router } = await show(Desk, {}, '/desk/1')
  await typeText('петр')
  expect(box().dataset['ownKeys']).toBe('Escape')
  box().dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', code: 'Escape', bubbles: true }))
  await flushPromises()
  expect(box().value).toBe('')
  expect(router.currentRoute.value.fullPath).toBe('/desk/1')
})

test('the number somebody was found by is gone from the box once the card is open', async () => {
  startBridge()
  await show(Desk, {}, '/desk')
  await typeText('4510 123456')
  await pause()
  box().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true }))
  await flushPromises()
  expect(box().value).toBe('')
  expect(useSearchStore().found).toBeNull()
})

test('on somebody’s card typing searches nothing until Enter', async () => {
  const bridge = startBridge()
  const { router } = await show(Desk, {}, '/desk/1')
  await typeText('петров')
  await pause()
  expect(bridge.inputsOf('desk.search')).toEqual([])
  box().dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter', code: 'Enter', bubbles: true }))
  await flushPromises()
  expect(router.currentRoute.value.name).toBe('search')
  expect(bridge.inputsOf('desk.search')).toHaveLength(1)
})

test('closed accounts are behind one key, under any layout', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  await typeText('воронцов')
  await pause()
  expect(text()).toContain('Скрыто 2 закрытых счёта')
  await press('KeyC', { altKey: true, key: 'с' })
  expect(bridge.inputsOf('desk.search').at(-1)).toMatchObject({ includeClosed: true })
})

test('when nothing is found, it is told what the text was understood as', async () => {
  startBridge({ 'desk.search': () => ({ understood: ['account', 'phone'], hits: [], more: false, closedHidden: 0, documentsWaitSeconds: null }) })
  await show(Desk, {}, '/desk')
  await typeText('9123445')
  await pause()
  expect(text()).toContain('Ничего не найдено: «9123445»')
  expect(text()).toContain('Искали как: лицевой счёт, телефон.')
})

test('when the database is away, the query stays and can be repeated', async () => {
  startBridge({
    'desk.search': () => {
      throw new FakeFailure('databaseUnavailable')
    },
  })
  await show(Desk, {}, '/desk')
  await typeText('воронцов')
  await pause()
  expect(text()).toContain('Нет связи с базой данных.')
  expect(box().value).toBe('воронцов')
})

test('the next visitor begins with an empty box that has the focus', async () => {
  startBridge()
  const { router } = await show(Desk, {}, '/desk')
  await typeText('воронцов')
  await pause()
  await router.push({ name: 'card', params: { subscriberId: 1 } })
  await router.push({ name: 'search', query: { next: 'visitor' } })
  await flushPromises()
  expect(useSearchStore().found).toBeNull()
  expect(box().value).toBe('')
  expect(document.activeElement).toBe(box())
})

test('a scan opens the only account it names', async () => {
  startBridge({ 'desk.search': () => ({ understood: ['account'], hits: [hits[0]], more: false, closedHidden: 0, documentsWaitSeconds: null }) })
  const { router } = await show(Desk, {}, '/settings')
  openByCode('740015023')
  await flushPromises()
  expect(router.currentRoute.value.fullPath).toBe('/desk/1')
})

test('a hit that is only similar says so, an address that matched is marked where it stands', async () => {
  const bridge = startBridge()
  await show(Desk, {}, '/desk')
  const [person] = hits
  const address = { ...person!.account!, address: 'г. Энск, ул. Ленина, д. 10' }
  bridge.handle('desk.search', () => ({
    understood: ['name', 'address'],
    hits: [
      { ...person, match: { kind: 'name', text: person!.name, isSimilar: true } },
      { ...person, subscriberId: 77, account: address, match: { kind: 'address', text: address.address, isSimilar: false } },
    ],
    more: false,
    closedHidden: 0,
    documentsWaitSeconds: null,
  }))
  await typeText('ленина 10')
  await pause()
  const [similar, found] = document.querySelectorAll('[role=option]')
  expect(similar?.textContent).toContain('похоже: имя')
  expect(found?.textContent).toContain('совпало: адрес')
  expect([...found!.querySelectorAll('mark')].map(({ textContent }) => textContent)).toEqual(['Ленина', '10'])
})
