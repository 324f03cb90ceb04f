import SettingsPage from '@renderer/features/settings/SettingsPage.vue'
import { flushPromises } from '@vue/test-utils'
import { expect, test, vi } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { printer, printingOptions } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const printers = [
  printer('HP_окно_3', { isDefault: true, trays: ['auto', 'tray-1', 'tray-2'] }),
  printer('Kyocera_зал', { state: 'stopped', message: 'Media tray empty', trays: null }),
]
const open = (handlers: Record<string, (input: never) => unknown> = {}) => mountPage(SettingsPage, { handlers: { 'printing.printers': () => ({ printers, options: printingOptions(), tests: {} }), ...handlers } })

test('each sheet gets its own printer, kept by main', async () => {
  const { bridge, wrapper, text } = await open()
  await wrapper.findAll('select')[0]?.setValue('Kyocera_зал')
  await new Promise((resolve) => setTimeout(resolve))
  expect(bridge.inputsOf('printing.choose')).toEqual([{ form: 'memo', printer: 'Kyocera_зал' }])
  expect(text()).toContain('Сохранено: Памятка абонента — Kyocera_зал, односторонняя, 1 экз.')
})

test('each sheet has its tray, sides and copies; a printer that does not tell its trays has one typed', async () => {
  const { bridge, wrapper, text } = await open()
  const field = (label: string) => wrapper.find(`[aria-label="${label}"]`)
  expect(field('Лоток: Акт').findAll('option').map((one) => one.text())).toEqual(['по выбору принтера', 'автовыбор', 'лоток 1', 'лоток 2'])
  await field('Лоток: Акт').setValue('tray-2')
  await flushPromises()
  await field('Стороны: Акт').setValue('long')
  await flushPromises()
  await field('Экземпляров: Акт').setValue('2')
  await flushPromises()
  expect(bridge.inputsOf('printing.choose')).toEqual([{ form: 'act', tray: 'tray-2' }, { form: 'act', duplex: 'long' }, { form: 'act', copies: 2 }])
  expect(text()).toContain('Сохранено: Акт — HP_окно_3, лоток 2, двусторонняя, 2 экз.')
  await field('Принтер: Акт').setValue('Kyocera_зал')
  await flushPromises()
  expect((field('Лоток: Акт').element as HTMLInputElement).tagName).toBe('INPUT')
  await field('Лоток: Акт').setValue('Bypass')
  await flushPromises()
  expect(bridge.inputsOf('printing.choose').at(-1)).toEqual({ form: 'act', tray: 'Bypass' })
})

test('a test page is asked about, and what was said stands at the printer', async () => {
  const { bridge, click, text } = await open({ 'printing.testPage': () => ({ printer: 'HP_окно_3', jobId: 'HP-9', fileName: null }), 'printing.testOutcome': () => ({}) })
  await click('Пробная: Платёжный документ')
  expect(bridge.inputsOf('printing.testPage')).toEqual([{ form: 'paymentDocument', printer: 'HP_окно_3' }])
  expect(text()).toContain('ровно 100 мм')
  await click('Нет, с ошибкой')
  expect(bridge.inputsOf('printing.testOutcome')).toEqual([{ printer: 'HP_окно_3', outcome: 'wrong' }])
  expect(text()).toContain('выключите в настройках принтера подгонку по размеру')
  expect(text()).toMatch(/проба .*: с ошибкой/)
  await click('Да')
  expect(text()).toMatch(/проба .*: правильно/)
  expect(text()).not.toContain('Страница напечаталась правильно?')
})

test('a stopped printer says why and what to check', async () => {
  const { text } = await open()
  expect(text()).toContain('Media tray empty')
  expect(text()).toContain('Проверьте бумагу и крышку принтера.')
})

test('a printer that was chosen and is gone is named', async () => {
  const { text } = await open({ 'printing.printers': () => ({ printers, options: printingOptions({ memo: 'Старый' }), tests: {} }) })
  expect(text()).toContain('Выбранный принтер «Старый» не найден.')
})

test('a desk without printers learns what to do', async () => {
  const { text } = await open({ 'printing.printers': () => ({ printers: [], options: printingOptions(), tests: {} }) })
  expect(text()).toContain('Принтеров не найдено')
  expect(text()).toContain('можно сохранить в файл PDF')
})

test('a list of printers that did not come is not told as a print that failed', async () => {
  const { text } = await open({
    'printing.printers': () => {
      throw new FakeFailure('printerUnavailable', 'printSystemStopped')
    },
  })
  expect(text()).toContain('Система печати не отвечает.')
  expect(text()).not.toContain('Ничего не напечатано')
})

test('a choice that was not kept is not shown as kept', async () => {
  const { wrapper, text } = await open({
    'printing.choose': () => {
      throw new FakeFailure('printerUnavailable', 'printSystemStopped')
    },
  })
  await wrapper.findAll('select')[1]?.setValue('Kyocera_зал')
  await new Promise((resolve) => setTimeout(resolve))
  expect(text()).not.toContain('Сохранено')
  expect(wrapper.find('[role=alert]').exists()).toBe(true)
})

test('the language changes at once and is kept', async () => {
  const { bridge, wrapper, text } = await open()
  await wrapper.find('input[value=en]').setValue(true)
  await vi.waitFor(() => expect(text()).toContain('Printers, language and theme of this desk.'), { timeout: 15_000 }) // English is fetched when it is wanted.
  expect(bridge.inputsOf('settings.saveLook')).toEqual([{ language: 'en' }])
  await wrapper.find('input[value=ru]').setValue(true)
  await new Promise((resolve) => setTimeout(resolve))
  expect(text()).toContain('Принтеры, язык и оформление этого рабочего места.')
})
