import MemoBatchesPage from '@renderer/features/memo-batches/MemoBatchesPage.vue'
import { expect, test } from 'vitest'
import { FakeFailure } from '../../../support/fake-bridge'
import { at, supervisor } from '../../../support/fake-office'
import { mountPage } from '../mount-page'
import { provider } from '../readings/provider'
import { form, plainOptions } from '@shared/contract/printing'

const before = { batchId: '11111111-1111-4111-8111-111111111111', name: 'Дом 5, бригада Лугового', provider: 'enser', providerName: 'ЭнСер', large: false, pausedBecause: null, runDesk: null, endedAt: at('09:10'), createdAt: at('09:00'), createdBy: 'Мельников Олег Петрович', state: 'done', counts: { rows: 3, printed: 3, issued: 0, failed: 0, refused: 0, waiting: 0 } }
const options = Object.fromEntries(form.options.map((name) => [name, plainOptions]))
const office = { 'providers.list': () => [provider], 'memoBatches.list': () => [before] }

test('while the print system is down a list can be begun and earlier ones looked at; what is wrong is said', async () => {
  const page = await mountPage(MemoBatchesPage, {
    staff: supervisor,
    handlers: { ...office, 'printing.printers': () => { throw new FakeFailure('printerUnavailable', 'printSystemStopped') } },
  })
  expect(page.text()).toContain('Система печати остановлена.')
  expect(page.wrapper.findAll('option').map((one) => one.text())).toContain('ЭнСер')
  expect(page.text()).toContain('Дом 5, бригада Лугового')
})

test('the print system that answers again is asked by the same button', async () => {
  let isDown = true
  const page = await mountPage(MemoBatchesPage, {
    staff: supervisor,
    handlers: { ...office, 'printing.printers': () => { if (isDown) throw new FakeFailure('printerUnavailable', 'printSystemStopped'); return { printers: [], options, tests: {} } } },
  })
  isDown = false
  await page.click('Повторить')
  expect(page.text()).not.toContain('Система печати остановлена.')
})
