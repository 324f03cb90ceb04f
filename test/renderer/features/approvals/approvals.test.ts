import ApprovalsPage from '@renderer/features/approvals/ApprovalsPage.vue'
import { flushPromises } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'
import type { WaitingApproval } from '@shared/contract/approvals'
import { FakeFailure } from '../../../support/fake-bridge'
import { at, operator } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

afterEach(() => void vi.useRealTimers())
const senior = { ...operator, id: 9, login: 'senior', fullName: 'Громов Игорь Станиславович', roles: ['supervisor' as const] }
const question: WaitingApproval = {
  id: 31, state: 'waiting', deliver: 'email', askedAt: at('09:44'), expiresAt: at('09:59'), decidedBy: null, decidedAt: null, how: null, comment: null,
  askedBy: 'Петренко Илья Ильич', window: '3', subscriberId: 1, subscriberName: 'Воронцова Елизавета Александровна', account: '740015023', provider: 'ЭнСер',
  identification: 'representative', documentType: 'passport_rf', represented: { by: 'power', name: 'Воронцов Пётр Ильич' }, sendTo: 'e***@gmail.com', login: '740015023', linkedAccounts: 2, esiaLinks: 1,
  lastSignInAt: null, passwordIssuedAt: at('10:14', '2025-02-11'), changes: [{ kind: 'email', from: 'l***@yandex.ru', to: 'e***@gmail.com', at: at('09:40') }],
}
const open = (handlers: NonNullable<Parameters<typeof mountPage>[1]>['handlers'] = {}) => mountPage(ApprovalsPage, { staff: senior, handlers: { 'approvals.waiting': () => ({ approvals: [question] }), ...handlers } })
const text = () => document.body.textContent ?? ''
async function press(code: string) {
  ;(document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent('keydown', { code, altKey: true, bubbles: true, cancelable: true }))
  await flushPromises()
}
async function submit() {
  document.querySelector('dialog form')!.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))
  await flushPromises()
}
async function type(value: string) {
  const field = document.querySelector<HTMLInputElement>('dialog input')!
  field.value = value
  field.dispatchEvent(new Event('input', { bubbles: true }))
  await flushPromises()
}

test('a supervisor sees who asks, for whom, what was changed and where the password would go, masked', async () => {
  await open()
  for (const words of ['Воронцова Елизавета Александровна', 'Новый пароль, ЭнСер, счёт 740015023', 'Петренко Илья Ильич, окно 3', 'почта l•••@yandex.ru → e•••@gmail.com', 'письмом на e•••@gmail.com', 'представитель: Воронцов Пётр Ильич'])
    expect(text()).toContain(words)
})

test('a key and Enter approve; the remark is the operator’s to read', async () => {
  let answered = false
  const { bridge } = await open({
    'approvals.waiting': () => ({ approvals: answered ? [] : [question] }),
    'approvals.decide': () => {
      answered = true
      return { ...question, state: 'granted', decidedBy: senior.fullName, decidedAt: at('09:46'), how: 'remote' }
    },
  })
  await press('KeyA')
  expect(document.querySelector('dialog')?.textContent).toContain('Воронцова Елизавета Александровна')
  await submit()
  expect(bridge.inputsOf('approvals.decide')).toMatchObject([{ approvalId: 31, granted: true, comment: null }])
  expect(text()).toContain('Запросов нет')
})

test('a refusal is not sent without a reason', async () => {
  const { bridge } = await open({ 'approvals.decide': () => ({ ...question, state: 'refused' }) })
  await press('KeyX')
  await submit()
  expect(bridge.inputsOf('approvals.decide')).toEqual([])
  expect(text()).toContain('Напишите причину отказа')
  await type('Посетитель не знает прежний адрес')
  await submit()
  expect(bridge.inputsOf('approvals.decide')).toMatchObject([{ granted: false, comment: 'Посетитель не знает прежний адрес' }])
})

test('a question that was answered by another one is gone, and why is told', async () => {
  let answered = false
  await open({
    'approvals.waiting': () => ({ approvals: answered ? [] : [question] }),
    'approvals.decide': () => {
      answered = true
      throw new FakeFailure('conflict', 'approvalEnded')
    },
  })
  await press('KeyA')
  await submit()
  expect(text()).toContain('По этому запросу уже решили')
  expect(text()).toContain('Запросов нет')
  expect(document.querySelector('dialog form')).toBeNull()
})

test('a new question appears when the database tells of it', async () => {
  let approvals: WaitingApproval[] = []
  const { bridge } = await open({ 'approvals.waiting': () => ({ approvals }) })
  expect(text()).toContain('Запросов нет')
  approvals = [question]
  bridge.emit('desk.changed', { subscriberId: 1, by: 'other', kind: 'approvals.ask' })
  await flushPromises()
  expect(text()).toContain('Воронцова Елизавета Александровна')
})
