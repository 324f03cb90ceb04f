import PortalAccessPanel from '@renderer/features/portal-access/PortalAccessPanel.vue'
import { useSessionStore } from '@renderer/session-store'
import { useVisitStore } from '@renderer/visit-store'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import type { Approval } from '@shared/contract/approvals'
import { FakeFailure, type FakeBridge } from '../../../support/fake-bridge'
import { at, energy, identified, impact } from '../../../support/fake-office'
import { click, show, startBridge, submitForm, text } from '../../../support/fake-page'

// Handing a password over by letter, the consent of a supervisor, the check of a disputed sheet: what the operator sees and what is asked of main.

let bridge: FakeBridge
afterEach(() => void vi.useRealTimers())
async function open(handlers: Parameters<typeof startBridge>[0] = {}) {
  bridge = startBridge({ 'visits.open': () => identified, ...handlers })
  await useSessionStore().load()
  await useVisitStore().open(1)
  await show(PortalAccessPanel, { subscriberId: 1, accountId: energy.id })
}
const radio = (value: string) => document.querySelector<HTMLInputElement>(`input[type=radio][value=${value}]`)!
async function choose(value: string) {
  radio(value).click()
  await flushPromises()
}
async function confirm() {
  document.querySelector('dialog[role=alertdialog] form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}
const granted = (change: Partial<Approval> = {}): Approval => ({
  id: 31, state: 'granted', deliver: 'paper', askedAt: at('09:44'), expiresAt: at('10:00'), decidedBy: 'Громов Игорь Станиславович', decidedAt: at('09:45'), how: 'remote', comment: null, ...change,
})
const waiting = granted({ state: 'waiting', decidedBy: null, decidedAt: null, how: null })

test('a letter goes to the masked address, and how it fares is told until it has left', async () => {
  let state = 'queued'
  await open({ 'portalAccess.letter': () => ({ letter: { channel: 'email', to: 'e***@mail.ru', state, error: null } }) })
  vi.useFakeTimers()
  await choose('email')
  await submitForm('Выпустить пароль и отправить письмо')
  expect(text()).toContain('Пароль уйдёт только в сообщении: e•••@mail.ru')
  await confirm()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toMatchObject([{ output: { how: 'email' } }])
  await vi.advanceTimersByTimeAsync(1500)
  expect(text()).toContain('ждёт отправки')
  state = 'sent'
  await vi.advanceTimersByTimeAsync(1500)
  expect(text()).toContain('отправлено')
  const asked = bridge.inputsOf('portalAccess.letter').length
  await vi.advanceTimersByTimeAsync(60_000)
  expect(bridge.inputsOf('portalAccess.letter')).toHaveLength(asked)
})

test('a letter that was not delivered is told with what to do', async () => {
  await open({ 'portalAccess.letter': () => ({ letter: { channel: 'email', to: 'e***@mail.ru', state: 'failed', error: '550' } }) })
  vi.useFakeTimers()
  await choose('email')
  await submitForm('Выпустить пароль')
  await confirm()
  await vi.advanceTimersByTimeAsync(100)
  expect(text()).toContain('не доставлено')
  expect(text()).toContain('Прежний пароль уже не действует, поэтому выпустите новый')
})

test.each([
  [{ emailMasked: null }, 'email', 'почта не подтверждена, F5'],
  [{ phoneMasked: null }, 'sms', 'телефон не подтверждён, F5'],
  [{ canSend: { email: true, sms: false } }, 'sms', 'отправка не настроена'],
])('a way that is shut says why (%o)', async (change, way, words) => {
  await open({ 'portalAccess.impact': () => ({ ...impact, ...change }) })
  expect(radio(way).disabled).toBe(true)
  expect(text()).toContain(words)
})

test('a provider that hands passwords over on paper offers nothing else', async () => {
  await open({ 'portalAccess.impact': () => ({ ...impact, deliverBy: ['paper'] }) })
  expect([...document.querySelectorAll('input[type=radio]')].map((input) => (input as HTMLInputElement).value)).toEqual(['print', 'save'])
})

test('large print is asked of the sheet', async () => {
  await open()
  document.querySelector<HTMLInputElement>('input[type=checkbox]')!.click()
  await submitForm('Выпустить пароль')
  await confirm()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toMatchObject([{ output: { how: 'print', large: true } }])
})

test('where a supervisor must approve, the key asks for that first, and goes on by itself when the consent comes', async () => {
  let approval: Approval | null = null
  await open({
    'portalAccess.impact': () => ({ ...impact, approval: approval?.state ?? 'needed' }),
    'approvals.ask': () => (approval = waiting),
    'approvals.state': () => ({ approval }),
  })
  expect(text()).toContain('нужно одобрение старшего смены')
  vi.useFakeTimers()
  await submitForm('Запросить одобрение')
  expect(bridge.inputsOf('approvals.ask')).toMatchObject([{ visitId: identified.id, accountId: energy.id, kind: 'portalAccess.reissuePassword', deliver: 'paper' }])
  expect(text()).toContain('Запрос виден старшим смены')
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toEqual([])
  approval = granted()
  await vi.advanceTimersByTimeAsync(6_000)
  expect(text()).toContain('Одобрено: Громов Игорь Станиславович')
  await submitForm('Выпустить пароль')
  await confirm()
  expect(bridge.inputsOf('portalAccess.reissuePassword')).toHaveLength(1)
})

test('a supervisor signs in at the window for this one decision, and nothing of the password stays', async () => {
  await open({
    'portalAccess.impact': () => ({ ...impact, approval: 'needed' }),
    'approvals.ask': () => waiting,
    'approvals.decideHere': () => granted({ how: 'here' }),
  })
  await submitForm('Запросить одобрение')
  const [login, password] = [...document.querySelectorAll<HTMLInputElement>('dialog input')]
  for (const [field, value] of [[login!, 'senior'], [password!, 'senior-password-1']] as const) {
    field.value = value
    field.dispatchEvent(new Event('input', { bubbles: true }))
  }
  await flushPromises()
  expect(password!.type).toBe('password')
  document.querySelector('dialog[open] form, dialog form')?.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('approvals.decideHere')).toMatchObject([{ approvalId: 31, login: 'senior', password: 'senior-password-1' }])
  expect(text()).toContain('Одобрено: Громов Игорь Станиславович')
  expect([...document.querySelectorAll('input')].map(({ value }) => value)).not.toContain('senior-password-1')
})

test('an approval for paper is none for a letter', async () => {
  await open({ 'portalAccess.impact': () => ({ ...impact, approval: 'granted' }), 'approvals.state': () => ({ approval: granted() }) })
  expect(text()).toContain('Одобрено: Громов')
  await choose('email')
  expect(text()).toContain('Одобрен другой способ.')
  expect(text()).toContain('Запросить одобрение')
})

test('an approval that was used up meanwhile is asked for again', async () => {
  let state: Approval | null = granted()
  await open({
    'portalAccess.impact': () => ({ ...impact, approval: state === null ? 'needed' : 'granted' }),
    'approvals.state': () => ({ approval: state }),
    'portalAccess.reissuePassword': () => {
      state = null
      throw new FakeFailure('forbidden', 'approvalNeeded')
    },
  })
  await submitForm('Выпустить пароль')
  await confirm()
  expect(text()).toContain('нужно одобрение старшего смены')
  expect(text()).toContain('Запросить одобрение')
})

test('a disputed sheet is asked about as it is typed, and its memo is told', async () => {
  await open({ 'portalAccess.checkSheet': () => ({ matches: 'replaced', memoNumber: '2026-000147', issuedAt: at('09:00', '2026-11-01'), expired: false, replacedAt: at('09:45'), replacedBy: 'subscriber', triesLeft: 5 }) })
  await click('Проверить спорный лист')
  const field = document.querySelector<HTMLInputElement>('dialog input')!
  expect(field.type).toBe('password')
  field.value = 'dfgh jkmn qr'
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
  field.closest('form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
  expect(bridge.inputsOf('portalAccess.checkSheet')).toMatchObject([{ accountId: energy.id, password: 'dfgh jkmn qr' }])
  expect(text()).toContain('Это пароль памятки № 2026-000147 от 01.11.2026')
  expect(text()).toContain('абонент сам сменил пароль на портале')
})
