import { useSessionStore } from '@renderer/session-store'
import { useSubjects } from '@renderer/subject'
import type { PersonalData } from '@shared/contract/desk'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { card, openVisit, supervisor, trainingPeople } from '../../../support/fake-office'
import { button, click, press, text } from '../../../support/fake-page'
import { openOverview } from './open-overview'

afterEach(() => vi.useRealTimers())

const personal: PersonalData = {
  documents: [{ type: 'passport_rf', series: '7404', number: '123456', issuedBy: 'ОВД г. Энска', issuedOn: '2004-04-02' }],
  snils: '11223344595', inn: null, birthDate: '1978-04-12', contactNote: null,
}
const unmask = { 'desk.unmask': () => personal }
const asSupervisor = { 'session.status': () => ({ version: '0', database: { state: 'ready' }, staff: supervisor, locked: false, training: trainingPeople }) }

test('the mask is the same for everybody and says nothing of what is on record', async () => {
  const masks = () => [...document.querySelectorAll('.mask')].map((one) => one.textContent)
  await openOverview()
  const first = masks()
  expect(first).toHaveLength(3)
  document.body.innerHTML = ''
  await openOverview({ card: { ...card, subscriber: { ...card.subscriber, id: 1, name: 'Ким О.', birthDate: null } } })
  expect(masks()).toEqual(first)
})

test('Alt+D and a digit show documents and numbers in full; the reason is sent', async () => {
  const { bridge } = await openOverview({ handlers: unmask })
  await press('KeyD', { altKey: true })
  await press('Digit2')
  expect(bridge.inputsOf('desk.unmask')).toMatchObject([{ visitId: 900, subscriberId: 1, reason: 'dictate' }])
  expect(text()).toContain('7404 123456')
  expect(text()).toContain('112-233-445 95')
  expect(text()).toContain('12.04.1978')
  expect(document.querySelectorAll('.mask')).toHaveLength(0)
})

test('a digit of the numeric keypad does the same, Esc shows nothing', async () => {
  const { bridge } = await openOverview({ handlers: unmask })
  await press('KeyD', { altKey: true })
  await press('Escape')
  expect(bridge.inputsOf('desk.unmask')).toEqual([])
  await press('KeyD', { altKey: true })
  await press('Numpad1')
  expect(bridge.inputsOf('desk.unmask')).toMatchObject([{ reason: 'verify' }])
})

test('what was shown is hidden after a minute', async () => {
  vi.useFakeTimers({ now: Date.parse('2026-11-22T04:45:00Z') })
  await openOverview({ handlers: unmask })
  await press('KeyD', { altKey: true })
  await press('Digit1')
  vi.advanceTimersByTime(59_000)
  await flushPromises()
  expect(text()).toContain('7404 123456')
  vi.advanceTimersByTime(1_250)
  await flushPromises()
  expect(text()).not.toContain('7404 123456')
})

test.each([
  ['the desk is locked', () => useSessionStore().lock()],
  ['another card comes in front', () => void (useSubjects().shownId = 2)],
])('and at once when %s', async (_when, leave) => {
  await openOverview({ handlers: { ...unmask } })
  const own = document.querySelector('main')!
  await press('KeyD', { altKey: true })
  await press('Digit1')
  expect(own.textContent).toContain('7404')
  await leave()
  await flushPromises()
  expect(own.textContent).not.toContain('7404')
})

test('what answers after the desk was locked is not shown', async () => {
  let answer: (value: PersonalData) => void = () => {}
  await openOverview({ handlers: { 'desk.unmask': () => new Promise<PersonalData>((resolve) => (answer = resolve)) } })
  await press('KeyD', { altKey: true })
  await press('Digit1')
  await useSessionStore().lock()
  answer(personal)
  await flushPromises()
  expect(text()).not.toContain('7404')
})

test('without an identified visitor nothing is asked, and the button says why', async () => {
  const { bridge } = await openOverview({ visit: openVisit, handlers: unmask })
  await press('KeyD', { altKey: true })
  expect(document.querySelector('dialog[open]')).toBeNull()
  const show = [...document.querySelectorAll('button')].find((one) => one.getAttribute('aria-keyshortcuts') === 'Alt+KeyD')!
  expect(document.getElementById(show.getAttribute('aria-describedby') ?? '')?.textContent).toBe('Сначала установите личность (F4)')
  expect(bridge.inputsOf('desk.unmask')).toEqual([])
})

test('a supervisor needs no visit for it', async () => {
  const { bridge } = await openOverview({ visit: null, handlers: { ...unmask, ...asSupervisor } })
  await press('KeyD', { altKey: true })
  await press('Digit3')
  expect(bridge.inputsOf('desk.unmask')).toMatchObject([{ visitId: null, reason: 'other' }])
})

test('a refusal is told where the reason was asked', async () => {
  await openOverview({
    handlers: {
      'desk.unmask': () => {
        throw new FakeFailure('databaseUnavailable')
      },
    },
  })
  await press('KeyD', { altKey: true })
  await press('Digit1')
  expect(document.querySelector('dialog[open]')?.textContent).toContain('Нет связи с базой данных.')
})

test('an organisation has its requisites open, and nothing to unmask', async () => {
  const { bridge } = await openOverview({ card: { ...card, subscriber: { ...card.subscriber, kind: 'organisation', birthDate: null, requisites: { inn: '7404123450', kpp: null, ogrn: '1027400000017' } } }, handlers: unmask })
  expect(text()).toContain('7404123450')
  expect(document.querySelectorAll('.mask')).toHaveLength(0)
  await press('KeyD', { altKey: true })
  expect(bridge.inputsOf('desk.unmask')).toEqual([])
  expect(document.querySelector('dialog[open]')).toBeNull()
})

test('Alt+K and a digit show all contacts in force, each logged; the replaced one stays masked', async () => {
  const { bridge } = await openOverview({ handlers: { 'contacts.unmask': ({ contactId }: { contactId: number }) => ({ value: contactId === 71 ? 'elizaveta@mail.ru' : '+79123454107' }) } })
  await press('KeyK', { altKey: true })
  await press('Digit1')
  expect(bridge.inputsOf('contacts.unmask')).toMatchObject([{ contactId: 71, reason: 'verify' }, { contactId: 72, reason: 'verify' }])
  expect(text()).toContain('elizaveta@mail.ru')
  expect(text()).toContain('+7 (912) 345-41-07')
  await press('KeyK', { altKey: true })
  expect(text()).not.toContain('elizaveta@mail.ru')
})

test('a press on one contact shows that one alone', async () => {
  const { bridge } = await openOverview()
  await click('e•••@mail.ru')
  await press('Digit1')
  expect(bridge.inputsOf('contacts.unmask')).toMatchObject([{ contactId: 71 }])
  expect(text()).toContain('elizaveta@mail.ru')
  expect(button('+7 •••')).toBeTruthy()
})
