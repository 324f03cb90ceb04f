import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands, Scanner } from './hands'
import { Card } from './screens/card'
import { EmailChange } from './screens/email'
import { Identification } from './screens/identification'
import { PortalPassword } from './screens/portal-password'
import { Readings } from './screens/readings'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk()
let scanner: Scanner
let search: Search
let card: Card

const sokolova = { name: 'Соколова Мария Игоревна', account: '04012345', passport: '7404 123456' }
/** Of another person. */
const other = { name: 'Римская-Залесская Алёна Юрьевна', account: '0701000104' }
const payment =
  'ST00012|Name=ООО «Смородинская генерация»|PersonalAcc=40702810900000000001|BankName=ПАО БАНК «СМОРОДИНА»|BIC=044525225|CorrespAcc=30101810400000000225|PayeeINN=7701234567|PersAcc=04012345|LastName=Соколова|FirstName=Мария|MiddleName=Игоревна|PayerAddress=г. Смородинск, ул. Ленина, д. 10, кв. 15|PaymPeriod=102026|Sum=234512|Category=ЖКУ'

test.beforeEach(async ({ browserName: _ }, info) => {
  const { page } = desk
  scanner = await Scanner.at(page)
  search = new Search(page)
  card = new Card(page)
  if (info.title.includes('sign-in')) return
  const signIn = new SignIn(page)
  const menu = page.getByRole('link', { name: 'Абоненты' })
  await expect(signIn.login.or(menu)).toBeVisible({ timeout: 45_000 })
  if (await signIn.login.isVisible()) await signIn.as('operator')
  await menu.click()
  await page.keyboard.press('F2')
  await search.box.fill('')
})

async function expectOpened(name: string | RegExp = sokolova.name) {
  await card.expectOpened()
  await expect(card.name).toHaveText(name)
}

/** The other person's card, identified by nobody yet. */
async function openOther() {
  await scanner.scan(other.account)
  await expectOpened(other.name)
}

test('at the sign-in screen a scan leaves nothing and signs nobody in', async () => {
  const signIn = new SignIn(desk.page)
  await signIn.expectReady()
  await signIn.login.fill('oper')
  await scanner.scan(sokolova.account)
  await expect(signIn.login).toHaveValue('oper')
  await signIn.password.focus()
  await scanner.scan(sokolova.account)
  await expect(signIn.password).toHaveValue('')
  await expect(signIn.failure).toHaveCount(0)
})

for (const gap of [0, 5, 20, 40])
  test(`in the search box a scan with ${gap} ms between keys opens the card`, async () => {
    await search.box.fill('Иван')
    await scanner.scan(sokolova.account, { gap })
    await expectOpened()
    await expect(search.box).toHaveValue('')
  })

for (const end of ['Tab', 'LineFeed', null] as const)
  test(`a scanner that ends with ${end ?? 'nothing'} opens the card too`, async () => {
    await scanner.scan(sokolova.account, { end })
    await expectOpened()
  })

test('under the Russian layout the code is read by the places of the keys', async () => {
  await scanner.scan('G4-00318845', { layout: 'russian' })
  await expectOpened()
})

test('a payment QR of more than 300 characters opens its account, with Cyrillic in it and in the middle of a form', async () => {
  await openOther()
  await desk.page.keyboard.press('F4')
  const number = new Identification(desk.page).number
  await expect(number).toBeFocused()
  await scanner.scan(payment, { gap: 1 })
  await expectOpened()
})

test('a code that several people share, or nobody has, opens the list', async () => {
  await openOther()
  await scanner.scan('99999999')
  await expect(search.nothing).toBeVisible()
  await expect(search.box).toHaveValue('99999999')
})

test('in a field with a draft a scan leaves value, selection and undo as they were, and its Enter sends nothing', async () => {
  const { page } = desk
  await search.open(sokolova.passport)
  await card.identify(sokolova.passport)
  const email = new EmailChange(page)
  await email.open()
  await page.keyboard.type('maria@mail.example')
  await page.keyboard.press('Home')
  await page.keyboard.press('Shift+ArrowRight')
  await page.keyboard.press('Shift+ArrowRight')
  // The field is watched until it goes: what it held at every input, and whether its form was sent.
  await page.evaluate(() => {
    const field = document.activeElement as HTMLInputElement
    const seen: string[] = []
    Object.assign(window, { seen, field })
    addEventListener('submit', () => seen.push('SUBMIT'), { capture: true })
    // Of one burst: the scan is told after it, so that the field is still there to be read.
    field.addEventListener('input', () => seen.push(`${field.value}|${field.selectionStart}-${field.selectionEnd}`))
  })
  await scanner.scan(other.account, { end: null })
  await expectOpened(other.name)
  const seen = await page.evaluate(() => (window as unknown as { seen: string[] }).seen)
  // One character came through and was taken back.
  expect(seen).toEqual(['0ria@mail.example|1-1', 'maria@mail.example|0-2'])
})

test('undo of a field knows nothing of the scan', async () => {
  const { page } = desk
  const signIn = new SignIn(page)
  await new PersonMenu(page).signOut()
  await signIn.login.focus()
  await asHands(page, 'oper')
  // At the sign-in screen nobody waits for a scan, so the field stays.
  await scanner.scan(sokolova.account)
  await expect(signIn.login).toHaveValue('oper')
  // Back step by step: what the operator typed, and never a character of the scan.
  const steps: string[] = []
  while (steps.length < 2) {
    await page.keyboard.press('Control+KeyZ')
    steps.push(await signIn.login.inputValue())
  }
  expect(steps.at(-1)).toBe('')
  expect(['', 'oper']).toContain(steps[0])
  await asHands(page, 'oper')
  // A selection that the scan typed over is there again.
  await page.keyboard.press('Control+KeyA')
  await scanner.scan(sokolova.account)
  await expect(signIn.login).toHaveValue('oper')
  expect(await signIn.login.evaluate((field: HTMLInputElement) => [field.selectionStart, field.selectionEnd])).toEqual([0, 4])
})

test('in the readings a scan writes no reading and opens the other card', async () => {
  const { page } = desk
  const readings = new Readings(page)
  await search.open(other.account)
  await readings.open()
  const field = readings.sheet.getByRole('textbox', { name: /прибор/ }).first()
  await asHands(page, '12')
  await field.evaluate((input: HTMLInputElement) => input.addEventListener('input', () => Object.assign(window, { last: input.value })))
  await scanner.scan(sokolova.account)
  await expectOpened()
  expect(await page.evaluate(() => (window as unknown as { last: string }).last)).toBe('12')
  await expect(readings.saved).toBeHidden()
})

test('over a question, and with a button in focus, a scan presses nothing', async () => {
  const { page } = desk
  await search.open(sokolova.passport)
  await card.identify(sokolova.passport)
  const password = new PortalPassword(page)
  await password.open()
  const button = password.print.or(password.save)
  await expect(button).toBeFocused()
  await scanner.scan(other.account)
  await expectOpened(other.name)
  await expect(password.question).toBeHidden()

  await search.open(sokolova.passport)
  await card.expectOpened()
  const email = new EmailChange(page)
  await email.open()
  await page.keyboard.type('maria@mail.example')
  await page.keyboard.press('Enter')
  await expect(email.question).toBeVisible()
  await scanner.scan(other.account)
  await expectOpened(other.name)
  await expect(email.question).toBeHidden()
  await search.open(sokolova.passport)
  // Back on her card the question is asked again, unanswered.
  await expect(email.question).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(card.contacts).not.toContainText('ждёт кода')
})

test('in the field of the document a scan costs no attempt', async () => {
  const { page } = desk
  await search.open(sokolova.passport)
  const identification = new Identification(page)
  await identification.open()
  await expect(identification.number).toBeFocused()
  await scanner.scan(other.account)
  await expectOpened(other.name)
  await expect(identification.differs).toBeHidden()
})

test('while the page is busy a scan stays one scan', async () => {
  const { page } = desk
  await openOther()
  await page.keyboard.press('F4')
  await expect(new Identification(page).number).toBeFocused()
  // The page does something long while the keys come in.
  const busy = page.evaluate(() => {
    for (const end = performance.now() + 700; performance.now() < end; );
  })
  await scanner.scan(sokolova.account, { gap: 10 })
  await busy
  await expectOpened()
})

test('a locked desk ignores a scan, and its password field stays empty', async () => {
  const { page } = desk
  await page.keyboard.press('Control+KeyL')
  const password = page.getByLabel(/^Пароль/)
  await expect(password).toBeFocused()
  await scanner.scan(sokolova.account)
  await expect(password).toHaveValue('')
  await expect(page.getByRole('alert')).toHaveCount(0)
  await page.getByRole('button', { name: 'Войти другому сотруднику' }).click()
  // Visits are still open: it says how many, and asks once more.
  await page.getByRole('button', { name: 'Всё равно выйти' }).click()
  await expect(new SignIn(page).login).toBeVisible()
})

test('hands lose nothing: a bare number at their fastest, words with no pause at all, a pair of quick keys', async () => {
  const { page } = desk
  await openOther()
  await page.keyboard.press('F4')
  const { number } = new Identification(page)
  await expect(number).toBeFocused()
  await asHands(page, '7404123456')
  await expect(number).toHaveValue('7404123456')
  await page.keyboard.press('Control+KeyA')
  await page.keyboard.type('7404 123456')
  await expect(number).toHaveValue('7404 123456')
  await page.keyboard.press('Control+KeyA')
  await page.keyboard.type('12345')
  await expect(number).toHaveValue('12345')
  await page.keyboard.press('ArrowLeft')
  await page.keyboard.type('аб')
  await expect(number).toHaveValue('1234аб5')
  await page.keyboard.press('Control+KeyA')
  await page.keyboard.type('mira.sokolova@mail.example')
  await expect(number).toHaveValue('mira.sokolova@mail.example')
})
