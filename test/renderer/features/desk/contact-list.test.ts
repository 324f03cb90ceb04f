import type { Card } from '@shared/contract/desk'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { card, contact, openVisit } from '../../../support/fake-office'
import { button, click, text } from '../../../support/fake-page'
import { openOverview, openTimeline } from './open-overview'

const inHours = (hours: number) => new Date(Date.now() + hours * 3_600_000 + 60_000).toISOString()
const of = (contacts: Card['contacts'], more: Partial<Card> = {}): Card => ({ ...card, ...more, contacts })
const shown = () => [...document.querySelectorAll('.contacts li')].map((one) => one.textContent?.replace(/\s+/g, ' ').replace('. Показать полностью', ' ').trim())

test('the main ones stand first, purposes and states in words, what waits for its link last', async () => {
  const awaiting = { confirmationId: 5, way: 'link' as const, expiresAt: '2027-01-05T09:20:00Z', resendAllowedAt: inHours(-1), delivery: 'sent' as const }
  await openOverview({
    card: of([
      contact({ id: 1, masked: 'w***@mail.ru', state: 'awaiting', isCurrent: false, awaiting }),
      contact({ id: 2, masked: 'b***@uyut.example', purpose: 'bills', state: 'confirmed', confirmedHow: 'link' }),
      contact({ id: 3, kind: 'phone', masked: '+7 *** ***-41-07', state: 'confirmed', confirmedHow: 'codeAtDesk' }),
      contact({ id: 4, masked: 'm***@uyut.example', state: 'confirmed', confirmedHow: 'portal' }),
    ]),
  })
  expect(shown()).toEqual([
    'm•••@uyut.example Почта, основная: подтверждена в личном кабинете',
    '+7 ••• •••-41-07 Телефон: подтверждён кодом в офисе',
    'b•••@uyut.example Почта, для счетов: подтверждена по ссылке',
    expect.stringMatching(/^w•••@mail\.ru Почта, основная: ждёт подтверждения по ссылке до 05\.01\.2027, \d\d:20$/),
  ])
})

test('what waits too long says so', async () => {
  const awaiting = { confirmationId: 5, way: 'emailCode' as const, expiresAt: '2026-01-05T09:20:00Z', resendAllowedAt: inHours(-1), delivery: 'sent' as const }
  await openOverview({ card: of([contact({ awaiting })]) })
  expect(shown()[0]).toMatch(/не подтверждена, срок подтверждения истёк 05\.01\.2026/)
})

test('a fresh change is taken back from the list, with the passwords that went with it', async () => {
  const { bridge } = await openOverview({ card: of([contact({ state: 'confirmed', revertUntil: inHours(5) })]), handlers: { 'contacts.revert': () => ({ restored: 'l***@yandex.ru', passwordsRevoked: 2, loginsChanged: 1 }) } })
  await click('Вернуть прежнюю, ещё 5 ч')
  expect(document.querySelector('dialog[open]')?.textContent).toContain('Сейчас: почта, основная, e•••@mail.ru.')
  document.querySelector('dialog[open] form')!.dispatchEvent(new Event('submit', { cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('contacts.revert')).toMatchObject([{ visitId: 900, contactId: 71, version: card.subscriber.version }])
})

test('a removed one stays in view while it can be brought back', async () => {
  await openOverview({ card: of([contact({ state: 'removed', isCurrent: false, revertUntil: inHours(5) }), contact({ id: 9, state: 'removed', isCurrent: false, masked: 'old***@mail.ru' })]) })
  expect(shown()[0]).toContain('Почта: убрана')
  expect(button('Вернуть, ещё 5 ч')).toBeDefined()
  expect(document.querySelectorAll('.contacts > ul > li')).toHaveLength(1)
})

test('who is not identified yet takes nothing back', async () => {
  const { bridge } = await openOverview({ visit: openVisit, card: of([contact({ state: 'confirmed', revertUntil: inHours(5) })]) })
  expect(button('Вернуть прежнюю').getAttribute('aria-disabled')).toBe('true')
  await click('Вернуть прежнюю')
  expect(bridge.inputsOf('contacts.revert')).toEqual([])
})

test('the timeline offers it once, at the newest entry about that contact, and not beside an undo', async () => {
  const entry = (operationId: string, kind: string, more = {}) => ({ ...card.timeline[2]!, operationId, kind, group: 'contacts' as const, details: { contactId: 71, to: 'e***@mail.ru', confirmed: true }, undone: false, ...more })
  const contacts = [contact({ state: 'confirmed', revertUntil: inHours(5) })]
  const ids = ['6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f3001', '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f3002'] as const
  await openTimeline({ card: of(contacts, { timeline: [entry(ids[0], 'contacts.confirmEmail'), entry(ids[1], 'contacts.changeEmail')] }) })
  const offers = () => [...document.querySelectorAll('li')].map((item) => item.textContent?.includes('Вернуть прежнюю'))
  expect(offers()).toEqual([true, false])
  document.body.innerHTML = ''
  await openTimeline({ card: of(contacts, { timeline: [entry(ids[0], 'contacts.confirmEmail', { canUndo: true })] }) })
  expect(text()).not.toContain('Вернуть прежнюю')
})

test('what the subscriber did by a link is told as theirs', async () => {
  const entry = { ...card.timeline[2]!, operationId: '6a1f0c1e-1d0f-4a52-9a55-0b3e4f7f3003', visitId: null, kind: 'contacts.confirmEmail', group: 'contacts' as const, staffName: null, details: { to: 'e***@mail.ru', confirmed: true } }
  await openTimeline({ card: of(card.contacts, { timeline: [entry] }) })
  expect(text()).toContain('Почта e•••@mail.ru подтвержденаабонент')
})
