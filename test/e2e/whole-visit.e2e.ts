import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from '@playwright/test'
import { passwordOn } from '../main/features/portal-access/memo'
import { qrOf, textOf } from '../support/pdf/read-pdf'
import { openDesk } from './desk'
import { asHands } from './hands'
import { admin, call, forgetFolder, okno } from './office'
import { answerSaveDialog, cupsIsThere, folderForFiles, printOffice } from './paper'
import { Card } from './screens/card'
import { EmailChange, TrainingMail } from './screens/email'
import { PaymentDocuments } from './screens/payment-documents'
import { PortalPassword } from './screens/portal-password'
import { onKeypad, Readings } from './screens/readings'
import { Search } from './screens/search'
import { SignIn } from './screens/sign-in'

const prints = printOffice()
const desk = openDesk({ env: prints.env })
test.afterAll(() => prints.stop())

test('one visit from sign-in to its end with nothing but the keyboard, and the audit tells it in order', async () => {
  test.skip(!cupsIsThere, 'needs CUPS and root')
  test.setTimeout(120_000)
  const { page } = desk
  const keys = page.keyboard
  const folder = folderForFiles()
  // Whoever touches the mouse here breaks the promise of the test.
  await page.evaluate(() => ['mousedown', 'pointerdown'].forEach((kind) => addEventListener(kind, () => document.title = 'MOUSE')))
  try {
    const signIn = new SignIn(page)
    await signIn.expectReady()
    const supervisor = await signIn.read('supervisor')
    await signIn.as('operator')
    const search = new Search(page)
    await expect(search.box).toBeFocused()
    await asHands(page, '7404 123456')
    await keys.press('Enter')
    const card = new Card(page)
    await card.expectOpened()
    await expect(card.name).toHaveText('Соколова Мария Игоревна')

    await card.identify('7404 123456')

    const email = new EmailChange(page)
    await email.open()
    await email.send('maria.new@mail.example')
    const mail = new TrainingMail(page)
    await mail.toggle()
    const code = await mail.code('maria.new@mail.example')
    await mail.toggle()
    await email.enter(code)
    await expect(email.done).toBeVisible()

    const password = new PortalPassword(page)
    await password.open()
    // So soon after the e-mail was changed a supervisor comes to the window and types their own login.
    await expect(password.askApproval).toBeFocused()
    await keys.press('Enter')
    await expect(page.getByLabel('Логин старшего')).toBeFocused()
    await keys.type(supervisor.login)
    await keys.press('Enter')
    await keys.type(supervisor.password)
    await keys.press('Enter')
    await expect(password.print).toBeFocused()
    await keys.press('Enter')
    await expect(password.question).toBeVisible()
    await keys.press('Enter')
    await expect(password.done).toBeVisible()
    const memo = await prints.sheet(1)
    expect(passwordOn(memo.pdf, 12)).toHaveLength(12)
    await keys.press('Escape')

    await keys.press('Alt+ArrowDown')
    const readings = new Readings(page)
    await readings.open()
    for (const field of [readings.field('01174200018', 1), readings.field('01174200018', 2), readings.field('G4-00318845')]) {
      await expect(field).toBeFocused()
      const value = await readings.expected(field)
      await onKeypad(page, `${value.split(',')[0]}\n`)
    }
    await expect(readings.saved).toContainText('Записано: 2 прибора')

    const documents = new PaymentDocuments(page)
    await documents.open()
    await keys.press('Enter')
    await expect.poll(() => documents.isDrawn(0)).toBe(true)
    await keys.press('Control+KeyP')
    await expect(page.getByText('Напечатано на «OFFICE»')).toBeVisible()
    const bill = await prints.sheet(2)
    expect(textOf(bill.pdf)).toContain('Соколова Мария Игоревна')
    expect(new TextDecoder().decode(qrOf(bill.pdf)?.bytes)).toContain('PersAcc=04012345')
    await answerSaveDialog(desk.app, folder)
    await keys.press('Control+KeyS')
    await expect(page.getByRole('status').filter({ hasText: 'Сохранён файл' })).toBeVisible()
    const [saved = ''] = readdirSync(folder)
    expect(textOf(readFileSync(join(folder, saved)))).toContain('ДУБЛИКАТ № 1')

    await keys.press('F9')
    const summary = page.getByRole('region', { name: 'Что сделано' })
    for (const done of ['Документ совпал', 'Почта', 'Выдана памятка', 'Внесены показания, счёт 04012345', 'Напечатана квитанция', 'Сохранена квитанция']) await expect(summary).toContainText(done)
    await keys.press('Enter')
    await expect(page.getByText('Обслуживание завершено: Соколова Мария Игоревна')).toBeVisible()
    await expect(search.box).toBeFocused()
    await expect(search.box).toHaveValue('')
    await expect(page).not.toHaveTitle('MOUSE')

    const verified = await okno(desk.data, ['audit', 'verify'], admin)
    expect(verified.exitCode).toBe(0)
    expect(JSON.parse(verified.stdout)).toMatchObject({ problems: [] })
    const events = await call<{ action: string; staffLogin: string; visitId: number | null }[]>(desk.data, 'audit.events', { staffLogin: 'operator', limit: 200 }, admin)
    const visitId = events.find(({ action }) => action === 'visits.open')?.visitId
    const story = events.filter((event) => event.visitId === visitId).map(({ action }) => action).toReversed()
    const told = ['visits.open', 'visits.identify', 'contacts.changeEmail', 'contacts.confirmEmail', 'approvals.ask', 'portalAccess.reissuePassword', 'readings.save', 'paymentDocuments.print', 'paymentDocuments.save', 'visits.close']
    expect(story.filter((action) => told.includes(action))).toEqual(told)
    expect(new Set(events.map(({ staffLogin }) => staffLogin))).toEqual(new Set(['operator']))
  } finally {
    forgetFolder(folder)
  }
})
