import ConfigurationPage from '@renderer/features/configuration/ConfigurationPage.vue'
import { expect, test } from 'vitest'
import type { ComparedItem, ConfigurationState } from '@shared/contract/configuration'
import { FakeFailure } from '../../../support/fake-bridge'
import { admin } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const item = (given: Partial<ComparedItem>): ComparedItem => ({ part: 'providers', key: 'enser', name: 'ЭнСер', state: 'changed', isOwn: false, changes: [], problems: [], ...given })
const items: ComparedItem[] = [
  item({ part: 'office', key: 'office', name: 'Офис на Мира', isOwn: true, changes: [{ kind: 'changed', path: 'phone', row: null, before: '', after: '8-800-000-00-00' }] }),
  item({ changes: [
    { kind: 'changed', path: 'profile.password.length', row: null, before: 10, after: 14 },
    { kind: 'changed', path: 'profile.tariffs.price', row: { service: 'cold_water', name: null, zone: null, price: '48.37', since: '2026-10-01', basis: null }, before: '45.27', after: '48.37' },
    { kind: 'added', path: 'services', row: { code: 'lift', name: 'Лифт', unit: null }, after: { code: 'lift', name: 'Лифт', unit: null } },
    { kind: 'changed', path: 'profile.requests.promisedPayment.maxDays', row: null, before: 5, after: 3 },
  ] }),
  item({ part: 'flagRules', key: 'massLookups', name: 'massLookups', state: 'new', changes: [{ kind: 'changed', path: 'params.count', row: null, after: 60 }] }),
  item({ key: 'tctr', name: 'ТЦТР', state: 'wrong', problems: [{ path: 'inn', problem: 'innWrong', params: {} }] }),
  item({ part: 'liveLimits', key: 'limits', name: '', state: 'same' }),
  item({ part: 'sheetTemplates', key: 'a', name: 'Акт', state: 'onlyHere' }),
]
const state = (given: Partial<ConfigurationState>): ConfigurationState => ({ part: 'flagRules', key: 'massLookups', name: 'massLookups', version: 2, at: '2026-11-22T08:00:00Z', staffName: 'Громов Игорь Станиславович', how: 'flags.tune', isInForce: true, changes: [{ kind: 'changed', path: 'params.count', row: null, before: 120, after: 60 }], value: {}, ...given })
const imported = { id: '0b6d6f6e-0000-4000-8000-000000000001', at: '2026-11-22T09:00:00Z', staffName: 'Снегирёв Лев Андреевич', fileName: 'Конфигурация.json', items: [{ part: 'providers' as const, key: 'enser', name: 'ЭнСер', isNew: false, changes: [] }], revertedAt: null, revertedBy: null }

const open = (handlers: Record<string, (input: never) => unknown> = {}) =>
  mountPage(ConfigurationPage, {
    staff: admin,
    handlers: {
      'configuration.imports': () => [imported],
      'configuration.history': () => [state({}), state({ version: 1, isInForce: false })],
      'configuration.chooseFile': () => ({ file: 'token', fileName: 'Конфигурация.json' }),
      'configuration.preview': () => ({ fileName: 'Конфигурация.json', checksum: 'c', state: 's', items }),
      'configuration.import': () => ({ importId: imported.id, items: 2 }),
      ...(handlers as Record<string, (input: unknown) => unknown>),
    },
  })
const boxes = () => [...document.querySelectorAll<HTMLInputElement>('.compare input[type=checkbox]')]

test('the differences of a file are read in words; an office’s own waits to be asked for, what is wrong can’t be', async () => {
  const { press, text, bridge } = await open()
  await press('i', { altKey: true, code: 'KeyI' })
  expect(bridge.inputsOf('configuration.preview')).toEqual([{ file: 'token' }])
  for (const words of ['Пароль кабинета: Okno выдаёт, знаков', 'Тарифы: Цена, ₽: Холодная вода, с 01.10.2026', 'добавлено: Лифт', 'Заявки: Обещанный платёж, Срок не больше, дней', 'Много поисков по документам', 'ИНН: Контрольные цифры ИНН не сходятся.', 'В файле нет, здесь останется: Акт.', 'своё у каждого офиса']) expect(text()).toContain(words)
  expect(boxes().map(({ checked, disabled }) => [checked, disabled])).toEqual([[false, false], [true, false], [false, true], [true, false]])
})

test('what is ticked is taken in by the keyboard, and only that', async () => {
  const { press, text, bridge } = await open()
  await press('i', { altKey: true, code: 'KeyI' })
  boxes()[3]!.click()
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(bridge.inputsOf('configuration.import')).toMatchObject([{ file: 'token', checksum: 'c', state: 's', choice: [{ part: 'providers', key: 'enser' }] }])
  expect(text()).toContain('Принято из файла: 2.')
  expect(boxes()).toEqual([])
})

test('when somebody has changed the office meanwhile, it is compared again', async () => {
  const { press, click, text, bridge } = await open({
    'configuration.import': () => {
      throw new FakeFailure('conflict', 'configurationChanged')
    },
  })
  await press('i', { altKey: true, code: 'KeyI' })
  await press('s', { ctrlKey: true, code: 'KeyS' })
  expect(text()).toContain('настройки этого офиса изменил другой сотрудник')
  await click('Сравнить ещё раз')
  expect(bridge.inputsOf('configuration.preview').length).toBe(2)
})

test('a file that is no configuration says so and what to do', async () => {
  const { press, text } = await open({
    'configuration.preview': () => {
      throw new FakeFailure('invalidInput', 'configurationDamaged')
    },
  })
  await press('i', { altKey: true, code: 'KeyI' })
  expect(text()).toContain('его контрольная сумма не сходится')
})

test('an import is undone after its undoing was read', async () => {
  const { click, text, bridge } = await open({
    'configuration.previewRevert': () => ({ items: [{ part: 'providers', key: 'enser', name: 'ЭнСер', isRemoved: false, changes: [{ kind: 'changed', path: 'phone', row: null, before: '2', after: '1' }] }], changedSince: [] }),
    'configuration.revert': () => ({ importId: imported.id, items: 1 }),
  })
  await click(/^Отменить приём:/)
  expect(text()).toContain('Реквизиты: Телефон')
  await click(/^Отменить приёмEnter$/)
  expect(bridge.inputsOf('configuration.revert')).toMatchObject([{ importId: imported.id }])
})

test('an import with something changed after it is not offered to be undone', async () => {
  const { click, text, bridge } = await open({ 'configuration.previewRevert': () => ({ items: [], changedSince: ['ЭнСер'] }) })
  await click(/^Отменить приём:/)
  expect(text()).toContain('После приёма это изменили: ЭнСер.')
  await click(/^Отменить приёмEnter$/).catch(() => undefined)
  expect(bridge.inputsOf('configuration.revert')).toEqual([])
})

test('the history tells who changed what, and an earlier version is put in force', async () => {
  const { click, text, bridge } = await open({ 'configuration.previewRestore': () => ({ current: 2, changes: [{ kind: 'changed', path: 'params.count', row: null, before: 60, after: 120 }] }), 'configuration.restore': () => ({}) })
  expect(text()).toContain('Правило отметок: Много поисков по документам')
  expect(text()).toContain('Громов И. С., правила отметок')
  await click(/^Вернуть:/)
  expect(text()).toContain('С какого числа')
  await click(/^Вернуть эту версиюEnter$/)
  expect(bridge.inputsOf('configuration.restore')).toMatchObject([{ part: 'flagRules', key: 'massLookups', version: 1, current: 2 }])
})
