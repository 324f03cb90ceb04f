import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { launchOkno, type RunningOkno } from '../support/launch'
import { look } from './look'
import { copyOfOffice, forgetFolder } from './office'
import { SignIn } from './screens/sign-in'

/** What the system's dialogs answer with. */
async function answerDialogs({ app }: RunningOkno, path: string): Promise<void> {
  await app.evaluate(({ dialog }, chosen) => {
    dialog.showOpenDialog = (() => Promise.resolve({ canceled: false, filePaths: [chosen] })) as typeof dialog.showOpenDialog
    dialog.showSaveDialog = (() => Promise.resolve({ canceled: false, filePath: chosen })) as typeof dialog.showSaveDialog
  }, path)
}

test('an administrator backs up, loses the data folder, restores it from the first screen and signs in with the old password', async () => {
  test.setTimeout(240_000)
  const data = copyOfOffice()
  const copies = mkdtempSync(join(tmpdir(), 'okno-e2e-copies-'))
  const key = join(copies, 'key.txt')
  let okno = await launchOkno({ data })
  try {
    let { page } = okno
    await new SignIn(page).as('admin')
    await page.getByRole('link', { name: 'Копии' }).click()
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('Резервные копии')
    await answerDialogs(okno, copies)
    await page.getByRole('button', { name: 'Выбрать папку…' }).click()
    await expect(page.getByText(copies)).toBeVisible()
    await answerDialogs(okno, key)
    await page.getByRole('button', { name: 'Создать ключ…' }).click()
    await expect(page.getByText('Ключ записан в файл')).toBeVisible()
    await page.getByLabel('Каждый день').selectOption('3')
    await page.getByRole('button', { name: 'Сохранить' }).press('Enter')
    await expect(page.getByText('Сохранено.')).toBeVisible()
    await page.getByRole('button', { name: 'Сделать копию' }).press('Enter')
    await expect(page.getByText('готова и проверена')).toBeVisible({ timeout: 120_000 })
    await expect(page.getByRole('row', { name: /Учебный центр/ }).getByText(/^проверена/)).toBeVisible()
    await look(page, 'backups')
    await okno.close()

    // The disk has lost a part of the database.
    rmSync(join(data, 'postgres', 'global'), { recursive: true })
    okno = await launchOkno({ data })
    page = okno.page
    await page.getByRole('button', { name: 'Восстановить офис из резервной копии…' }).click({ timeout: 30_000 })
    await answerDialogs(okno, join(copies, readdirSync(copies).find((name) => name.endsWith('.age'))!))
    await page.getByRole('button', { name: 'Выбрать файл копии…' }).click()
    await expect(page.getByText(/okno-.*\.age/)).toBeVisible()
    await page.getByLabel('Пароль копии или ключ').fill(readFileSync(key, 'utf8').split('\n').find((line) => line.startsWith('AGE'))!)
    await page.getByRole('button', { name: 'Посмотреть, что внутри' }).press('Enter')
    await page.getByLabel(/Для подтверждения/).fill('Учебный центр обслуживания')
    await look(page, 'backups-restore')
    await page.keyboard.press('Enter')
    // Until it is whole the screen says what is wrong and how far it is.
    await expect(new SignIn(page).login).toBeVisible({ timeout: 120_000 })
    await new SignIn(page).as('admin')
    await page.getByRole('link', { name: 'Копии' }).click()
    await expect(page.getByText(/Офис восстановлен .* из копии от/)).toBeVisible()
    expect(readdirSync(data).filter((name) => name.startsWith('postgres-before-restore-'))).toHaveLength(1)
  } finally {
    await okno.close()
    forgetFolder(data)
    rmSync(copies, { recursive: true, force: true })
  }
})
