import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { encode } from 'iconv-lite'
import { openDesk } from './desk'
import { look } from './look'
import { forgetFolder } from './office'
import { answerOpenDialog, folderForFiles } from './paper'
import { OfficePages, Registers } from './screens/office'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'admin' })

/** As an accountant's program writes it: windows-1251, Russian headers, CRLF. */
const register = [
  'код_абонента;вид;фамилия;имя;отчество;дата_рождения;тип_документа;серия;номер;телефон;примечание',
  '900001;физлицо;Берёзкина;Инна;Тимуровна;14.02.1990;паспорт;7415;900001;8 943 900-00-01;из другого города',
  '900002;физлицо;Осинин;Глеб;;03.03.1975;паспорт;7419;900002;не помнит;',
  ';физлицо;Безномерный;Пётр;Ильич;01.01.1970;паспорт;7419;900003;;',
].join('\r\n')

test('an administrator takes in a register: sees what will happen, confirms, and has a verdict for every row', async () => {
  const { page } = desk
  const folder = folderForFiles()
  const registers = new Registers(page)
  try {
    const file = join(folder, 'абоненты.csv')
    writeFileSync(file, encode(`${register}\r\n`, 'windows-1251'))
    await new OfficePages(page).open('Реестры')
    await look(page, 'registers')
    await answerOpenDialog(desk.app, file)
    await registers.choose()
    await expect(page.getByRole('heading', { name: 'абоненты.csv' })).toBeVisible()
    await expect(page.getByText('windows-1251', { exact: true })).toBeVisible()
    await expect(page.getByLabel('Реестр', { exact: true })).toHaveValue('subscribers')
    // A column nobody knows is named, not guessed.
    await expect(page.getByText('Не узнаны и не будут загружены:')).toBeVisible()
    await expect(registers.row('Берёзкина')).toContainText('принята')
    await expect(registers.row('Осинин')).toContainText('принята с замечаниями')
    await expect(registers.row('Безномерный')).toContainText('отклонена')
    await look(page, 'registers-preview')

    await page.keyboard.press('Control+Enter')
    await expect(registers.result).toBeVisible()
    await expect(registers.result).toContainText('Реестр «Абоненты» загружен')
    expect(Object.values(await registers.counts())).toEqual(['3', '1', '1', '0', '1'])
    await look(page, 'registers-result')

    const verdicts = join(desk.data, 'verdicts')
    const [name = ''] = readdirSync(verdicts).filter((one) => one.endsWith('.csv'))
    await expect(registers.result).toContainText(name)
    const lines = readFileSync(join(verdicts, name), 'utf8').replace('\uFEFF', '').trim().split('\r\n')
    expect(lines).toHaveLength(4)
    expect(lines[1]).toMatch(/Берёзкина.*принята/)
    expect(lines[2]).toMatch(/Осинин.*не годится для связи/)
    expect(lines[3]).toMatch(/Безномерный.*отклонена/)

    // The same file again changes nothing.
    await registers.result.getByRole('button', { name: 'Загрузить ещё файл' }).click()
    await expect(registers.preview).toBeVisible()
    await registers.confirm.click()
    await expect(registers.result).toBeVisible()
    expect(Object.values(await registers.counts())).toEqual(['3', '0', '0', '2', '1'])

    await new OfficePages(page).open('Сотрудники')
    await new OfficePages(page).open('Реестры')
    await expect(registers.history.getByRole('row').filter({ hasText: 'абоненты.csv' }).first()).toBeVisible()

    await new PersonMenu(page).signOut()
    await new SignIn(page).as('operator')
    const card = await new Search(page).open('7415 900001')
    await expect(card.name).toHaveText('Берёзкина Инна Тимуровна')
    await card.expectReason('Показания', 'У абонента нет лицевого счёта')
    await look(page, 'card-without-account')
  } finally {
    forgetFolder(folder)
  }
})
