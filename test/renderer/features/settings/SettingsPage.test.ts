import SettingsPage from '@renderer/features/settings/SettingsPage.vue'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { printingOptions } from '../../../support/fake-office'
import { mountPage } from '../mount-page'

const printers = [
  { name: 'HP_окно_3', isDefault: true, state: 'ready', message: null },
  { name: 'Kyocera_зал', isDefault: false, state: 'stopped', message: 'Media tray empty' },
]
const open = (handlers: Record<string, (input: never) => unknown> = {}) => mountPage(SettingsPage, { handlers: { 'printing.printers': () => ({ printers, options: printingOptions() }), ...handlers } })

test('each sheet gets its own printer, kept by main', async () => {
  const { bridge, wrapper, text } = await open()
  await wrapper.findAll('select')[0]?.setValue('Kyocera_зал')
  await new Promise((resolve) => setTimeout(resolve))
  expect(bridge.inputsOf('printing.choose')).toEqual([{ form: 'memo', printer: 'Kyocera_зал' }])
  expect(text()).toContain('Сохранено: Памятка абонента — Kyocera_зал.')
})

test('a stopped printer says why and what to check', async () => {
  const { text } = await open()
  expect(text()).toContain('Media tray empty')
  expect(text()).toContain('Проверьте бумагу и крышку принтера.')
})

test('a printer that was chosen and is gone is named', async () => {
  const { text } = await open({ 'printing.printers': () => ({ printers, options: printingOptions({ memo: 'Старый' }) }) })
  expect(text()).toContain('Выбранный принтер «Старый» не найден.')
})

test('a desk without printers learns what to do', async () => {
  const { text } = await open({ 'printing.printers': () => ({ printers: [], options: printingOptions() }) })
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
  await new Promise((resolve) => setTimeout(resolve))
  expect(text()).toContain('Printers, language and theme of this desk.')
  expect(bridge.inputsOf('settings.saveLook')).toEqual([{ language: 'en' }])
  await wrapper.find('input[value=ru]').setValue(true)
  await new Promise((resolve) => setTimeout(resolve))
  expect(text()).toContain('Принтеры, язык и оформление этого рабочего места.')
})
