import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { onKeypad, Readings } from './screens/readings'
import { Search } from './screens/search'

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
