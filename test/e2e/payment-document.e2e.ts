import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { parseGostQr } from '../../src/shared/domain/gost-qr'
import { qrOf, textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerSaveDialog, cupsIsThere, folderForFiles, printOffice } from './paper'
import { PaymentDocuments } from './screens/payment-documents'
import { Search } from './screens/search'

const prints = printOffice()
const desk = openDesk({ as: 'operator', env: prints.env })
test.afterAll(() => prints.stop())

test('a bill is looked at, printed, and the second one is a duplicate', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  const { page } = desk
  const documents = new PaymentDocuments(page)
  await new Search(page).open('0701000102')
  await documents.open()
  await expect(documents.chosen).toContainText('не выдавался')
  await page.keyboard.press('Enter')
  await expect(documents.pages.first()).toBeVisible()
  await expect.poll(() => documents.isDrawn(0)).toBe(true)
  await look(page, 'payment-document')

  await page.keyboard.press('Control+KeyP')
  await expect(page.getByText('Напечатано на «OFFICE»')).toBeVisible()
  await expect(documents.chosen).toContainText('1 раз')
  const original = await prints.sheet(1)
  expect(textOf(original.pdf)).toContain('Иванов Пётр Сергеевич')
  expect(textOf(original.pdf)).not.toContain('ДУБЛИКАТ')
  expect(original.options).toContain('copies=1')

  await expect(page.getByText('Уже выдавался: на листе будет «ДУБЛИКАТ № 1».')).toBeVisible()
  await expect.poll(() => documents.isDrawn(0)).toBe(true)
  await look(page, 'payment-document-printed')
  await page.keyboard.press('Control+KeyP')
  const duplicate = await prints.sheet(2)
  expect(textOf(duplicate.pdf)).toContain('ДУБЛИКАТ № 1')
  await expect(documents.chosen).toContainText('2 раза')
})

test('a saved bill can be paid from: its code says whom, for what and how much', async () => {
  const { page } = desk
  const documents = new PaymentDocuments(page)
  const folder = folderForFiles()
  try {
    await new Search(page).open('0701000103')
    await documents.open()
    // The period before: its stored document, not what billing says now.
    await page.keyboard.press('ArrowDown')
    const row = (await documents.chosen.textContent()) ?? ''
    await answerSaveDialog(desk.app, null)
    await page.keyboard.press('Control+KeyS')
    await expect(documents.chosen).toContainText('не выдавался')
    await answerSaveDialog(desk.app, folder)
    await page.keyboard.press('Control+KeyS')
    await expect(page.getByRole('status').filter({ hasText: 'Сохранён файл' })).toBeVisible()
    await expect(documents.chosen).toContainText('1 раз')

    const [name = ''] = readdirSync(folder)
    await expect(page.getByText(`Сохранён файл ${name}.`)).toBeVisible()
    const pdf = readFileSync(join(folder, name))
    expect(textOf(pdf)).toContain('Иванов Пётр Сергеевич')
    const code = qrOf(pdf)
    const bytes = code?.bytes ?? new Uint8Array()
    const text = new TextDecoder('utf-8').decode(bytes)
    expect(text).toMatch(/^ST0001[123]\|/)
    const said = parseGostQr(text)
    if ('problem' in said) throw new Error(JSON.stringify(said))
    // The sum on the screen is the sum on paper and the sum in the code.
    const closing = /К оплате ([\d\s]+,\d\d)/.exec(row)?.[1]?.replace(/\s/g, '') ?? ''
    expect(said.fields).toMatchObject({ PersAcc: '0701000103', LastName: 'Иванов', BIC: '044030653', Sum: closing.replace(',', '') })
    expect(textOf(pdf).replace(/\s/g, '')).toContain(closing)
  } finally {
    forgetFolder(folder)
  }
})
