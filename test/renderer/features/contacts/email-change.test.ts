import EmailChangePanel from '@renderer/features/contacts/EmailChangePanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import type { PendingConfirmation } from '@shared/contract/contacts'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { card, identified, openVisit } from '../../../support/fake-office'
import { button, click, field, press, show, startBridge, submit, submitForm, text, type } from '../../../support/fake-page'

let bridge: FakeBridge
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const waiting = (change: Partial<PendingConfirmation> = {}): PendingConfirmation => ({
  id: 5, contactId: 6, value: 'liza.vorontsova@gmail.com', expiresAt: inSeconds(900), attemptsLeft: 3, resendAllowedAt: inSeconds(30), delivery: 'queued', error: null, ...change,
})

async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, 'contacts.changeEmail': () => waiting(), ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  await show(EmailChangePanel)
}

async function change(email = 'liza.vorontsova@gmail.com') {
  await type('Новый адрес', email)
  await submit('Новый адрес')
  await submitForm('Отправить код')
  const dialog = document.querySelector('dialog form')
  dialog?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

afterEach(() => {
  vi.useRealTimers()
})

test('without identification there is no form at all', async () => {
  await open({ 'visits.open': () => openVisit })
  expect(text()).toContain('Сначала установите личность (F4)')
  expect(() => field('Новый адрес')).toThrow()
  expect(bridge.inputsOf('contacts.pending')).toEqual([])
})

test('what is no address is told at the field, and nothing is asked or sent', async () => {
  await open()
  await type('Новый адрес', 'liza собака mail')
  await submit('Новый адрес')
  expect(field('Новый адрес').getAttribute('aria-invalid')).toBe('true')
  expect(document.querySelector('dialog')?.open).toBeFalsy()
  expect(bridge.inputsOf('contacts.changeEmail')).toEqual([])
})

test.each([
  ['liza@gmial.com', 'liza@gmail.com'],
  ['дшяф"ьфшдюкг', 'liza@mail.ru'],
  ['liza @mail.ru', 'liza@mail.ru'],
])('for «%s» one key accepts %s', async (typed, meant) => {
  await open()
  await type('Новый адрес', typed)
  expect(text()).toContain(`Возможно, ${meant}`)
  await press('Digit1', { altKey: true })
  expect(field('Новый адрес').value).toBe(meant)
})

test('the last question repeats whose address it is, the old one masked and the new one in full', async () => {
  await open()
  await type('Новый адрес', 'liza.vorontsova@gmail.com')
  await submit('Новый адрес')
  const dialog = document.querySelector('dialog')
  expect(dialog?.open).toBe(true)
  for (const words of [card.subscriber.name, 'г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15', 'e•••@mail.ru', 'liza.vorontsova@gmail.com']) expect(dialog?.textContent).toContain(words)
  await press('Escape')
  expect(dialog?.open).toBe(false)
  expect(bridge.inputsOf('contacts.changeEmail')).toEqual([])
})

test('the change carries the version of the card, so that a colleague’s change is not overwritten', async () => {
  await open()
  await change()
  expect(bridge.inputsOf('contacts.changeEmail')).toMatchObject([{ visitId: identified.id, email: 'liza.vorontsova@gmail.com', version: card.subscriber.version }])
  expect(text()).toContain('Код отправлен на liza.vorontsova@gmail.com')
})

const conflict = { staffName: 'Лугова Мария Игоревна', at: '2026-11-22T12:31:00+05:00', kind: 'contacts.changeEmail', current: { email: 'e***@mail.ru', state: 'unconfirmed', awaiting: 'q***@new.example' } }
/** A colleague is quicker once; the card read after that has their version. */
const quicker = () => ({
  'contacts.changeEmail': ({ version }: { version: number }) => {
    if (version === card.subscriber.version) throw new FakeFailure('conflict', 'changedByAnotherDesk', conflict)
    return waiting()
  },
})
const newer = () => ({ ...card, subscriber: { ...card.subscriber, version: 77 } })

test('when a colleague was first, who, when and what is told, what it is now, and the typed address stays', async () => {
  await open(quicker())
  await change()
  expect(text()).toMatch(/запись изменил другой сотрудник: Лугова М\. И\., .*12:31/)
  expect(text()).toContain('Что сделано: Новая почта q•••@new.example, код отправлен.')
  expect(text()).toContain('Теперь: e•••@mail.ru (не подтверждена), q•••@new.example ждёт кода.')
  expect(field('Новый адрес').value).toBe('liza.vorontsova@gmail.com')
})

test('going on over the colleague’s asks once more and carries the version that was seen', async () => {
  await open(quicker())
  bridge.handle('desk.card', newer)
  await change()
  await click('Записать моё поверх')
  expect(document.querySelector('dialog')?.open).toBe(true)
  document.querySelector('dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('contacts.changeEmail').map(({ version }) => version)).toEqual([card.subscriber.version, 77])
  expect(text()).toContain('Код отправлен на liza.vorontsova@gmail.com')
})

test('letting one’s own go leaves the colleague’s as it is', async () => {
  await open(quicker())
  await change()
  await click('Отказаться от моего')
  expect(field('Новый адрес').value).toBe('')
  expect(text()).not.toContain('другой сотрудник')
  expect(bridge.inputsOf('contacts.changeEmail')).toHaveLength(1)
})

test('a register that was quicker is told without a name', async () => {
  await open({
    'contacts.changeEmail': () => {
      throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: null, at: null, kind: null, current: { email: null, state: null, awaiting: null } })
    },
  })
  await change()
  expect(text()).toMatch(/Пока форма была открыта, запись изменилась\. ?Теперь: почты нет\./)
})

test('the letter is followed every second until it has left, and no longer', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await open()
  await change()
  const looks = () => bridge.inputsOf('contacts.pending').length
  const before = looks()
  bridge.handle('contacts.pending', () => ({ confirmation: waiting({ delivery: 'sending' }) }))
  await vi.advanceTimersByTimeAsync(2_000)
  expect(looks() - before).toBe(2)
  expect(text()).toContain('письмо отправляется')
  bridge.handle('contacts.pending', () => ({ confirmation: waiting({ delivery: 'sent' }) }))
  await vi.advanceTimersByTimeAsync(1_000)
  expect(text()).toContain('письмо ушло')
  await vi.advanceTimersByTimeAsync(5_000)
  expect(looks() - before).toBe(3)
})

test('a change begun earlier in the visit goes on at its code', async () => {
  await open({ 'contacts.pending': () => ({ confirmation: waiting({ delivery: 'sent', attemptsLeft: 2 }) }) })
  expect(text()).toContain('письмо ушло')
  expect(document.activeElement).toBe(field('Код из письма'))
})

test('a letter that was refused says so while the address can still be corrected', async () => {
  await open({ 'contacts.pending': () => ({ confirmation: waiting({ delivery: 'failed', error: '550 no such user' }) }) })
  expect(text()).toContain('Почтовый сервер не принял письмо: 550 no such user.')
})

test('a wrong code says how many attempts are left, and the code has only digits', async () => {
  await open({ 'contacts.pending': () => ({ confirmation: waiting({ delivery: 'sent' }) }), 'contacts.confirmEmail': () => ({ confirmed: false, attemptsLeft: 2 }) })
  await type('Код из письма', '48 12-07 9')
  expect(field('Код из письма').value).toBe('481207')
  await submit('Код из письма')
  expect(text()).toContain('Код не подошёл. Осталось 2 попытки.')
  expect(field('Код из письма').value).toBe('')
})

test('five digits are not sent', async () => {
  await open({ 'contacts.pending': () => ({ confirmation: waiting({ delivery: 'sent' }) }) })
  await type('Код из письма', '48120')
  await submit('Код из письма')
  expect(bridge.inputsOf('contacts.confirmEmail')).toEqual([])
})

test('a new code is sent only after its time, by button or key', async () => {
  await open({ 'contacts.pending': () => ({ confirmation: waiting({ delivery: 'sent' }) }) })
  expect(button('Отправить ещё раз').getAttribute('aria-disabled')).toBe('true')
  await press('KeyR', { altKey: true })
  expect(bridge.inputsOf('contacts.resendCode')).toEqual([])
})

test('the right code confirms the address, and the earlier one can be restored', async () => {
  const done = { ...card.timeline[0]!, operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f1009', kind: 'contacts.confirmEmail', details: { confirmed: true, to: 'l***@gmail.com' }, canUndo: true }
  await open({ 'contacts.pending': () => ({ confirmation: waiting({ delivery: 'sent' }) }), 'contacts.confirmEmail': () => ({ confirmed: true, attemptsLeft: 3 }), 'desk.card': () => ({ ...card, timeline: [done, ...card.timeline] }) })
  await type('Код из письма', '481207')
  await submit('Код из письма')
  expect(text()).toContain('Теперь у абонента liza.vorontsova@gmail.com.')
  await click('Вернуть прежний адрес')
  expect(bridge.inputsOf('visits.undo')).toMatchObject([{ target: done.operationId }])
})

test('an address that others have is told by their number, not by their names', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  await open({ 'contacts.checkEmail': () => ({ usedByOthers: 2, isCurrent: false }) })
  await type('Новый адрес', 'liza@mail.ru')
  await vi.advanceTimersByTimeAsync(400)
  await flushPromises()
  expect(text()).toContain('Этот адрес записан ещё у 2 абонентов.')
})
