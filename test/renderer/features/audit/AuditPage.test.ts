import AuditPage from '@renderer/features/audit/AuditPage.vue'
import { actionText, detailTexts } from '@renderer/features/audit/event-text'
import { flushPromises } from '@vue/test-utils'
import { expect, test } from 'vitest'
import { admin, at, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const migrations = Object.values(import.meta.glob<string>('/src/main/db/migrations/*.sql', { eager: true, query: '?raw', import: 'default' })).join('\n')

const event = { chain: '20261122T040500-1', seq: 1, at: at('09:41'), staffLogin: 'operator', action: 'visits.open', visitId: 900, subscriberId: 1, details: { window: '3' } }
const open = (handlers: Record<string, (input: never) => unknown> = {}) => mountPage(AuditPage, { staff: supervisor, handlers: { 'audit.events': () => [event], ...handlers } })

test('a log nobody has touched is called whole, with what was counted', async () => {
  const { click, text } = await open({ 'audit.verify': () => ({ chains: 41, events: 18_232, problems: [] }) })
  await click('Проверить журнал')
  expect(text()).toContain('Журнал цел')
  expect(text()).toContain('18232 записи в 41 цепочке')
})

test('a damaged log names the chain, the record and what is wrong with it', async () => {
  const { click, text } = await open({ 'audit.verify': () => ({ chains: 2, events: 9, problems: [{ chain: 'c-7', seq: 17, problem: 'changed' }, { chain: 'c-8', seq: null, problem: 'truncated' }] }) })
  await click('Проверить журнал')
  expect(text()).toContain('Журнал нарушен')
  expect(text()).toMatch(/Запись изменена после того, как была сделана\s*c-7\s*17/)
  expect(text()).toContain('Последние записи цепочки убраны')
})

test('the number of a visit in a row shows the story of that visit', async () => {
  const { bridge, click } = await open()
  await click('Показать всё обслуживание № 900')
  expect(bridge.inputsOf('audit.events').at(-1)).toEqual({ visitId: 900, limit: 100 })
})

test('what is no number is not sent as a number', async () => {
  const { bridge, wrapper, click, text } = await open()
  await wrapper.findAll('form input')[0]?.setValue('9a')
  await click('Показать')
  expect(text()).toContain('Номер состоит из цифр.')
  expect(bridge.inputsOf('audit.events')).toHaveLength(1)
})

test('a filter that finds nothing says so', async () => {
  const { wrapper, click, text, bridge } = await open({ 'audit.events': ({ staffLogin }: { staffLogin?: string }) => (staffLogin ? [] : [event]) })
  await wrapper.findAll('form input')[2]?.setValue('Nobody')
  await click('Показать')
  expect(bridge.inputsOf('audit.events').at(-1)).toEqual({ staffLogin: 'nobody', limit: 100 })
  expect(text()).toContain('По этому отбору записей нет.')
})

test('a change made past Okno stands out', async () => {
  const { wrapper, text } = await open({ 'audit.events': () => [{ ...event, action: 'direct.update', details: { table: 'staff', id: 4 } }] })
  expect(text()).toContain('Запись изменена в обход Okno')
  expect(wrapper.find('tr.past').exists()).toBe(true)
})

test('details are read as words, codes of the office included, and an unknown action keeps its name', () => {
  expect(detailTexts({ takenOn: '2026-11-22', agrees: false, reasons: ['rollover'], channel: 'phone', to: ['operator', 'admin'], nothing: null, empty: [] })).toEqual([
    { name: 'дата снятия', value: '22.11.2026' },
    { name: 'документ совпал', value: 'нет' },
    { name: 'причины', value: 'счётчик перешёл через ноль' },
    { name: 'способ', value: 'Телефон' },
    { name: 'стало', value: 'оператор, администратор' },
  ])
  expect(detailTexts({ by: ['document', 'name'], identification: 'document' }).map(({ value }) => value)).toEqual(['документ, имя', expect.not.stringMatching(/^документ$/)])
  expect(actionText('future.thing')).toBe('Действие «future.thing»')
})

test('every action the database writes into the log has a name', () => {
  const recorded = [...migrations.matchAll(/(?:audit_record|operation_repeat)\((?:p_operation_id, )?'([a-zA-Z]+\.[a-zA-Z]+)'/g)].map(([, action]) => action ?? '')
  expect(recorded).toContain('desk.openCard')
  expect(recorded).toContain('visits.close')
  expect([...new Set(recorded)].filter((action) => actionText(action) === `Действие «${action}»`)).toEqual([])
})

const day = { staffLogin: 'operator', staffName: 'Соколова Анна Викторовна', day: '2026-11-20', searches: 14, foundNothing: 2, refused: 0, openedAfter: 12, unmasked: 1, openedWithoutVisit: 0 }
const curious = { ...day, staffLogin: 'curious', staffName: 'Петренко Илья Ильич', day: '2026-11-19', searches: 30, foundNothing: 20, refused: 2, openedAfter: 1 }
const choose = async (page: Awaited<ReturnType<typeof open>>, label: string) => {
  const radio = page.wrapper.findAll('label.option').find((one) => one.text() === label)
  await radio!.find('input').setValue(true)
  await flushPromises()
}

test('a supervisor sees who looks for whom, and what stands out', async () => {
  const page = await open({ 'audit.lookups': () => [day, curious] })
  await choose(page, 'Поиск по документам и просмотры')
  expect(page.text()).toContain('1 строка требует внимания')
  const row = page.wrapper.find('tr.conspicuous')
  expect(row.text()).toContain('Петренко Илья Ильич')
  expect(row.text()).toContain('поиск остановлен ограничением')
  expect(row.text()).toContain('чаще всего никого не нашлось')
  expect(page.wrapper.findAll('tbody tr')).toHaveLength(2)
})

test('look-ups are sorted by a press on a heading, and screen readers are told', async () => {
  const page = await open({ 'audit.lookups': () => [day, curious] })
  await choose(page, 'Поиск по документам и просмотры')
  const names = () => page.wrapper.findAll('tbody th').map((one) => one.text())
  expect(names()).toEqual(['Соколова Анна Викторовна', 'Петренко Илья Ильич'])
  await page.click('Поисков')
  expect(names()).toEqual(['Петренко Илья Ильич', 'Соколова Анна Викторовна'])
  expect(page.wrapper.findAll('thead th')[2]!.attributes('aria-sort')).toBe('descending')
  await page.click('Поисков')
  expect(names()).toEqual(['Соколова Анна Викторовна', 'Петренко Илья Ильич'])
})

test('a name leads to that day’s events of that member of staff', async () => {
  const page = await open({ 'audit.lookups': () => [day, curious] })
  await choose(page, 'Поиск по документам и просмотры')
  await page.click('Петренко Илья Ильич, 19.11.2026')
  expect(page.bridge.inputsOf('audit.events').at(-1)).toEqual({ staffLogin: 'curious', day: '2026-11-19', lookups: true, limit: 500 })
  expect(page.text()).toContain('Показан один день, 19.11.2026')
  await page.click('Сбросить')
  expect(page.bridge.inputsOf('audit.events').at(-1)).toEqual({ limit: 500 })
})

test('a wrong period is not asked for', async () => {
  const page = await open({ 'audit.lookups': () => [day] })
  await choose(page, 'Поиск по документам и просмотры')
  const before = page.bridge.inputsOf('audit.lookups').length
  await page.wrapper.findAll('form input')[0]!.setValue('31.02.2026')
  await page.click('Показать')
  expect(page.text()).toContain('Дата пишется так')
  expect(page.bridge.inputsOf('audit.lookups')).toHaveLength(before)
})

test('an administrator sees the log without the look-ups', async () => {
  const { text } = await mountPage(AuditPage, { staff: admin, handlers: { 'audit.events': () => [event] } })
  expect(text()).not.toContain('Поиск по документам и просмотры')
})
