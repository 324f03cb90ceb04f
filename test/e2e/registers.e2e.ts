import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { encode } from 'iconv-lite'
import { openDesk } from './desk'
import { writeWorkbook } from '../support/xlsx'
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

test('a workbook of another billing is matched column by column, remembered, and recognised the next time; its troubles are known before the import', async () => {
  const { page } = desk
  const folder = folderForFiles()
  const registers = new Registers(page)
  try {
    const file = join(folder, 'Выгрузка абонентов из расчётной системы за октябрь 2026 года, полная, с телефонами.xlsx')
    await writeWorkbook(file, [['Шифр', 'Тип лица', 'Фамилия', 'Имя', 'Мобильный телефон абонента для связи'], ['900101', 'физлицо', 'Вязова', 'Нина', '8 943 900-01-01'], ['900102', 'физлицо', '', 'Пётр', '']])
    await new PersonMenu(page).signOut()
    await new SignIn(page).as('admin')
    await new OfficePages(page).open('Реестры')
    await answerOpenDialog(desk.app, file)
    await page.keyboard.press('Control+KeyO')
    await expect(page.getByText('Книга Excel', { exact: true })).toBeVisible()
    await page.getByLabel('Реестр', { exact: true }).selectOption('subscribers')
    await expect(page.getByText('Загрузить нельзя: не хватает обязательных столбцов.').first()).toBeVisible()
    await look(page, 'registers-mapping')
    const columns = page.getByRole('group', { name: 'Столбцы файла и реестра' })
    for (const [from, to] of [['Шифр', 'subscriber_id'], ['Тип лица', 'kind'], ['Мобильный телефон абонента для связи', 'phone']] as const) await columns.getByLabel(from).selectOption(to)
    await expect(registers.row('Вязова')).toContainText('принята')
    await expect(page.getByRole('region', { name: 'Весь файл' })).toContainText('Просмотрено всё: 2 строки.')
    await page.getByRole('button', { name: 'Запомнить', exact: true }).click()
    await expect(page.getByText('Запомнено: такой же файл будет узнан сам.')).toBeVisible()
    await look(page, 'registers-check')
    await page.keyboard.press('Control+Enter')
    await expect(registers.result).toBeVisible()
    expect(Object.values(await registers.counts())).toEqual(['2', '1', '0', '0', '1'])

    await registers.result.getByRole('button', { name: 'Загрузить ещё файл' }).click()
    await expect(page.getByText('Применено сохранённое сопоставление для файлов любого поставщика.')).toBeAttached()
    await expect(registers.row('Вязова')).toContainText('без изменений')
    await page.getByRole('button', { name: 'Не загружать' }).click()

    const watch = page.getByRole('region', { name: 'Папка, из которой файлы загружаются сами' })
    await watch.getByText('Настроить').click()
    await answerOpenDialog(desk.app, folder)
    await watch.getByRole('button', { name: 'Выбрать папку…' }).click()
    await watch.getByLabel('Имя файла').fill('люди*.csv')
    await watch.getByRole('button', { name: 'Сохранить' }).click()
    await expect(watch.getByText('Сохранено.')).toBeVisible()
    writeFileSync(join(folder, 'люди.csv'), 'subscriber_id;kind;last_name;first_name\n900103;person;Липин;Лев\n')
    await watch.getByRole('button', { name: 'Загрузить сейчас' }).click()
    await watch.getByText('Что принесла папка').click({ timeout: 40_000 })
    await expect(watch.getByRole('row').filter({ hasText: 'люди.csv' })).toContainText('загружен')
    expect(readdirSync(join(folder, 'done'))).toHaveLength(2)
    await look(page, 'registers-watch')
  } finally {
    forgetFolder(folder)
  }
})
