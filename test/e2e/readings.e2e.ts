import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { countPresses, onKeypad, onKeypadAsHands, Peak, Readings } from './screens/readings'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'operator' })

test('readings of all meters are taken with the numeric keypad alone, read back, and taken back', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await new Search(page).open('04012345')
  await readings.open()
  const day = readings.field('01174200018', 1)
  const night = readings.field('01174200018', 2)
  const gas = readings.field('G4-00318845')
  const values = [await readings.expected(day), await readings.expected(night), await readings.expected(gas)] as const
  await expect(day).toBeFocused()
  await expect(readings.save).toHaveAccessibleDescription('Введите хотя бы одно показание.')
  await look(page, 'readings')

  await onKeypad(page, `${values[0]}\n`)
  await expect(night).toBeFocused()
  await onKeypad(page, `${values[1]}\n`)
  await expect(gas).toBeFocused()
  await onKeypad(page, values[2])
  await expect(readings.save).toHaveText(/Записать: 2 прибора/)
  await onKeypad(page, '\n')
  await expect(readings.saved).toContainText('Записано: 2 прибора')
  await expect(readings.saved).toContainText('Электроэнергия')
  await look(page, 'readings-saved')

  await page.keyboard.press('Control+KeyZ')
  await expect(page.getByText('Запись отменена. Показания вернулись на лист.')).toBeVisible()
  await expect(gas).toHaveValue(values[2])
  await page.keyboard.press('Escape')
  await expect(page.getByText(/^Внесены показания, счёт 04012345.*отменено/)).toBeVisible()
})

test('too much is asked about and saved with a reason chosen by its digit', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await new Search(page).open('0701000102')
  await readings.open()
  const water = readings.field('00120102')
  const last = await readings.last(water)
  const far = String(Math.floor(Number(last.replace(',', '.'))) + 60)
  await onKeypad(page, `${far}\n`)
  await expect(readings.sheet).toContainText(/Расход .* больше обычного/)
  await expect(readings.reasons.getByRole('radio').first()).toBeFocused()
  await expect(readings.save).toHaveAccessibleDescription('Есть отмеченные показания: 1 прибор.')
  await look(page, 'readings-reason')
  // Enter alone gives no reason in anybody's name.
  await onKeypad(page, '\n')
  await expect(readings.saved).toBeHidden()
  const reason = readings.reasons.getByRole('radio', { name: 'посетитель подтверждает' })
  await onKeypad(page, (await reason.getAttribute('aria-keyshortcuts')) ?? '')
  await expect(readings.saved).toContainText('Записано: 1 прибор')
})

test('a slip of the finger is named before anything is written, and the likely value is one key away', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await new Search(page).open('0701000103')
  await readings.open()
  const water = readings.field('00120103')
  await onKeypad(page, '1234567\n')
  await expect(readings.sheet).toContainText('Превышена разрядность прибора: не более 5 знаков до запятой.')
  await expect(water).toBeFocused()
  await expect(water).toHaveAttribute('aria-invalid', 'true')
  await look(page, 'readings-slip')
  // Letters never get into a dial.
  await water.fill('')
  await page.keyboard.type('12ю5')
  await expect(water).toHaveValue('12,5')
})

test('a dial that has gone through its highest number is understood', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await new Search(page).open('012305')
  await readings.open()
  const dial = readings.field('00009805')
  const likely = await readings.expected(dial)
  await onKeypad(page, likely)
  await expect(readings.sheet).not.toContainText('меньше предыдущего')
  // The meter of electricity of this flat has three zones, T1 to T3.
  await expect(readings.field('01174200105', 3)).toBeVisible()
})

test('a visitor of the window’s days is served by the keypad alone: a key for each digit and one Enter for each field', async () => {
  const { page } = desk
  await page.keyboard.press('Alt+KeyV')
  const peak = new Peak(page)
  await expect(peak.box).toBeFocused()
  await look(page, 'readings-peak')
  const presses = await countPresses(page)
  const number = '0701000102'
  await onKeypadAsHands(page, number)
  await onKeypad(page, '\n')
  const readings = new Readings(page)
  const water = peak.field('00120102')
  await expect(water).toBeFocused()
  const value = await readings.expected(water)
  await onKeypad(page, `${value}\n`)
  // Another reading of the period is there from the test before: its reason is a digit too.
  const reasons = page.getByRole('radiogroup', { name: 'Причина: нажмите цифру' })
  const isAsked = await reasons.isVisible()
  if (isAsked) await onKeypad(page, '1')
  await expect(peak.box).toBeFocused()
  await expect(page.getByText('Записано посетителей: 1')).toBeVisible()
  expect(await presses()).toBe(number.length + value.length + 2 + (isAsked ? 1 : 0))

  // The next one at once; slash: on without a reading. Nobody's visit is left open.
  await onKeypadAsHands(page, '0701000103')
  await onKeypad(page, '\n')
  await expect(peak.field('00120103')).toBeFocused()
  await look(page, 'readings-peak-sheet')
  await page.keyboard.press('NumpadDivide')
  await expect(peak.box).toBeFocused()
  await page.keyboard.press('Alt+KeyV')
  await expect(new Search(page).box).toBeFocused()
})

test('a meter is replaced in one dialog, the old one stays with its history and the replacement can be taken back', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await new Search(page).open('0701000113')
  await readings.open()
  const last = await readings.last(readings.field('00120113'))
  await page.keyboard.press('Alt+KeyU')
  const dialog = page.getByRole('dialog', { name: 'Прибор учёта: замена и акты' })
  await expect(dialog.getByLabel('Что записать')).toBeFocused()
  await look(page, 'readings-replace')
  await page.keyboard.press('Enter')
  await expect(dialog.getByLabel('Номер акта')).toBeFocused()
  await asHands(page, 'А-15')
  await page.keyboard.press('Enter')
  await expect(dialog.getByLabel('Дата акта')).toBeFocused()
  await page.keyboard.press('Enter')
  await asHands(page, last)
  await page.keyboard.press('Enter')
  const reason = dialog.getByRole('radio', { name: 'проверил контролёр' })
  if (await reason.isVisible()) await reason.click()
  await dialog.getByLabel('Заводской номер').focus()
  await asHands(page, 'НВ 77-15')
  // Digits and decimals stand there as those of the old meter.
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await page.keyboard.press('Enter')
  await expect(dialog.getByRole('textbox', { name: 'Начальное показание' })).toBeFocused()
  await asHands(page, '0')
  await page.keyboard.press('Enter')
  await asHands(page, 'П-9 1')
  await page.keyboard.press('Enter')
  await asHands(page, '22.11.2036')
  await page.keyboard.press('Enter')
  await expect(page.getByText(/Прибор заменён на № НВ 77-15, акт А-15/)).toBeVisible()
  await expect(readings.field('НВ 77-15')).toBeVisible()
  await look(page, 'readings-replaced')
  await page.keyboard.press('Control+KeyZ')
  await expect(readings.field('00120113')).toBeVisible()
  await expect(readings.field('НВ 77-15')).toBeHidden()
})

test('what was taken in spite of a warning waits for the supervisor, who decides with the keyboard', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await new Search(page).open('0701000106')
  await readings.open()
  const water = readings.field('00910106')
  const far = String(Math.floor(Number((await readings.last(water)).replace(',', '.'))) + 60)
  await onKeypad(page, `${far}\n`)
  const reason = readings.reasons.getByRole('radio', { name: 'посетитель подтверждает' })
  await onKeypad(page, (await reason.getAttribute('aria-keyshortcuts')) ?? '')
  await expect(readings.saved).toContainText('Записано: 1 прибор')
  await page.keyboard.press('F9')
  await expect(page.getByRole('button', { name: /^Завершить и вернуться/ })).toBeFocused()
  await page.keyboard.press('Enter')
  await expect(new Search(page).box).toBeFocused()
  await new PersonMenu(page).signOut()
  await new SignIn(page).as('supervisor')

  await page.getByRole('link', { name: /^Внимание/ }).click()
  await page.getByRole('link', { name: 'показания с предупреждениями' }).click()
  const list = page.getByRole('grid', { name: 'Показания с предупреждением' })
  const row = list.getByRole('row').filter({ hasText: '00910106' })
  await expect(row).toContainText('больше обычного')
  await expect(row).toContainText('посетитель подтверждает')
  await look(page, 'readings-exceptions')
  await row.focus()
  await page.keyboard.press('Space')
  await page.keyboard.press('Alt+KeyO')
  await expect(page.getByRole('heading', { name: 'Назначить контрольное снятие: 1 показание?' })).toBeVisible()
  await page.keyboard.press('Enter')
  await expect(page.getByText('Назначено контрольных снятий: 1.')).toBeVisible()
  await expect(row).toHaveCount(0)
  await page.keyboard.press('Alt+KeyT')
  await page.getByRole('button', { name: /^Проверить: / }).click()
  await expect(page.getByText(/^Просмотрено \d+ показани/)).toBeVisible()
  await look(page, 'readings-tuning')
})
