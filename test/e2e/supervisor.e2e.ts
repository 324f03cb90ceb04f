import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { newOffice, zoneInDaylight } from './make-office'

// A shift is looked at by day, wherever in Russia that is now.
const desk = openDesk({ as: 'supervisor', office: () => newOffice(['--subscribers', '300', '--time-zone', zoneInDaylight()]) })

test('a supervisor’s morning: the window that serves too long leads to its visit, a flag is explained', async () => {
  test.slow()
  const { page } = desk
  const windows = page.getByRole('grid', { name: 'Окна' })
  const details = page.getByRole('region', { name: 'Окно подробно' })
  const long = windows.getByRole('row', { name: /Зайцева/ })
  await expect(long).toContainText('слишком долго')
  await expect(windows.getByRole('row', { name: /Сорокина/ })).toContainText('нет связи')
  await expect(windows.getByRole('row', { name: /Белкин/ })).toContainText('принтер: нет бумаги')
  await look(page, 'live-desk')

  // By arrows to the window, by a key to its person and its visit.
  await long.focus()
  await page.keyboard.press('ArrowDown')
  await expect(details).toContainText('Белкин Роман Юрьевич')
  await page.keyboard.press('ArrowUp')
  await expect(details).toContainText('Зайцева Ирина Олеговна')
  await page.keyboard.press('Alt+KeyN')
  await expect(details.getByRole('status')).not.toBeEmpty()
  const name = await details.getByRole('status').innerText()
  await page.keyboard.press('Alt+KeyD')
  await expect(page.getByRole('dialog', { name: /День оператора: Зайцева/ }).getByRole('row').nth(1)).toContainText('идёт')
  await look(page, 'operator-day')
  await page.keyboard.press('Escape')
  await page.keyboard.press('Alt+KeyO')
  await expect(page.getByRole('heading', { level: 1, name })).toBeVisible()
  await expect(page.getByText('Зайцева').first()).toBeVisible()

  await page.getByRole('link', { name: /^Внимание/ }).click()
  const flags = page.getByRole('grid', { name: 'По очереди' })
  const flag = flags.getByRole('row', { name: /Много поисков по документам/ })
  await flag.focus()
  await look(page, 'attention')
  await page.keyboard.press('Alt+KeyE')
  await page.keyboard.type('Сверка с реестром по просьбе поставщика', { delay: 5 })
  await page.keyboard.press('Enter')
  await expect(page.getByText('Объяснение записано')).toBeVisible()
  await expect(flag).toHaveCount(0)
  await page.getByLabel('Отметки').selectOption('explained')
  await flag.click()
  await expect(page.getByRole('region', { name: 'Отметка подробно' })).toContainText('Сверка с реестром по просьбе поставщика')

  // One's own is another's to explain.
  await page.getByLabel('Отметки').selectOption('open')
  await flags.getByRole('row', { name: /вне часов офиса/ }).click()
  await expect(page.getByRole('region', { name: 'Отметка подробно' })).toContainText('Отметка о вас')
  await page.keyboard.press('Alt+KeyE')
  await expect(page.getByRole('dialog')).toHaveCount(0)
  await page.keyboard.press('Alt+KeyT')
  await expect(page.getByRole('form', { name: 'Много поисков по документам' }).getByLabel('С какого числа')).toHaveValue('120')
  await look(page, 'flag-rules')
})
