import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { passwordOn } from '../main/features/portal-access/memo'
import { textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerSaveDialog, cupsIsThere, folderForFiles, printOffice } from './paper'

const prints = printOffice()
const desk = openDesk({ as: 'supervisor', env: prints.env })
test.afterAll(() => prints.stop())

/** Contracts of one provider in the training office, none with a password. */
const contracts = ['0045612', '0045708', '0045709']

test('a supervisor prints memos for three contracts of a list, from the keyboard, and the list the installer signs', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  const { page } = desk
  const folder = folderForFiles()
  try {
    await page.getByRole('link', { name: 'Памятки', exact: true }).click()
    await expect(page.getByLabel('Номера договоров или лицевых счетов')).toBeFocused()
    await page.keyboard.insertText(`Договор;Абонент\n${contracts.join(';\n')}\n${contracts[0]}\n9999999`)
    await page.getByLabel('Поставщик').selectOption({ label: 'Эником' })
    await page.getByLabel('Название списка').fill('Дома по Заводской, бригада 2')
    await look(page, 'memo-batches-list')
    await page.keyboard.press('Control+Enter')

    // Every row has its verdict before anything happens.
    const checked = page.getByRole('region', { name: 'Что будет напечатано' })
    await expect(checked.getByRole('status')).toContainText('Будут напечатаны 3 памятки, не будут напечатаны 2 строки')
    await expect(checked.getByRole('row', { name: '0045612' }).last()).toContainText('повтор строки 2')
    await expect(checked.getByRole('row', { name: '9999999' })).toContainText('такого номера нет')
    await look(page, 'memo-batches-checked')
    expect(prints.sheets()).toBe(0)

    await page.keyboard.press('Control+KeyP')
    const batch = page.getByRole('region', { name: 'Дома по Заводской, бригада 2' })
    await expect(batch.getByText('Все памятки напечатаны.')).toBeVisible()
    await expect(batch.getByText('Напечатано 3 из 3')).toBeVisible()
    await look(page, 'memo-batches-printed')

    const { pdf, options } = await prints.sheet(1)
    const text = textOf(pdf)
    for (const contract of contracts) expect(text).toContain(`Логин (номер договора) ${contract}`)
    expect(options).toContain('title=Памятки монтажникам, часть 1, список ')
    expect(await page.evaluate(() => document.documentElement.outerHTML)).not.toContain(passwordOn(pdf, 12))

    await answerSaveDialog(desk.app, folder)
    await page.keyboard.press('Control+KeyS')
    await expect(page.getByText(/^Лист сохранён/)).toBeVisible()
    const list = textOf(readFileSync(join(folder, readdirSync(folder)[0]!)))
    for (const contract of contracts) expect(list).toContain(contract)
    expect(list.replaceAll(' ', '')).not.toContain(passwordOn(pdf, 12))

    // The same list again: whoever has a password gets none from a list.
    await page.keyboard.press('Alt+KeyB')
    await page.getByLabel('Номера договоров или лицевых счетов').fill(contracts.join('\n'))
    await page.keyboard.press('Control+Enter')
    await expect(checked.getByText('пароль уже действует', { exact: true })).toHaveCount(3)
    await expect(checked.getByRole('button', { name: /^Напечатать/ })).toHaveAttribute('aria-disabled', 'true')
  } finally {
    forgetFolder(folder)
  }
})
