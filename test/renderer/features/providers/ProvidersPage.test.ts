import { examplePassword } from '@renderer/features/providers/example-password'
import ProvidersPage from '@renderer/features/providers/ProvidersPage.vue'
import { passwordProblems } from '@shared/domain/password-policy'
import { documentLayout } from '@shared/domain/document-layout'
import { usualPenaltyRates, type ProviderCard } from '@shared/domain/provider-profile'
import { defaultIdentification } from '@shared/domain/identification'
import { flushPromises } from '@vue/test-utils'
import { setLocale } from '@renderer/i18n'
import { expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { admin, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

vi.mock('@renderer/components/pdf-pages', () => ({ openPdf: () => new Promise(() => undefined) }))

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
    paymentDocument: { vatNote: null, qrEncoding: 'utf-8', techCode: '02', notice: 'Показания принимаются до 25 числа.', kind: 'utility', layout: documentLayout.parse({}), penaltyRates: usualPenaltyRates },
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
const field = (path: string) => document.querySelector<HTMLInputElement | HTMLTextAreaElement | HTMLSelectElement>(`[data-path="${path}"] :is(input, textarea, select)`)!
const fill = async (path: string, text: string) => {
  const input = field(path)
  input.value = text
  input.dispatchEvent(new Event(input instanceof HTMLSelectElement ? 'change' : 'input', { bubbles: true }))
  await flushPromises()
}
const tick = async (path: string, words: string) => {
  const label = [...document.querySelectorAll(`[data-path="${path}"] label`)].find((one) => one.textContent?.includes(words))
  label!.querySelector('input')!.click()
  await flushPromises()
}
const alerts = () => [...document.querySelectorAll('[role=alert]')].map((one) => one.textContent?.replace(/\s+/g, ' ').trim())
const sections = ['Реквизиты', 'Личный кабинет', 'Пароль кабинета', 'Подтверждение и защита', 'Уведомления и письма', 'Памятка', 'Приём показаний', 'Платёжный документ', 'Кому что разрешено', 'Услуги', 'Тарифы', 'Заявки', 'История']

/** The editor of a provider; whatever is saved comes back as the next version. */
async function edit(handlers: Record<string, (input: never) => unknown> = {}, card: object = provider) {
  const page = await mountPage(ProvidersPage, {
    staff: admin,
    handlers: {
      'providers.list': () => [card],
      'providers.save': (input: unknown) => ({ id: 1, ...(input as object), version: ((input as { version?: number }).version ?? 0) + 1 }),
      'providers.history': () => [],
      'providers.previewMemo': () => ({ pdf: new Uint8Array([0]) }),
      ...(handlers as Record<string, (input: unknown) => unknown>),
    },
  })
  await page.press('e', { altKey: true, code: 'KeyE' })
  const go = (name: string) => page.click(new RegExp(`^${name}`))
  return { ...page, go }
}

test('every section has words for all it shows, in both languages', async () => {
  const { text } = await edit()
  const buttons = () => [...document.querySelectorAll<HTMLButtonElement>('nav button')]
  expect(buttons().map((one) => one.textContent?.trim())).toEqual(sections)
  try {
    for (const locale of ['ru', 'en'] as const) {
      await setLocale(locale)
      for (let index = 0; index < sections.length; index++) {
        buttons()[index]!.click()
        await flushPromises()
        expect(text()).not.toMatch(/providers\.|profile\.[a-z]/)
      }
    }
  } finally {
    await setLocale('ru')
  }
})

test('the administrator changes what suffices for what, and only what holds together is saved', async () => {
  const { bridge, text, press, go } = await edit()
  await go('Кому что разрешено')
  box('принять заявку: нотариальная доверенность').click()
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(text()).toContain('Если достаточно простой доверенности, достаточно и нотариальной.')
  expect(bridge.inputsOf('providers.save')).toEqual([])
  for (const kind of ['нотариальная доверенность', 'простая доверенность', 'родитель', 'опекун', 'представитель организации', 'руководитель']) {
    box(`принять заявку: ${kind}`).click()
    await flushPromises()
  }
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ code: 'enser', version: 1, profile: { identification: { sufficient: { requests: ['document', 'notarialPower'] } } } }])
  expect(text()).toContain('Изменений нет')
})

test('who is no administrator reads the rules and can’t change them', async () => {
  const { button, press } = await mountPage(ProvidersPage, { staff: supervisor, handlers: { 'providers.list': () => [provider] } })
  expect(box('принять заявку: сам абонент').disabled).toBe(true)
  expect(button('Изменить')).toBeUndefined()
  expect(button('Создать поставщика')).toBeUndefined()
  await press('e', { altKey: true, code: 'KeyE' })
  expect(field('name')).toBeNull()
})

test('a wrong value is told at its field, is never saved, and saving goes to it from another section', async () => {
  const { bridge, press, go, text } = await edit()
  await go('Пароль кабинета')
  await fill('profile.password.length', '40')
  expect(alerts()).toEqual(['Длиннее, чем принимает кабинет.'])
  await fill('profile.password.max', 'много')
  expect(alerts()).toContain('Наберите число.')
  await fill('profile.password.max', '20')
  await go('Реквизиты')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(document.activeElement).toBe(field('profile.password.length'))
  expect(bridge.inputsOf('providers.save')).toEqual([])
  await fill('profile.password.length', '16')
  expect(alerts()).toEqual([])
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ version: 1, profile: { password: { length: 16, max: 20 } } }])
  expect(text()).toContain('Изменений нет')
})

test('the example of a password follows what is typed: its look, its spelling, its worth', async () => {
  const { go, text } = await edit()
  await go('Пароль кабинета')
  const sample = () => document.querySelector('aside .sample')?.textContent ?? ''
  expect(sample()).toHaveLength(10)
  expect(text()).toContain('Стойкий: 45 бит')
  await fill('profile.password.alphabet', '23456789abX')
  expect(sample()).toMatch(/^[2-9abX]{10}$/)
  await fill('profile.password.length', '8')
  expect(sample()).toHaveLength(8)
  expect(text()).toMatch(/(?:Слабый|Допустимый): 2\d бит/)
  await fill('profile.password.length', '3')
  expect(document.querySelector('aside .sample')).toBeNull()
})

test('own words of a message are seen as they would be sent; a secret in a subject is refused where it stands', async () => {
  const { bridge, press, go, click, text } = await edit()
  await go('Уведомления и письма')
  expect(text()).toContain('Код подтверждения: 482915')
  await fill('profile.messages.contactCode.sms', 'Код {code}')
  expect(document.querySelector('.bubble')?.textContent).toBe('Код 482915')
  expect(text()).toContain('1 часть СМС: 10 знаков, ещё помещается 60')
  await click('Сам пароль')
  await fill('profile.messages.portalPassword.subject', 'Ваш пароль {password}')
  expect(alerts()).toEqual(['В теме письма секрет не пишут: password'])
  await go('Реквизиты')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(document.activeElement).toBe(field('profile.messages.portalPassword.subject'))
  await fill('profile.messages.portalPassword.subject', '')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ profile: { messages: { contactCode: { sms: 'Код {code}' } } } }])
  expect((bridge.inputsOf('providers.save')[0] as typeof provider).profile.messages).toEqual({ contactCode: { sms: 'Код {code}' } })
})

test('the memo is drawn of what is typed, and not while a field of it is wrong', async () => {
  vi.useFakeTimers()
  try {
    const { bridge, go, text } = await edit()
    await go('Памятка')
    await vi.runAllTimersAsync()
    await fill('profile.memo.securityNote', 'Никому не говорите {login}')
    await vi.runAllTimersAsync()
    const drawn = bridge.inputsOf('providers.previewMemo') as { card: typeof provider; large: boolean }[]
    expect(drawn.map(({ card }) => card.profile.memo.securityNote)).toEqual(['Никому', 'Никому не говорите {login}'])
    document.querySelector<HTMLInputElement>('aside input[type=radio][value=large]')!.click()
    await vi.runAllTimersAsync()
    expect((bridge.inputsOf('providers.previewMemo') as { large: boolean }[]).map(({ large }) => large)).toEqual([false, false, true])
    await fill('profile.memo.securityNote', 'Секрет {secret}')
    await vi.runAllTimersAsync()
    expect(bridge.inputsOf('providers.previewMemo')).toHaveLength(3)
    expect(text()).toContain('Такой вставки здесь нет: secret')
  } finally {
    vi.useRealTimers()
  }
})

test('lists are written by keys: Enter adds a line, Backspace takes an empty one away, arrows with Ctrl move it', async () => {
  const { go, press, type, bridge } = await edit()
  await go('Памятка')
  field('profile.memo.howToPay.0').focus()
  await press('Enter')
  expect(document.activeElement).toBe(field('profile.memo.howToPay.1'))
  await type('По QR-коду')
  await press('ArrowUp', { ctrlKey: true })
  await press('Enter')
  await press('Backspace')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ profile: { memo: { howToPay: ['По QR-коду', 'В банке'] } } }])
})

test('of two administrators the second is told, and keeps both changes', async () => {
  let isLate = true
  const theirs = { ...provider, version: 2, phone: '8-800-000-11-11', profile: { ...provider.profile, password: { ...provider.profile.password, length: 14 } } }
  let list: unknown[] = [provider]
  const { bridge, go, press, click, text } = await edit({
    'providers.list': () => list,
    'providers.save': (input: { version: number }) => {
      if (!isLate) return { id: 1, ...input, version: 3 }
      isLate = false
      list = [theirs]
      throw new FakeFailure('conflict', 'changedByAnotherDesk', { staffName: 'Громов Игорь Станиславович', at: '2026-11-22T08:00:00Z', kind: 'providers.save', current: { name: 'ЭнСер', version: 2 } })
    },
  } as never)
  await fill('name', 'АО «ЭнСер»')
  await go('Пароль кабинета')
  await fill('profile.password.length', '16')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(text()).toContain('Громов И. С.')
  await click('Объединить')
  expect(text()).toContain('Эти поля изменили вы оба')
  expect(text()).toContain('Okno выдаёт, знаков')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')[1]).toMatchObject({ version: 2, name: 'АО «ЭнСер»', phone: '8-800-000-11-11', profile: { password: { length: 16 } } })
})

test('the history says what changed in words, and an earlier card comes into the fields to be saved again', async () => {
  const earlier = { ...provider, phone: '8-800-000-55-55' }
  const { bridge, go, click, text, press } = await edit({
    'providers.history': () => [
      { version: 2, at: '2026-11-22T08:00:00Z', staffName: 'Громов Игорь Станиславович', how: 'providers.save', changes: [{ kind: 'changed', path: 'profile.password.length', row: null, before: 8, after: 10 }, { kind: 'changed', path: 'profile.portal.scheme', row: null, before: 'email', after: 'account' }] },
      { version: 1, at: '2026-11-20T08:00:00Z', staffName: null, how: 'direct.update', changes: null },
    ],
    'providers.version': () => {
      const { id: _, version: __, ...card } = earlier
      return card
    },
  }, { ...provider, version: 2 })
  await go('История')
  for (const words of ['Громов И. С.', 'Okno выдаёт, знаков', 'электронной почтой', 'номером лицевого счёта', 'действует', 'Самая ранняя']) expect(text()).toContain(words)
  await click('Открыть версию 1')
  expect(bridge.inputsOf('providers.version')).toEqual([{ code: 'enser', version: 1 }])
  expect(text()).toContain('1 изменение не сохранено')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ version: 2, phone: '8-800-000-55-55' }])
})

test('a new provider begins with a blank card that says what is missing only when it is to be saved', async () => {
  const blank = { ...provider, code: '', name: '', inn: '', profile: { ...provider.profile, hours: '' } }
  const { id: _, version: __, ...card } = blank
  const { bridge, press, click, text } = await mountPage(ProvidersPage, {
    staff: admin,
    handlers: { 'providers.list': () => [provider], 'providers.templates': () => ({ ready: [], blank: { utility: card, internet: card } }), 'providers.save': (input: unknown) => ({ id: 2, ...(input as object), version: 1 }) },
  })
  await press('n', { altKey: true, code: 'KeyN' })
  await click('Начать')
  expect(text()).toContain('Новый поставщик')
  expect(alerts()).toEqual([])
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(document.activeElement).toBe(field('name'))
  expect(alerts()).toContain('Заполните поле.')
  await fill('code', 'new-heat')
  await fill('name', 'Новое тепло')
  await fill('inn', '7400000016')
  await fill('profile.hours', 'пн–пт 9:00–18:00')
  expect(alerts()).toEqual(['Контрольные цифры ИНН не сходятся.'])
  await fill('inn', '7400000015')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  const [saved] = bridge.inputsOf('providers.save') as Record<string, unknown>[]
  expect(saved).toMatchObject({ code: 'new-heat', name: 'Новое тепло', inn: '7400000015' })
  expect(saved).not.toHaveProperty('version')
  expect(field('code').disabled).toBe(true)
})

test('a card with changes is not left without a word', async () => {
  const { press, text, click } = await edit()
  await fill('name', 'Другое имя')
  await press('Escape')
  expect(text()).toContain('Если уйти сейчас, набранное пропадёт.')
  await press('Escape')
  expect(field('name').value).toBe('Другое имя')
  await press('Escape')
  await click('Уйти без сохранения')
  expect(field('name')).toBeNull()
})

test('ways of confirming keep their order, and a link needs somewhere to lead', async () => {
  const { go, bridge, press } = await edit()
  await go('Подтверждение и защита')
  await tick('profile.portal.confirmations', 'ссылкой')
  await tick('profile.portal.confirmations', 'ссылкой')
  await fill('profile.portal.confirmUrl', '')
  expect(alerts()).toEqual(['Нужен адрес: среди способов есть ссылка.'])
  await fill('profile.portal.confirmUrl', 'https://lk.example.org/#{token}')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ profile: { portal: { confirmations: ['smsCode', 'emailCode', 'link'], confirmUrl: 'https://lk.example.org/#{token}' } } }])
})

test('a price is written down for its day, and the operator’s table beside shows it; a day and a price that are none are named', async () => {
  const { go, click, bridge, press, text } = await edit()
  await go('Тарифы')
  await click('Добавить строку')
  await fill('profile.tariffs.0.price', 'много')
  await fill('profile.tariffs.0.since', '1 октября')
  expect(alerts()).toEqual(['Цена вида 48.37, после точки не больше шести цифр.', 'День вида 2026-10-01.'])
  await fill('profile.tariffs.0.price', '48,3')
  await fill('profile.tariffs.0.since', '2026-10-01')
  expect(alerts()).toEqual([])
  expect(text()).toContain('48,30 ₽ / м³')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ profile: { tariffs: [{ service: 'cold_water', price: '48.3', since: '2026-10-01', zone: null }] } }])
})

test('requests are taken by the provider’s rules where it has some, and leave none behind when they are emptied', async () => {
  const { go, bridge, press, text } = await edit()
  await go('Заявки')
  expect(text()).toContain('Срок ответа, дней (обычно 10)')
  const preview = () => document.querySelector('aside table')!.textContent
  expect(preview()).not.toContain('Обещанный платёж')
  await fill('profile.requests.termination.dueDays', '5')
  await tick('profile.requests.termination.documents', 'как обычно')
  await tick('profile.requests.termination.documents', 'подтверждающие')
  const offer = async (value: string) => {
    const select = document.querySelector<HTMLSelectElement>('[data-path="profile.requests.promisedPayment"] select')!
    select.value = value
    select.dispatchEvent(new Event('change', { bubbles: true }))
    await flushPromises()
  }
  await offer('yes')
  expect(preview()).toContain('Обещанный платёж')
  expect(preview()).toContain('5 дней')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('providers.save')).toMatchObject([{ profile: { requests: { termination: { dueDays: 5, documents: ['passport', 'application', 'evidence'] }, promisedPayment: { isOffered: true } } } }])
  await fill('profile.requests.termination.dueDays', '')
  await tick('profile.requests.termination.documents', 'как обычно')
  await offer('')
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect((bridge.inputsOf('providers.save')[1] as typeof provider).profile.requests).toBeUndefined()
})

test('rules are tried on last month before they are saved', async () => {
  const { go, click, text, bridge } = await edit({ 'readings.previewRules': () => ({ readings: 120, before: { aboveUsual: 3 }, after: { aboveUsual: 9 }, changed: [] }) })
  await go('Приём показаний')
  await click(/^Проверить правила/)
  expect(bridge.inputsOf('readings.previewRules')).toMatchObject([{ provider: 'enser', rules: [] }])
  expect(text()).toContain('Просмотрено 120 показаний')
})
