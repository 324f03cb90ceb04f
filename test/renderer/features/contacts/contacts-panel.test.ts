import ContactsPanel from '@renderer/features/contacts/ContactsPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import type { PendingConfirmation } from '@shared/contract/contacts'
import { flushPromises } from '@vue/test-utils'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { at, card, contact, contactRules, identified, openVisit } from '../../../support/fake-office'
import { button, click, field, press, show, startBridge, submit, submitForm, text, type } from '../../../support/fake-page'

let bridge: FakeBridge
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toISOString()
const waiting = (change: Partial<PendingConfirmation> = {}): PendingConfirmation => ({
  id: 5, contactId: 6, kind: 'email', purpose: 'main', way: 'emailCode', value: 'liza.vorontsova@gmail.com', replaces: 'e***@mail.ru', expiresAt: inSeconds(900), attemptsLeft: 3, resendAllowedAt: inSeconds(30), resendsLeft: 4,
  delivery: 'sent', error: null, ...change,
})
const pending = (...confirmations: PendingConfirmation[]) => ({ 'contacts.pending': () => ({ ...contactRules, confirmations }) })
const label = 'Новая почта или телефон'

async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, 'contacts.change': () => ({ contactId: 6, confirmation: waiting() }), ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  await show(ContactsPanel)
}

/** Enter to the question in front. */
async function agree() {
  document.querySelector('dialog[open] form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}

async function change(value = 'liza.vorontsova@gmail.com') {
  await type(label, value)
  await submit(label)
  await agree()
}
async function choose(name: string, value: string) {
  const select = field(name) as unknown as HTMLSelectElement
  select.value = value
  select.dispatchEvent(new Event('change', { bubbles: true }))
  await flushPromises()
}
const question = () => document.querySelector('dialog[open]')

afterEach(() => {
  vi.useRealTimers()
})

test('without identification there is no form at all', async () => {
  await open({ 'visits.open': () => openVisit })
  expect(text()).toContain('Сначала установите личность (F4)')
  expect(() => field(label)).toThrow()
  expect(bridge.inputsOf('contacts.pending')).toEqual([])
})

describe('the one field', () => {
  test('what is no address is told at the field, and nothing is asked or sent', async () => {
    await open()
    await type(label, 'liza собака mail')
    await submit(label)
    expect(field(label).getAttribute('aria-invalid')).toBe('true')
    expect(question()).toBeNull()
    expect(bridge.inputsOf('contacts.change')).toEqual([])
  })

  test('a phone with a digit too few says how many it has', async () => {
    await open()
    await type(label, '8 912 345-67-8')
    await submit(label)
    expect(text()).toContain('в нём 10 цифр')
    expect(question()).toBeNull()
  })

  test.each([
    ['liza@gmial.com', 'liza@gmail.com'],
    ['дшяф"ьфшдюкг', 'liza@mail.ru'],
    ['liza @mail.ru', 'liza@mail.ru'],
  ])('for «%s» one key accepts %s', async (typed, meant) => {
    await open()
    await type(label, typed)
    expect(text()).toContain(`Возможно, ${meant}`)
    await press('Digit1', { altKey: true })
    expect(field(label).value).toBe(meant)
  })

  test('of two phones in one field one is chosen by a key; a made-up one is questioned', async () => {
    await open()
    await type(label, '8 912 345-67-89, 8 351 255-57-24')
    expect(text()).toContain('Возможно, +7 (912) 345-67-89')
    expect(text()).toContain('несколько номеров в одном поле')
    await press('Digit2', { altKey: true })
    expect(field(label).value).toBe('+7 (351) 255-57-24')
    await type(label, '8 900 000-00-00')
    expect(text()).toContain('Похоже на выдуманный номер.')
  })

  test('tells what stands now of the kind that is typed', async () => {
    await open()
    expect(text()).toContain('Сейчас: e•••@mail.ru, не подтверждена')
    await type(label, '8 912 34')
    expect(text()).toContain('Сейчас: +7 ••• •••-41-07, подтверждён кодом в офисе')
  })

  test('others who have the contact are told by their number and as much of their names as helps', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await open({ 'contacts.check': () => ({ usedByOthers: 2, hints: ['И*** П. С.', 'П*** А. А.'], isCurrent: false, impact: { logins: [], consents: [], bills: [] } }) })
    await type(label, 'liza@mail.ru')
    await vi.advanceTimersByTimeAsync(400)
    await flushPromises()
    expect(text()).toContain('Этот адрес записан ещё у 2 абонентов: И••• П. С., П••• А. А.')
    await type(label, '8 912 345-67-89')
    await vi.advanceTimersByTimeAsync(400)
    await flushPromises()
    expect(text()).toContain('Этот номер записан ещё у 2 абонентов')
    expect(bridge.inputsOf('contacts.check').at(-1)).toMatchObject({ kind: 'phone', value: '+79123456789' })
  })
})

describe('the last question', () => {
  test('repeats whose address it is, the old one masked and the new one in full, and whom the change is told', async () => {
    await open()
    await type(label, 'liza.vorontsova@gmail.com')
    await submit(label)
    for (const words of [card.subscriber.name, 'г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15', 'e•••@mail.ru', 'liza.vorontsova@gmail.com', 'О замене придёт сообщение: на почту e•••@mail.ru.', 'Вернуть прежний можно в течение 24 часов.']) expect(question()?.textContent).toContain(words)
    await press('Escape')
    expect(question()).toBeNull()
    expect(bridge.inputsOf('contacts.change')).toEqual([])
  })

  test('says what hangs on the contact that goes', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const impact = { logins: [{ portalName: 'Личный кабинет ЭнСер', taken: false }], consents: [{ providerName: 'ЭнСер', purpose: 'service', channel: 'email' }], bills: ['740015023'] }
    await open({ 'contacts.check': () => ({ usedByOthers: 0, hints: [], isCurrent: false, impact }) })
    await type(label, 'liza@mail.ru')
    await vi.advanceTimersByTimeAsync(400)
    await flushPromises()
    await submit(label)
    for (const words of ['Логином станет новый адрес: Личный кабинет ЭнСер.', 'Согласия на письма (ЭнСер)', 'Счета придут на новый адрес: 740015023.']) expect(question()?.textContent).toContain(words)
  })
})

describe('a change', () => {
  test('of an e-mail goes with the preferred way, as the main one, and with the version of the card', async () => {
    await open()
    await change()
    expect(bridge.inputsOf('contacts.change')).toMatchObject([
      { visitId: identified.id, kind: 'email', purpose: 'main', contactId: null, value: 'liza.vorontsova@gmail.com', way: 'emailCode', version: card.subscriber.version },
    ])
    expect(text()).toContain('Код отправлен на liza.vorontsova@gmail.com')
    expect(document.activeElement).toBe(field('Код из письма'))
  })

  test('of a phone takes the same keys and an SMS', async () => {
    await open({ 'contacts.change': () => ({ contactId: 8, confirmation: waiting({ kind: 'phone', way: 'smsCode', value: '+79123456789', delivery: 'sent' }) }) })
    await change('8 912 345-67-89')
    expect(bridge.inputsOf('contacts.change')).toMatchObject([{ kind: 'phone', purpose: 'main', value: '+79123456789', way: 'smsCode' }])
    expect(text()).toContain('Код отправлен на +7 (912) 345-67-89')
    expect(text()).toContain('СМС ушло')
    expect(document.activeElement).toBe(field('Код из СМС'))
  })

  test('of a landline is recorded as it is: no SMS is offered', async () => {
    await open({ 'contacts.change': () => ({ contactId: 8, confirmation: null }) })
    await type(label, '8 351 255-57-24')
    expect(text()).toContain('На городской номер СМС не отправить.')
    await submit(label)
    await agree()
    expect(bridge.inputsOf('contacts.change')).toMatchObject([{ kind: 'phone', value: '+73512555724', way: 'none' }])
    expect(text()).toContain('Телефон записан')
  })

  test('for another purpose may go without confirmation, and leaves the main one', async () => {
    await open({ 'contacts.change': () => ({ contactId: 8, confirmation: null }) })
    await type(label, 'buh@uyut.example')
    expect([...(field('Подтверждение') as unknown as HTMLSelectElement).options].map(({ value }) => value)).toEqual(['emailCode', 'link'])
    await choose('Назначение', 'bills')
    await choose('Подтверждение', 'none')
    await submit(label)
    expect(question()?.textContent).toContain('для счетов')
    await agree()
    expect(bridge.inputsOf('contacts.change')).toMatchObject([{ purpose: 'bills', contactId: null, way: 'none' }])
    expect(text()).toContain('Теперь у абонента buh@uyut.example.')
    expect(text()).not.toContain('Прежний контакт получит')
  })

  test('that the visitor confirms at home waits for its link, and the next contact can be recorded at once', async () => {
    await open({ 'contacts.change': () => ({ contactId: 6, confirmation: waiting({ way: 'link', attemptsLeft: null, delivery: 'sent', expiresAt: at('14:20', '2027-11-23') }) }) })
    await type(label, 'liza.vorontsova@gmail.com')
    await choose('Подтверждение', 'link')
    await submit(label)
    await agree()
    expect(text()).toContain('Ссылка отправлена на liza.vorontsova@gmail.com')
    expect(text()).toMatch(/Ссылка действует до 23\.11\.2027, 14:20/)
    expect(document.activeElement).toBe(field(label))
    expect(field(label).value).toBe('')
  })

  test('what the matrix of the provider denies says why, and is not asked', async () => {
    const denied = { subscriber: { ...identified.allowed.subscriber, changePhone: 'notarialPowerNeeded' }, accounts: {} }
    await open({ 'visits.open': () => ({ ...identified, allowed: denied }) })
    await type(label, '8 912 345-67-89')
    await submit(label)
    expect(button('Отправить код').getAttribute('aria-disabled')).toBe('true')
    expect(question()).toBeNull()
    await type(label, 'liza@mail.ru')
    expect(button('Отправить код').getAttribute('aria-disabled')).not.toBe('true')
  })
})

const conflict = { staffName: 'Лугова Мария Игоревна', at: '2026-11-22T12:31:00+05:00', kind: 'contacts.changeEmail', current: { value: 'e***@mail.ru', state: 'unconfirmed', awaiting: 'q***@new.example' } }
/** A colleague is quicker once; the card read after that has their version. */
const quicker = () => ({
  'contacts.change': ({ version }: { version: number }) => {
    if (version === card.subscriber.version) throw new FakeFailure('conflict', 'changedByAnotherDesk', conflict)
    return { contactId: 6, confirmation: waiting() }
  },
})
const newer = () => ({ ...card, subscriber: { ...card.subscriber, version: 77 } })

describe('when a colleague was first', () => {
  test('who, when and what is told, what it is now, and the typed address stays', async () => {
    await open(quicker())
    await change()
    expect(text()).toMatch(/запись изменил другой сотрудник: Лугова М\. И\., .*12:31/)
    expect(text()).toContain('Теперь: e•••@mail.ru (не подтверждена), q•••@new.example ждёт подтверждения.')
    expect(field(label).value).toBe('liza.vorontsova@gmail.com')
  })

  test('going on over the colleague’s asks once more and carries the version that was seen', async () => {
    await open(quicker())
    bridge.handle('desk.card', newer)
    await change()
    await click('Записать моё поверх')
    expect(question()).not.toBeNull()
    await agree()
    expect(bridge.inputsOf('contacts.change').map(({ version }) => version)).toEqual([card.subscriber.version, 77])
    expect(text()).toContain('Код отправлен на liza.vorontsova@gmail.com')
  })

  test('letting one’s own go leaves the colleague’s as it is', async () => {
    await open(quicker())
    await change()
    await click('Отказаться от моего')
    expect(field(label).value).toBe('')
    expect(text()).not.toContain('другой сотрудник')
    expect(bridge.inputsOf('contacts.change')).toHaveLength(1)
  })

  test('a register that was quicker is told without a name', async () => {
    await open({
      'contacts.change': () => {
        throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: null, at: null, kind: null, current: { value: null, state: null, awaiting: null } })
      },
    })
    await change()
    expect(text()).toMatch(/Пока форма была открыта, запись изменилась\. ?Теперь: почты нет\./)
  })
})

describe('the code', () => {
  test('its letter is followed every second until it has left, and no longer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    await open({ 'contacts.change': () => ({ contactId: 6, confirmation: waiting({ delivery: 'queued' }) }) })
    await change()
    const looks = () => bridge.inputsOf('contacts.pending').length
    const before = looks()
    bridge.handle('contacts.pending', () => ({ ...contactRules, confirmations: [waiting({ delivery: 'sending' })] }))
    await vi.advanceTimersByTimeAsync(2_000)
    expect(looks() - before).toBe(2)
    expect(text()).toContain('письмо отправляется')
    bridge.handle('contacts.pending', () => ({ ...contactRules, confirmations: [waiting({ delivery: 'sent' })] }))
    await vi.advanceTimersByTimeAsync(1_000)
    expect(text()).toContain('письмо ушло')
    await vi.advanceTimersByTimeAsync(5_000)
    expect(looks() - before).toBe(3)
  })

  test('begun earlier in the visit goes on', async () => {
    await open(pending(waiting({ delivery: 'sent', attemptsLeft: 2 })))
    expect(text()).toContain('письмо ушло')
    expect(document.activeElement).toBe(field('Код из письма'))
  })

  test('a letter that was refused says so while the address can still be corrected', async () => {
    await open(pending(waiting({ delivery: 'failed', error: 'smtp550' })))
    expect(text()).toContain('Письмо не доставлено. Почтовый сервер получателя ответил, что такого ящика нет')
  })

  test('wrong, it says how many attempts are left; it has only digits', async () => {
    await open({ ...pending(waiting({ delivery: 'sent' })), 'contacts.confirm': () => ({ confirmed: false, attemptsLeft: 2 }) })
    await type('Код из письма', '48 12-07 9')
    expect(field('Код из письма').value).toBe('481207')
    await submit('Код из письма')
    expect(text()).toContain('Код не подошёл. Осталось 2 попытки.')
    expect(field('Код из письма').value).toBe('')
  })

  test('is taken while the panel looks at what another desk has done', async () => {
    let looks = 0
    const answerNever = new Promise<never>(() => undefined)
    await open({
      'contacts.pending': () => (looks++ === 0 ? { ...contactRules, confirmations: [waiting({ delivery: 'sent' })] } : answerNever),
      'contacts.confirm': () => ({ confirmed: true, attemptsLeft: 3 }),
    })
    useVisitStore().revision++
    await flushPromises()
    expect(looks).toBe(2)
    await type('Код из письма', '481207')
    await submit('Код из письма')
    expect(bridge.inputsOf('contacts.confirm')).toMatchObject([{ code: '481207' }])
  })

  test('that got no answer stays for the next try', async () => {
    await open({ ...pending(waiting({ delivery: 'sent' })), 'contacts.confirm': () => { throw new FakeFailure('databaseUnavailable') } })
    await type('Код из письма', '481207')
    await submit('Код из письма')
    expect(field('Код из письма').value).toBe('481207')
  })

  test('of five digits is not sent', async () => {
    await open(pending(waiting({ delivery: 'sent' })))
    await type('Код из письма', '48120')
    await submit('Код из письма')
    expect(bridge.inputsOf('contacts.confirm')).toEqual([])
  })

  test('is sent again only after its time, by button or key, and not for ever', async () => {
    await open(pending(waiting({ delivery: 'sent' })))
    expect(button('Отправить ещё раз').getAttribute('aria-disabled')).toBe('true')
    await press('KeyR', { altKey: true })
    expect(bridge.inputsOf('contacts.resend')).toEqual([])
  })

  test('is sent again when its time has come', async () => {
    await open({ ...pending(waiting({ delivery: 'sent', resendAllowedAt: inSeconds(-1) })), 'contacts.resend': () => waiting({ resendsLeft: 0 }) })
    await press('KeyR', { altKey: true })
    expect(bridge.inputsOf('contacts.resend')).toMatchObject([{ confirmationId: 5 }])
    expect(text()).toContain('Больше отправить нельзя')
  })

  test('right, it confirms the address, and the earlier one can be restored', async () => {
    const done = { ...card.timeline[0]!, operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f1009', kind: 'contacts.confirmEmail', details: { confirmed: true, to: 'l***@gmail.com', contactId: 6 }, canUndo: true }
    await open({ ...pending(waiting({ delivery: 'sent' })), 'contacts.confirm': () => ({ confirmed: true, attemptsLeft: 3 }), 'desk.card': () => ({ ...card, timeline: [done, ...card.timeline] }) })
    await type('Код из письма', '481207')
    await submit('Код из письма')
    expect(text()).toContain('Теперь у абонента liza.vorontsova@gmail.com. Прежний контакт получит сообщение о замене.')
    // Nothing that takes it back is under the next Enter.
    expect(document.activeElement?.textContent).toContain('Почта подтверждена')
    await click('Вернуть прежний адрес')
    expect(bridge.inputsOf('visits.undo')).toMatchObject([{ target: done.operationId }])
  })

  test('a change that is cancelled leaves the form again', async () => {
    await open({ ...pending(waiting({ delivery: 'sent' })), 'contacts.cancel': () => ({}) })
    await click('Отменить замену')
    expect(bridge.inputsOf('contacts.cancel')).toMatchObject([{ confirmationId: 5 }])
    expect(document.activeElement).toBe(field(label))
  })
})

describe('contacts in force', () => {
  const extra = contact({ id: 80, kind: 'phone', purpose: 'notices', masked: '+7 *** ***-00-11' })
  const withExtra = { 'desk.card': () => ({ ...card, contacts: [...card.contacts, extra] }) }

  test('one that nobody has confirmed is confirmed without being typed again', async () => {
    await open({ 'contacts.ask': () => waiting({ contactId: 71, value: 'e***@mail.ru', replaces: null }) })
    await click('Подтвердить кодом: Почта e•••@mail.ru')
    expect(bridge.inputsOf('contacts.ask')).toMatchObject([{ contactId: 71, way: 'emailCode' }])
    expect(document.activeElement).toBe(field('Код из письма'))
    expect(text()).toContain('Код отправлен на e•••@mail.ru')
  })

  test('an SMS is offered for a mobile phone and not for a landline', async () => {
    await open({ 'desk.card': () => ({ ...card, contacts: [contact({ id: 90, kind: 'phone', masked: '+7 *** ***-57-24' }), contact({ id: 91, kind: 'phone', purpose: 'extra', masked: '+7 *** ***-00-11', canSms: true })] }) })
    expect(() => button('Подтвердить кодом: Телефон, основной')).toThrow()
    expect(button('Подтвердить кодом: Телефон, дополнительный')).toBeDefined()
  })

  test('a further one is replaced by its own kind only', async () => {
    await open({ ...withExtra, 'contacts.change': () => ({ contactId: 81, confirmation: null }) })
    await click('Заменить: Телефон, для уведомлений +7 ••• •••-00-11')
    expect(text()).toContain('Вместо +7 ••• •••-00-11')
    await type(label, 'liza@mail.ru')
    await submit(label)
    expect(text()).toContain('Вместо телефона нужен телефон.')
    await type(label, '8 351 255-57-24')
    await submit(label)
    await agree()
    expect(bridge.inputsOf('contacts.change')).toMatchObject([{ kind: 'phone', purpose: 'notices', contactId: 80, value: '+73512555724' }])
  })

  test('one is removed after a question; what hangs on it is told, and decided on', async () => {
    const impact = { logins: [], consents: [{ providerName: 'ЭнСер', purpose: 'service', channel: 'sms' }], bills: [] }
    await open({
      'contacts.remove': ({ despite }: { despite: boolean }) => {
        if (!despite) throw new FakeFailure('conflict', 'contactInUse', impact)
        return {}
      },
    })
    await click('Убрать: Телефон +7 ••• •••-41-07')
    expect(bridge.inputsOf('contacts.remove')).toEqual([])
    await agree()
    expect(text()).toContain('Согласия на СМС (ЭнСер)')
    await submitForm('Всё равно убрать')
    expect(bridge.inputsOf('contacts.remove').map(({ contactId, despite }) => [contactId, despite])).toEqual([[72, false], [72, true]])
    expect(question()).toBeNull()
  })

  test('what could not be done to one of them is told also while no form is there, and forgotten with its question', async () => {
    await open({
      ...withExtra,
      'contacts.change': () => ({ contactId: 8, confirmation: null }),
      'contacts.ask': () => {
        throw new FakeFailure('conflict', 'codesExceeded', { limit: 10 })
      },
      'contacts.remove': () => {
        throw new FakeFailure('conflict', 'contactInUse', { logins: [], consents: [], bills: [] })
      },
    })
    await change('8 351 255-57-24')
    expect(() => field(label)).toThrow()
    await click('Подтвердить кодом: Почта e•••@mail.ru')
    expect(document.querySelectorAll('.failure')).toHaveLength(1)
    await click('Убрать: Почта e•••@mail.ru')
    await agree()
    await press('Escape')
    expect(document.querySelectorAll('.failure')).toHaveLength(0)
  })

  test('a colleague’s change of yesterday is taken back, with the hours that are left', async () => {
    const changed = contact({ state: 'confirmed', revertUntil: inSeconds(23 * 3600 + 60) })
    await open({ 'desk.card': () => ({ ...card, contacts: [changed] }), 'contacts.revert': () => ({ restored: 'l***@yandex.ru', passwordsRevoked: 1, loginsChanged: 0 }) })
    await click('Вернуть прежнюю, ещё 23 ч')
    expect(question()?.textContent).toContain(card.subscriber.name)
    await agree()
    expect(bridge.inputsOf('contacts.revert')).toMatchObject([{ visitId: identified.id, contactId: 71, version: card.subscriber.version }])
  })

  test('after its time nothing offers to take a change back', async () => {
    await open({ 'desk.card': () => ({ ...card, contacts: [contact({ state: 'confirmed', revertUntil: inSeconds(-1) })] }) })
    expect(() => button('Вернуть')).toThrow()
  })
})

test('the history says old and new, who, when and how; the subscriber’s own by link', async () => {
  await open({
    'contacts.history': () => ({
      entries: [
        { at: at('09:50'), kind: 'email', purpose: 'main', what: 'confirmed', from: null, to: 'l***@gmail.com', how: 'link', staffName: null },
        { at: at('09:44'), kind: 'email', purpose: 'main', what: 'changed', from: 'e***@mail.ru', to: 'l***@gmail.com', how: 'desk', staffName: 'Лугова Мария Игоревна' },
      ],
    }),
  })
  expect(bridge.inputsOf('contacts.history')).toEqual([])
  const details = document.querySelector('details')!
  details.open = true
  details.dispatchEvent(new Event('toggle'))
  await flushPromises()
  expect(bridge.inputsOf('contacts.history')).toMatchObject([{ subscriberId: 1 }])
  expect(text()).toContain('e•••@mail.ru → l•••@gmail.com')
  expect(text()).toContain('заменено, в офисе, Лугова М. И.')
  expect(text()).toContain('подтверждено, по ссылке')
})
