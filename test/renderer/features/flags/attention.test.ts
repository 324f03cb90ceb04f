import AttentionPage from '@renderer/features/flags/AttentionPage.vue'
import { factText, problemsOf } from '@renderer/features/flags/flag-text'
import { flagRule, type Flag, type FlagRule } from '@shared/contract/flags'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { admin, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const at = (time: string) => `2026-11-22T${time}:00+05:00`
const flag = (change: Partial<Flag> = {}): Flag => ({
  id: 1, rule: 'massLookups', day: '2026-11-21', state: 'new', version: 1, n: 140, facts: { count: 120, usual: 60.5 }, raisedAt: at('09:00'), staff: { id: 5, fullName: 'Воронцова-Дашкова Елизавета Константиновна', login: 'window.four', window: '4' },
  office: 'Офис', subscriberId: null, visitId: null, account: null, provider: null, isOwn: false, history: [{ at: at('09:00'), kind: 'raised', n: 140, comment: null, staffName: null }], ...change,
})
const theft = flag({ id: 2, rule: 'contactThenPassword', n: 1, subscriberId: 7, visitId: 900, account: '04012345', provider: 'ЭнСер', facts: { minutes: 35, hours: 24, change: 'contacts.changeEmail', sameVisit: true, sameStaff: false } })
const rules = [{ rule: 'massLookups' as const, isOn: true, params: { count: 120 }, defaults: { count: 120 }, version: 0, changedBy: null, changedAt: null }, { rule: 'offHours' as const, isOn: true, params: { count: 5, fromHour: 7, toHour: 21 }, defaults: { count: 5, fromHour: 7, toHour: 21 }, version: 0, changedBy: null, changedAt: null }]

function open({ flags = [theft, flag()], staff = supervisor, handlers = {} }: { flags?: Flag[]; staff?: typeof supervisor; handlers?: Record<string, (input: never) => unknown> } = {}) {
  let list = flags
  return mountPage(AttentionPage, {
    staff,
    handlers: {
      'flags.attention': () => ({ flags: { new: 2, looked: 1 }, approvals: 1, readings: 1000, requestsOverdue: 0, deadLetters: 4 }),
      'flags.check': () => ({ raised: 0 }),
      'flags.list': () => ({ total: list.length, rules: { massLookups: 1 }, staff: [], flags: list }),
      'flags.rules': () => rules,
      'flags.decide': ({ flagId, decision }: { flagId: number; decision: string }) => {
        list = list.filter(({ id }) => decision !== 'explained' || id !== flagId).map((one) => (one.id === flagId && decision === 'looked' ? { ...one, state: 'looked', version: 2 } : one))
        return flag({ id: flagId, state: decision === 'explained' ? 'explained' : 'looked' })
      },
      ...handlers,
    },
  })
}
const rows = () => [...document.querySelectorAll('[data-row]')].map((row) => row.textContent?.replace(/\s+/g, ' ') ?? '')

test('all that waits stands above by number, flags one by one below with what was counted', async () => {
  const { text } = await open()
  for (const words of ['1одобрения', 'больше 999показания с предупреждениями', '4неотправленные сообщенияразбирает администратор']) expect(text()).toContain(words)
  expect(rows()[0]).toContain('Через 35 мин после смены')
  expect(rows()[0]).toContain('в том же обслуживании; контакты менял другой сотрудник')
  expect(rows()[1]).toContain('Поисков за день: 140. Порог 120; обычно 60,5 в день')
})

test('from the keyboard: the next, looked at, explained with words; the one after it is in its place', async () => {
  const { bridge, press, type, click, text } = await open()
  await press('l', { altKey: true })
  expect(bridge.inputsOf('flags.decide')).toMatchObject([{ flagId: 2, version: 1, decision: 'looked', comment: null }])
  await press('e', { altKey: true })
  await click('Записать объяснение')
  expect(bridge.inputsOf('flags.decide')).toHaveLength(1)
  expect(text()).toContain('Напишите хотя бы несколько слов')
  document.querySelector('textarea')!.focus()
  await type('Абонент забыл пароль и сменил почту, документ сверен')
  await click('Записать объяснение')
  expect(bridge.inputsOf('flags.decide')[1]).toMatchObject({ flagId: 2, version: 2, decision: 'explained' })
  expect(rows()).toHaveLength(1)
  expect(document.activeElement?.textContent).toContain('Много поисков по документам')
})

test('a flag about oneself says why it is another’s to explain, and no key does it', async () => {
  const { bridge, press, text } = await open({ flags: [flag({ isOwn: true })] })
  expect(text()).toContain('объяснить её должен другой старший смены или администратор')
  await press('e', { altKey: true })
  await press('l', { altKey: true })
  expect(bridge.inputsOf('flags.decide')).toEqual([])
})

test('what somebody else decided meanwhile is told, and the words stay', async () => {
  const { press, type, click, text } = await open({
    handlers: {
      'flags.decide': () => {
        throw new FakeFailure('conflict', 'flagChanged', { staffName: 'Громов Игорь Станиславович' })
      },
    },
  })
  await press('e', { altKey: true })
  document.querySelector('textarea')!.focus()
  await type('Разобрались с оператором')
  await click('Записать объяснение')
  expect(text()).toContain('Отметку уже изменил другой сотрудник: Громов Игорь Станиславович.')
  expect(document.querySelector('textarea')!.value).toBe('Разобрались с оператором')
})

test('thresholds are saved rule by rule, numbers that make no sense are not', async () => {
  const { bridge, press, type, click, text, button } = await open({ handlers: { 'flags.tune': () => rules } })
  await press('t', { altKey: true })
  const field = [...document.querySelectorAll<HTMLInputElement>('dialog input:not([type=checkbox])')].find((one) => one.value === '120')!
  expect(button('Сохранить правило')).toBeUndefined()
  field.focus()
  await type('0')
  expect(text()).toContain('Целое число от 1 до 10000')
  await click('Сохранить правило')
  expect(bridge.inputsOf('flags.tune')).toEqual([])
  await type('90')
  await click('Сохранить правило')
  expect(bridge.inputsOf('flags.tune')).toMatchObject([{ rule: 'massLookups', isOn: true, params: { count: 90 }, version: 0 }])
})

test('without flags it says what the rules do, and an administrator has what is theirs', async () => {
  const { text } = await open({ flags: [], staff: admin, handlers: { 'flags.attention': () => ({ flags: { new: 0, looked: 0 }, approvals: null, readings: null, requestsOverdue: null, deadLetters: 4 }) } })
  expect(text()).toContain('Открытых отметок нет')
  expect(text()).not.toContain('одобрения')
  expect(document.querySelector('a[href*="outbox"]')).not.toBeNull()
})

test('every rule has its words with nothing left unfilled', () => {
  const facts: Record<FlagRule, Flag['facts']> = {
    contactThenPassword: { minutes: 200, change: 'contacts.changePhone', sameVisit: false }, reissueWithoutSignIn: { issuedOn: '2026-11-14', days: 7, count: 3 }, ownAccount: {}, massLookups: { count: 120 }, lookupsRefused: { count: 1 },
    lookupsNothing: { of: 9, count: 5, share: 50 }, lookupsNotOpened: { of: 9, count: 5, share: 50 }, cardsWithoutVisit: { count: 20 }, unmasking: { count: 30, times: 3 }, offHours: { first: '05:00', last: '06:10', fromHour: 7, toHour: 21, count: 5 }, overrides: { count: 15 }, duplicates: { count: 20 },
  }
  for (const rule of flagRule.options) {
    const text = factText({ rule, n: 5, facts: facts[rule] })
    expect(text).not.toMatch(/[{}]|flags\./)
    expect(text.length).toBeGreaterThan(10)
  }
})

test.each([[{ count: '12' }, []], [{ count: '' }, ['count']], [{ count: '1.5' }, ['count']], [{ share: '101' }, ['share']], [{ fromHour: '9', toHour: '9' }, ['toHour']], [{ fromHour: '7', toHour: '21' }, []]])('thresholds %o: problems %o', (params, names) => {
  expect(Object.keys(problemsOf(params as unknown as Record<string, string>))).toEqual(names)
})
