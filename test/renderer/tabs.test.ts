import { flushPromises, mount } from '@vue/test-utils'
import { NConfigProvider } from 'naive-ui'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { defineComponent, h } from 'vue'
import { createMemoryHistory, RouterView, type Router } from 'vue-router'
import { useContactsStore } from '@renderer/features/contacts/contacts-store'
import { usePaymentDocumentsStore } from '@renderer/features/payment-documents/payment-documents-store'
import { usePortalAccessStore } from '@renderer/features/portal-access/portal-access-store'
import { useReadingsStore } from '@renderer/features/readings/readings-store'
import { useIdentificationStore } from '@renderer/features/visits/identification-store'
import { i18n } from '@renderer/i18n'
import { followChanges } from '@renderer/live'
import { makeRouter } from '@renderer/router'
import { useSessionStore } from '@renderer/session-store'
import { useTabsStore } from '@renderer/tabs-store'
import { useVisitStore } from '@renderer/visit-store'
import type { Card } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import type { FakeBridge } from '../support/fake-bridge'
import { card, contactRules, identified, impact } from '../support/fake-office'
import { field, press, startBridge, submit, submitForm, text, type } from '../support/fake-page'
import { sheet } from './features/readings/sheet'

// Screens are fetched when they are opened, one of them with the engine that draws PDF: nothing of that is looked at here.
vi.mock('@renderer/fetch-screens', () => ({ fetchVisitScreens: () => Promise.resolve() }))
vi.mock('@renderer/components/PdfPreview.vue', () => ({ default: { render: () => null } }))

const names = ['', 'Антонова Вера Павловна', 'Белов Илья Ильич', 'Ветров Олег Юрьевич']
const nameOf = (id: number) => names[id] ?? `Жуков${'а'.repeat(id)} Пётр Львович`
const cardOf = (id: number, change: Partial<Card> = {}): Card => ({
  ...card, ...change, subscriber: { ...card.subscriber, id, name: nameOf(id) }, accounts: card.accounts.map((account) => ({ ...account, id: account.id + id * 100 })),
})
const visitOf = (id: number): Visit => ({ ...identified, id: 900 + id, subscriberId: id, subscriberName: nameOf(id) })
const pending = (email: string) => ({
  id: 5, contactId: 6, kind: 'email', purpose: 'main', way: 'emailCode', value: email, replaces: null, expiresAt: inAnHour(), attemptsLeft: 3, resendAllowedAt: inAnHour(), resendsLeft: 4, delivery: 'sent', error: null,
})
const inAnHour = () => new Date(Date.now() + 3_600_000).toISOString()

type Handlers = NonNullable<Parameters<typeof startBridge>[0]>
const handlers: Handlers = {
  'visits.open': ({ subscriberId }: { subscriberId: number }) => visitOf(subscriberId),
  'desk.card': ({ subscriberId }: { subscriberId: number }) => cardOf(subscriberId),
}

/** An answer that comes when the test says so. */
function later<T>() {
  let answer: (value: T) => void = () => undefined
  const promise = new Promise<T>((resolve) => (answer = resolve))
  return { promise, answer }
}

let bridge: FakeBridge
let router: Router
let ends: (() => void)[] = []
afterEach(() => {
  ends.forEach((end) => end())
  ends = []
  vi.useRealTimers()
})

/** The whole page with its own routes, at the cards of these people; the last one is in front. */
async function openPage(ids: number[], more: Handlers = {}) {
  bridge = startBridge({ ...handlers, ...more })
  await useSessionStore().load()
  router = makeRouter(createMemoryHistory())
  await router.push('/desk')
  ends.push(followChanges())
  const wrapper = mount(defineComponent({ render: () => h(NConfigProvider, { abstract: true }, () => h(RouterView)) }), { attachTo: document.body, global: { plugins: [router, i18n] } })
  ends.push(() => wrapper.unmount())
  await flushPromises()
  for (const id of ids) await go(`/desk/${id}`)
}

async function go(path: string) {
  await router.push(path)
  await flushPromises()
}

const shownCard = () => document.querySelector<HTMLElement>('main.card') ?? document.body
const banner = () => shownCard().querySelector('h1')?.textContent
const strip = () => [...document.querySelectorAll<HTMLElement>('.strip .tab')].map((one) => one.textContent?.replace(/\s+/g, ' ').trim())
const shownField = (label: string) => {
  const found = [...shownCard().querySelectorAll('label')].find((one) => one.textContent?.trim().startsWith(label))
  return document.getElementById(found?.htmlFor ?? '') as HTMLInputElement | null
}

describe('several cards', () => {
  test('what is typed for one person is still there after another was served, and is nowhere in the other’s card', async () => {
    await openPage([1, 2])
    await go('/desk/1/contacts')
    await type('Новая почта или телефон', 'vera@new.example')
    await go('/desk/2/contacts')
    expect(banner()).toBe(nameOf(2))
    // The hidden card is not even in the document: no label, no search and no screen reader finds it.
    expect(document.querySelectorAll('main.card')).toHaveLength(1)
    expect(shownField('Новая почта или телефон')?.value).toBe('')
    await press('Digit1', { ctrlKey: true })
    expect(router.currentRoute.value.fullPath).toBe('/desk/1/contacts')
    expect(banner()).toBe(nameOf(1))
    expect(shownField('Новая почта или телефон')?.value).toBe('vera@new.example')
    expect(document.activeElement).toBe(shownField('Новая почта или телефон'))
  })

  test('a slow answer reaches the card it is about, however many were opened since', async () => {
    const answer = later<unknown>()
    await openPage([1, 2], { 'contacts.change': () => answer.promise })
    await go('/desk/1/contacts')
    await type('Новая почта или телефон', 'vera@new.example')
    await submit('Новая почта или телефон')
    shownCard().querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
    await flushPromises()
    await go('/desk/2/contacts')
    answer.answer({ contactId: 6, confirmation: pending('vera@new.example') })
    await flushPromises()
    expect(shownCard().textContent).not.toContain('vera@new.example')
    expect(shownField('Новая почта или телефон')).not.toBeNull()
    await go('/desk/1')
    expect(shownCard().textContent).toContain('Код отправлен на vera@new.example')
  })

  test('each account is chosen for its own person', async () => {
    await openPage([1, 2])
    await press('ArrowDown', { altKey: true })
    expect(useVisitStore.of(2).account?.id).toBe(card.accounts[1]!.id + 200)
    expect(useVisitStore.of(1).account?.id).toBe(card.accounts[0]!.id + 100)
  })

  test('keys turn from one to the next, round and round, and by number', async () => {
    await openPage([1, 2, 3])
    await press('Tab', { ctrlKey: true })
    expect(banner()).toBe(nameOf(1))
    await press('Tab', { ctrlKey: true, shiftKey: true })
    expect(banner()).toBe(nameOf(3))
    await press('Digit2', { ctrlKey: true })
    expect(banner()).toBe(nameOf(2))
    await press('Digit9', { ctrlKey: true })
    expect(banner()).toBe(nameOf(2))
    await go('/desk')
    await press('Tab', { ctrlKey: true })
    expect(banner()).toBe(nameOf(1))
  })

  test('the window’s title names whose card is in front, and nobody once the desk is locked', async () => {
    await openPage([1, 2])
    expect(document.title).toContain(nameOf(2))
    await go('/desk/1')
    expect(document.title).toContain(nameOf(1))
    await useSessionStore().lock()
    await flushPromises()
    expect(document.title).not.toContain(nameOf(1))
    // A card read meanwhile does not bring the name back.
    await useVisitStore.of(1).refresh()
    await flushPromises()
    expect(document.title).not.toContain(nameOf(1))
    await useSessionStore().unlock('x')
    await flushPromises()
    expect(document.title).toContain(nameOf(1))
    await go('/desk')
    expect(document.title).not.toContain(nameOf(1))
  })

  test('the strip tells surname and initials, how the visitor was identified and what is not saved yet; one card in front needs none', async () => {
    await openPage([1])
    expect(strip()).toEqual([])
    await go('/desk/2')
    expect(strip()).toEqual([expect.stringMatching(/Антонова В\. П\., личность установлена$/), expect.stringMatching(/Белов И\. И\., личность установлена$/)])
    await go('/desk/2/contacts')
    await type('Новая почта или телефон', 'b')
    expect(strip()[1]).toContain('есть несохранённое')
    expect(strip()[0]).not.toContain('есть несохранённое')
  })

  test.each([
    ['Римский-Корсаков Али Октай Оглы', 'Римский-Корсаков А. О.'],
    ['ИП Иванова Алла Максимовна', 'ИП Иванова А. М.'],
    ['Индивидуальный предприниматель Ким Олег', 'ИП Ким О.'],
    ['Общество с ограниченной ответственностью "Ромашка"', 'ООО «Ромашка»'],
    ['Mc Donald John', 'Mc Donald John'],
  ])('%s stands in the strip as %s', async (name, short) => {
    await openPage([1, 2], { 'desk.card': ({ subscriberId }: { subscriberId: number }) => ({ ...cardOf(subscriberId), subscriber: { ...card.subscriber, id: subscriberId, name } }) })
    expect(useTabsStore().tabs[0]?.shortName.replace(/\s/g, ' ')).toBe(short)
  })

  test('each has a letter of its own, and six colours are used before one comes again', async () => {
    await openPage([1, 2, 3, 4, 5, 6, 7, 8, 9])
    const tabs = useTabsStore().tabs
    expect(new Set(tabs.map(({ letter }) => letter)).size).toBe(9)
    expect(new Set(tabs.slice(0, 6).map(({ colour }) => colour)).size).toBe(6)
  })

  test('a tenth is refused with words, and the nine stay', async () => {
    await openPage([1, 2, 3, 4, 5, 6, 7, 8, 9])
    await go('/desk/10')
    expect(router.currentRoute.value.fullPath).toBe('/desk/9')
    expect(text()).toContain('Открыто карточек: 9, больше нельзя')
    expect(bridge.inputsOf('visits.open').map(({ subscriberId }) => subscriberId)).not.toContain(10)
    await press('Escape')
    expect(text()).not.toContain('больше нельзя')
    await go('/desk/3')
    expect(banner()).toBe(nameOf(3))
  })

  test('a closed visit takes its card with it, and the others stay', async () => {
    await openPage([1, 2], { 'visits.close': () => ({ visit: { ...visitOf(2), state: 'closed', closedAt: inAnHour() }, done: [] }) })
    await useIdentificationStore.of(2).close(902)
    await go('/desk')
    expect(useTabsStore().tabs.map(({ subscriberId }) => subscriberId)).toEqual([1])
    expect(useVisitStore.of(2).card).toBeNull()
    expect(text()).not.toContain(nameOf(2))
  })

  test('whoever comes back right after the end of their visit has a card again', async () => {
    await openPage([1, 2], { 'visits.close': () => ({ visit: { ...visitOf(2), state: 'closed', closedAt: inAnHour() }, done: [] }) })
    await useIdentificationStore.of(2).close(902)
    await useVisitStore.of(2).catchUp()
    expect(bridge.inputsOf('desk.card')).toHaveLength(2)
    await go('/desk')
    await go('/desk/2')
    expect(banner()).toBe(nameOf(2))
  })

  test('after a restart open visits are there again, and no card is read before it is looked at', async () => {
    await openPage([], { 'visits.mine': () => [visitOf(2), visitOf(1)] })
    expect(strip()).toHaveLength(2)
    expect(strip()[0]).toContain('Антонова В. П.')
    expect(bridge.inputsOf('desk.card')).toEqual([])
    await press('Digit2', { ctrlKey: true })
    expect(banner()).toBe(nameOf(2))
    expect(bridge.inputsOf('desk.card')).toEqual([{ subscriberId: 2 }])
  })

  test('nothing of anybody stays for the next person at the desk', async () => {
    await openPage([1, 2])
    await useSessionStore().signOut()
    await flushPromises()
    expect(useTabsStore().tabs).toEqual([])
    for (const id of [1, 2]) expect(useVisitStore.of(id).card).toBeNull()
  })
})

describe('signing out', () => {
  test('asks while visits are open, naming them, and goes through when it is meant', async () => {
    const { askToSignOut } = await import('@renderer/sign-out')
    await openPage([1, 2])
    await askToSignOut()
    await flushPromises()
    expect(text()).toContain('Осталось незавершёнными 2 обслуживания.')
    expect(bridge.inputsOf('session.signOut')).toHaveLength(0)
    await press('Escape')
    expect(text()).not.toContain('Осталось незавершёнными')
    await askToSignOut()
    await flushPromises()
    await submitForm('Выйти')
    expect(bridge.inputsOf('session.signOut')).toHaveLength(1)
  })

  test('asks nothing when there is nothing to lose', async () => {
    const { askToSignOut } = await import('@renderer/sign-out')
    await openPage([])
    await askToSignOut()
    expect(bridge.inputsOf('session.signOut')).toHaveLength(1)
  })
})

describe('stores of one person and of another have nothing in common', () => {
  const start = async (more: Handlers = {}) => {
    bridge = startBridge({ ...handlers, ...more })
    await useSessionStore().load()
    for (const id of [1, 2]) await useVisitStore().open(id)
  }

  test('identification: a number that agrees identifies its own visitor', async () => {
    const answer = later<unknown>()
    await start({ 'visits.open': ({ subscriberId }: { subscriberId: number }) => ({ ...visitOf(subscriberId), identification: 'none', documentType: null }), 'visits.readingsOnly': () => answer.promise })
    const doing = useIdentificationStore.of(1).readingsOnly(901)
    expect(useIdentificationStore.of(1).busy).toBe(true)
    expect(useIdentificationStore.of(2).busy).toBe(false)
    answer.answer({ visit: { ...visitOf(1), identification: 'readingsOnly', documentType: null } })
    await doing
    expect(useVisitStore.of(1).visit?.identification).toBe('readingsOnly')
    expect(useVisitStore.of(2).visit?.identification).toBe('none')
  })

  test('contacts: a pending code and its failure', async () => {
    await start({ 'contacts.pending': ({ visitId }: { visitId: number }) => ({ ...contactRules, confirmations: visitId === 901 ? [pending('vera@new.example')] : [] }) })
    await useContactsStore.of(1).open(901)
    await useContactsStore.of(2).open(902)
    expect(useContactsStore.of(1).code?.value).toBe('vera@new.example')
    expect(useContactsStore.of(2).code).toBeNull()
  })

  test('portal access: what a password would change', async () => {
    const slow = later<unknown>()
    await start({ 'portalAccess.impact': ({ visitId }: { visitId: number }) => (visitId === 901 ? slow.promise : { ...impact, login: 'second' }) })
    const first = usePortalAccessStore.of(1).open(901, 111)
    await usePortalAccessStore.of(2).open(902, 211)
    slow.answer({ ...impact, login: 'first' })
    await first
    expect(usePortalAccessStore.of(1).impact?.login).toBe('first')
    expect(usePortalAccessStore.of(2).impact?.login).toBe('second')
  })

  test('readings: what is typed on a sheet', async () => {
    await start({ 'readings.sheet': ({ accountId }: { accountId: number }) => ({ ...sheet, accountId }) })
    await useReadingsStore.of(1).open(901, 111)
    await useReadingsStore.of(2).open(902, 211)
    useReadingsStore.of(1).type(1, 0, '1240')
    expect(useReadingsStore.of(1).drafts.size).toBe(1)
    expect(useReadingsStore.of(2).drafts.size).toBe(0)
    expect(useTabsStore().hasDrafts).toBe(false)
    useTabsStore().add(1)
    expect(useTabsStore().tabs[0]?.hasDraft).toBe(true)
  })

  test('payment documents: periods and the sheet that was sent', async () => {
    const slow = later<unknown>()
    const one = (accrued: number) => [{ period: '2026-10', number: 'x', accrued, closing: 0, penalty: 0, issues: 0, closed: true }]
    await start({ 'paymentDocuments.periods': ({ visitId }: { visitId: number }) => (visitId === 901 ? slow.promise : one(2)) })
    const first = usePaymentDocumentsStore.of(1).open(901, 111)
    await usePaymentDocumentsStore.of(2).open(902, 211)
    slow.answer(one(1))
    await first
    expect(usePaymentDocumentsStore.of(1).periods.map(({ accrued }) => accrued)).toEqual([1])
    expect(usePaymentDocumentsStore.of(2).periods.map(({ accrued }) => accrued)).toEqual([2])
  })
})

describe('a change at another desk', () => {
  const theirs = { operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f2001', visitId: 77, at: '2026-11-22T12:31:00+05:00', kind: 'contacts.changeEmail', staffName: 'Лугова Мария Игоревна', details: { to: 'q***@new.example' }, undone: false, canUndo: false }
  const changed = (subscriberId: number | null, by: 'self' | 'other' = 'other', kind = 'contacts.changeEmail') => bridge.emit('desk.changed', { subscriberId, by, kind })
  const readings = (id: number) => bridge.inputsOf('desk.card').filter(({ subscriberId }) => subscriberId === id).length
  const theyChange = () => bridge.handle('desk.card', ({ subscriberId }: { subscriberId: number }) => cardOf(subscriberId, { timeline: [{ ...card.timeline[0]!, ...theirs }, ...card.timeline] }))

  test('shows in the open card with who, what and when, and what is being typed stays', async () => {
    await openPage([1])
    await go('/desk/1/contacts')
    await type('Новая почта или телефон', 'vera@new.ex')
    theyChange()
    changed(1)
    await flushPromises()
    expect(text()).toMatch(/Изменено: Новая почта q•••@new\.example: ждём подтверждения, Лугова М\.\s?И\., 12:31/)
    expect(field('Новая почта или телефон').value).toBe('vera@new.ex')
    expect(document.activeElement).toBe(field('Новая почта или телефон'))
  })

  test('marks a hidden card, which is read when it is looked at', async () => {
    await openPage([1, 2])
    theyChange()
    const before = readings(1)
    changed(1)
    await flushPromises()
    expect(readings(1)).toBe(before)
    expect(strip()[0]).toContain('изменено другим сотрудником')
    await go('/desk/1')
    expect(readings(1)).toBe(before + 1)
    expect(text()).toContain('Изменено: Новая почта')
    expect(strip()[0]).not.toContain('изменено другим сотрудником')
  })

  test('of somebody nobody here serves costs nothing', async () => {
    await openPage([1])
    const before = bridge.calls.length
    changed(55)
    await flushPromises()
    expect(bridge.calls).toHaveLength(before)
  })

  test('a hundred messages at once are read once or twice, so that a flood of forged ones does no harm', async () => {
    await openPage([1])
    const before = readings(1)
    for (let n = 0; n < 100; n++) changed(1, 'other', 'contacts.forged')
    await flushPromises()
    expect(readings(1) - before).toBeGreaterThan(0)
    expect(readings(1) - before).toBeLessThanOrEqual(2)
    expect(text()).not.toContain('Изменено')
  })

  test('that has not changed anything on the card says nothing; a register that has says so without a name', async () => {
    await openPage([1])
    changed(null, 'other', 'registers.import')
    await flushPromises()
    expect(text()).not.toContain('Карточка обновлена')
    bridge.handle('desk.card', ({ subscriberId }: { subscriberId: number }) => cardOf(subscriberId, { contacts: card.contacts.slice(1) }))
    changed(null, 'other', 'registers.import')
    await flushPromises()
    expect(text()).toContain('Карточка обновлена: данные изменились в')
  })

  test('what was done here and read already is not read again', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await openPage([1])
    const before = readings(1)
    changed(1, 'self')
    await useVisitStore.of(1).refresh()
    await vi.advanceTimersByTimeAsync(2_000)
    expect(readings(1) - before).toBe(1)
    changed(1, 'self')
    await vi.advanceTimersByTimeAsync(2_000)
    expect(readings(1) - before).toBe(2)
  })

  test('is not read behind the lock, but after it', async () => {
    await openPage([1])
    await useSessionStore().lock()
    const before = readings(1)
    changed(1)
    await flushPromises()
    expect(readings(1)).toBe(before)
    await useSessionStore().unlock('x')
    await flushPromises()
    expect(readings(1)).toBe(before + 1)
  })

  test('shows when the window gets the focus if nobody tells of changes, and only then', async () => {
    await openPage([1])
    const before = readings(1)
    window.dispatchEvent(new Event('focus'))
    await flushPromises()
    expect(readings(1)).toBe(before + 1)
    bridge.emit('desk.live', { listening: true })
    await flushPromises()
    // What happened before somebody listened.
    expect(readings(1)).toBe(before + 2)
    window.dispatchEvent(new Event('focus'))
    await flushPromises()
    expect(readings(1)).toBe(before + 2)
    bridge.emit('desk.live', { listening: false })
    theyChange()
    window.dispatchEvent(new Event('focus'))
    await flushPromises()
    expect(text()).toContain('Изменено: Новая почта')
  })

  test('a visit that was handed over to this desk appears; one that was taken away goes', async () => {
    await openPage([1, 2])
    bridge.handle('visits.mine', () => [visitOf(3), visitOf(2)])
    changed(1, 'other', 'visits.reassign')
    await flushPromises()
    expect(useTabsStore().tabs.map(({ subscriberId }) => subscriberId)).toEqual([2, 3])
  })

  test('while a code is awaited says that it is good for nothing now, and the form is there again', async () => {
    let waiting: object[] = [pending('vera@new.example')]
    await openPage([1], { 'contacts.pending': () => ({ ...contactRules, confirmations: waiting }) })
    await go('/desk/1/contacts')
    expect(text()).toContain('Код отправлен на vera@new.example')
    waiting = []
    theyChange()
    changed(1)
    await flushPromises()
    expect(text()).toContain('прежний код больше не подойдёт')
    expect(field('Новая почта или телефон').value).toBe('')
  })
})

test('keys of a card that is not in front do nothing', async () => {
  await openPage([1, 2], { 'paymentDocuments.periods': () => [{ period: '2026-10', number: 'x', accrued: 1, closing: 0, penalty: 0, issues: 0, closed: true }] })
  await go('/desk/1/documents/111')
  await go('/desk/2')
  await press('KeyS', { ctrlKey: true })
  await press('F9')
  expect(bridge.inputsOf('paymentDocuments.give')).toEqual([])
  await vi.waitFor(() => expect(router.currentRoute.value.fullPath).toBe('/desk/2/close'))
  await go('/desk')
  await press('F4')
  expect(router.currentRoute.value.fullPath).toBe('/desk')
})
