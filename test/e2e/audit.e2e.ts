import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { admin, call, forgetFolder, okno } from './office'
import { answerSaveDialog, folderForFiles } from './paper'

const desk = openDesk({ as: 'supervisor' })

test('a supervisor finds what an operator did, takes an extract of it out and has the journal proved', async () => {
  test.slow()
  const { page, app } = desk
  const folder = folderForFiles()
  try {
    await page.getByRole('link', { name: /^Журнал/ }).click()
    const events = page.getByRole('group', { name: 'Журнал действий' })
    await expect(events.getByRole('row').nth(1)).toBeVisible()
    await look(page, 'journal')

    // By the subscriber, found as at the desk, then a whole visit by its number.
    await page.getByLabel('Абонент: счёт, фамилия, документ').fill('04012345')
    await page.keyboard.press('Enter')
    await expect(page.getByText('Соколова Мария Игоревна')).toBeVisible()
    await page.getByLabel('и где показан среди других').check()
    await page.getByRole('button', { name: 'Показать', exact: true }).click()
    await expect(events.getByRole('row').nth(1)).toContainText('Поиск абонента')
    await page.getByRole('button', { name: 'Сбросить' }).click()
    await page.getByLabel('Сотрудник').selectOption({ index: 1 })
    await page.getByLabel('Что делали').selectOption('visits')
    await page.getByRole('button', { name: 'Показать', exact: true }).click()
    await expect(page.getByLabel('Что делали')).toHaveValue('visits')

    await page.getByRole('button', { name: 'Сбросить' }).click()
    await page.getByRole('button', { name: 'Выписка…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Выписка из журнала' })
    await dialog.getByLabel('Основание').fill('запрос Роскомнадзора № 17')
    await look(page, 'journal-extract')
    await answerSaveDialog(app, folder)
    await page.keyboard.press('Enter')
    await expect(dialog).toContainText('SHA-256')
    const files = readdirSync(folder).sort()
    expect(files.map((name) => name.slice(-4))).toEqual(['.csv', '.pdf'])
    const bytes = readFileSync(join(folder, files[0] ?? ''))
    await expect(dialog).toContainText(createHash('sha256').update(bytes).digest('hex'))
    expect(bytes.toString().split('\r\n').length).toBeGreaterThan(10)
    await page.keyboard.press('Escape')

    await page.getByRole('button', { name: 'Проверить журнал' }).click()
    await expect(page.getByText('Журнал цел')).toBeVisible({ timeout: 30_000 })
    await look(page, 'journal-proved')
    await page.getByText('Хранение', { exact: true }).click()
    await expect(page.getByLabel('Хранить месяцев (не меньше 12)')).toHaveValue('36')
    await answerSaveDialog(app, folder)
    await page.getByRole('button', { name: 'Контрольная точка…' }).click()
    await expect(page.getByText(/^Сохранён «Контрольная точка/)).toBeVisible()
    await look(page, 'journal-retention')

    const anchor = join(folder, readdirSync(folder).find((name) => name.endsWith('.json')) ?? '')
    const proved = await okno(desk.data, ['audit', 'verify', '--anchor', anchor], admin)
    expect([proved.exitCode, (JSON.parse(proved.stdout) as { anchor: { problems: unknown[] } }).anchor.problems]).toEqual([0, []])
    const { events: taken } = await call<{ events: { action: string; details: { basis?: string } }[] }>(desk.data, 'audit.search', { group: 'journal', staffLogin: 'supervisor' }, admin)
    expect(taken.find(({ action }) => action === 'audit.export')?.details.basis).toBe('запрос Роскомнадзора № 17')
  } finally {
    forgetFolder(folder)
  }
})
