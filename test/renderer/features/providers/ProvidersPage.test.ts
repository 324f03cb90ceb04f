import { examplePassword } from '@renderer/features/providers/example-password'
import ProvidersPage from '@renderer/features/providers/ProvidersPage.vue'
import { passwordProblems } from '@shared/domain/password-policy'
import type { ProviderCard } from '@shared/domain/provider-profile'
import { defaultIdentification } from '@shared/domain/identification'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { admin, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const provider: ProviderCard & { id: number; version: number } = {
  id: 1, version: 1, code: 'enser', name: 'ЭнСер', legalName: 'ООО «ЭнСер»', inn: '7400000015', kpp: null, ogrn: null, bankName: 'Банк', bic: '047501602',
  settlementAccount: '40702810572000000017', correspondentAccount: '30101810700000000602', address: 'г. Энск', phone: '8-800-000-00-00', email: null, site: null,
  services: [{ code: 'cold_water', name: 'Холодная вода', unit: 'м³' }],
  profile: {
    portal: { name: 'Личный кабинет ЭнСер', url: 'https://lk.example.org/', scheme: 'account', firstSteps: ['Откройте {url}'], esia: false, pin: true, confirmations: ['link', 'smsCode', 'emailCode'], confirmUrl: 'https://lk.example.org/confirm#{token}', pinDigits: 6, pinHours: 72, linkMinutes: 1440, codeMinutes: 10, accountProofs: ['surname', 'password'], accessAfterClosing: 'stays' },
    password: { min: 8, max: 20, length: 10, alphabet: 'dfghjkmnqrstuvwz23456789', requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper'], chosenBy: 'office' },
    safety: { revertHours: 24, reissueAfterContactChange: 'flag', recentHours: 24 },
    notices: { contactChanged: ['email', 'sms'], passwordIssued: ['email'], accessChanged: ['email'] },
    messages: {},
    accountNumber: { digitsOnly: true, minLength: 6, maxLength: 10, hint: 'Только цифры' },
    readings: { windowFromDay: 15, windowToDay: 3, acceptDecimals: 0, expiredVerification: 'warn', maxMonthly: { cold_water: 100_000, hot_water: 1, electricity: 1, gas: 1, heat: 1 }, averageFactor: 3, graceDays: 0, windows: [], normMonthly: {}, rules: [] },
    memo: { title: 'Памятка', appendixTo: null, wifi: false, securityNote: 'Никому', howToPay: ['В банке'], readings: [], notes: [], terms: [], lowerHalf: 'receipt', design: 'utility', format: 'a4', connection: null },
    paymentDocument: { vatNote: null, qrEncoding: 'utf-8', techCode: '02', notice: null, kind: 'utility' },
    identification: defaultIdentification,
    phones: [{ label: 'Справочная', phone: '8-800-000-00-00' }], hours: 'пн–пт 8:00–17:00', emergency: null,
  },
}
const internet = { ...provider, id: 2, code: 'istelecom', name: 'ИС-Телеком', services: [{ code: 'internet', name: 'Интернет', unit: null }] }
const open = (list: unknown[] = [provider, internet]) => mountPage(ProvidersPage, { staff: admin, handlers: { 'providers.list': () => list } })

test('rules of a provider are said in words', async () => {
  const { press, text } = await open()
  ;(document.querySelector('[role=listbox]') as HTMLElement).focus()
  await press('ArrowDown')
  for (const words of ['номер лицевого счёта', 'по ссылке из письма', 'от 8 до 20 знаков', 'обязательно буква и цифра', '3 суток; одноразовый', 'с 15 числа по 3 число следующего месяца', 'только целые', 'нужна причина', '100 м³'])
    expect(text().replace(/\u00a0/g, ' ')).toContain(words)
})

test('an internet provider has no rules of readings to read', async () => {
  const { text } = await open([internet])
  expect(text()).toContain('Счётчиков у этого поставщика нет.')
})

test('an example of a password keeps the policy and is marked as an example', async () => {
  const { text } = await open()
  expect(text()).toContain('Пример, не пароль')
  for (let time = 0; time < 50; time++) expect(passwordProblems(provider.profile.password, examplePassword(provider.profile.password) ?? '')).toEqual([])
})

test('a policy that nothing can meet shows no example', () => {
  expect(examplePassword({ ...provider.profile.password, alphabet: 'abcdefghij', requireDigit: true })).toBeNull()
})

test('an office without providers says so', async () => {
  const { text } = await open([])
  expect(text()).toContain('Поставщиков пока нет.')
})

const box = (name: string) => document.querySelector<HTMLInputElement>(`input[aria-label="${name}"]`)!

test('the administrator changes what suffices for what, and only what holds together is saved', async () => {
  const saved = { ...provider, version: 2, profile: { ...provider.profile, identification: { ...defaultIdentification, sufficient: { ...defaultIdentification.sufficient, requests: ['document' as const, 'notarialPower' as const] } } } }
  const { bridge, text, click } = await mountPage(ProvidersPage, { staff: admin, handlers: { 'providers.list': () => [provider], 'providers.save': () => saved } })
  expect(text()).toContain('Изменений нет')
  box('принять заявку: нотариальная доверенность').click()
  await click('Сохранить')
  expect(text()).toContain('Если достаточно простой доверенности, достаточно и нотариальной.')
  expect(bridge.inputsOf('providers.save')).toEqual([])
  for (const kind of ['нотариальная доверенность', 'простая доверенность', 'родитель', 'опекун', 'представитель организации', 'руководитель']) {
    box(`принять заявку: ${kind}`).click()
    await flushPromises()
  }
  await click('Сохранить')
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ code: 'enser', version: 1, profile: { identification: { sufficient: { requests: ['document', 'notarialPower'] } } } }])
  expect(text()).toContain('Правила сохранены и действуют во всех окнах.')
})

test('who is no administrator reads the rules and can’t change them', async () => {
  const { button } = await mountPage(ProvidersPage, { staff: supervisor, handlers: { 'providers.list': () => [provider] } })
  expect(box('принять заявку: сам абонент').disabled).toBe(true)
  expect(button('Сохранить')).toBeUndefined()
})
