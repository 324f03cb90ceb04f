import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { look } from './look'
import { admin, call } from './office'
import { Identification } from './screens/identification'
import { Search } from './screens/search'
import { PersonMenu, SignIn } from './screens/sign-in'

const desk = openDesk({ as: 'operator' })
const next = { login: 'window.nine', password: 'own-of-window-nine-1' }

test('a visitor without a notary’s power of attorney leaves with a list and a code; the next day another window goes on by that code', async () => {
  test.slow()
  const { page } = desk
  const card = await new Search(page).open('7411 004106')
  const identification = new Identification(page)
  await identification.open()
  await identification.way('representative')
  await identification.representativeName.fill('Котов Игорь Степанович')
  await page.getByLabel('Серия и номер документа').fill('7410 777888')
  await page.getByLabel('Как удостоверена доверенность').selectOption('plain')
  await page.getByLabel('Номер доверенности').fill('б/н')
  await page.getByLabel('Дата доверенности').fill(new Date(Date.now() - 30 * 86_400_000).toLocaleDateString('ru-RU'))
  await look(page, 'representative-plain')
  await page.keyboard.press('Enter')
  await expect(page.getByText('Представитель записан.')).toBeVisible()
  await card.expectReason('Контакты', 'Нужна нотариальная доверенность')
  await card.expectReason('Пароль ЛК', 'Нужна нотариальная доверенность')

  await page.keyboard.press('Alt+KeyB')
  await expect(page.getByRole('heading', { name: 'Что принести в следующий раз' })).toBeVisible()
  await page.getByLabel('Зачем приходил посетитель').selectOption('changeEmail')
  await expect(page.getByLabel('Доверенность, удостоверенная нотариусом')).toBeChecked()
  await page.getByLabel('Новая почта').fill('kotova@example.org')
  await look(page, 'postpone')
  await page.keyboard.press('Enter')
  await expect(page.getByRole('region', { name: 'Обслуживание отложено' })).toContainText(/V\d{3}\s\d{3}\s\d{3}/)
  await expect(page.getByRole('button', { name: /^Напечатать талон/ })).toBeFocused()
  await look(page, 'postponed')

  const code = (await page.getByRole('region', { name: 'Обслуживание отложено' }).innerText()).match(/V\d{3}\s\d{3}\s\d{3}/)?.[0].replace(/\s/g, '') ?? ''
  const firstPassword = 'first-of-window-nine'
  await call(desk.data, 'staff.create', { login: next.login, fullName: 'Ручьёва Вера Павловна', roles: ['operator'], window: '9', password: firstPassword }, admin)
  await call(desk.data, 'session.changePassword', { current: firstPassword, next: next.password }, { login: next.login, password: firstPassword })
  await new PersonMenu(page).signOut()
  await new SignIn(page).with(next.login, next.password)
  await expect(page.getByRole('navigation', { name: 'Разделы' })).toBeVisible()

  // Faster than hands: a scanner.
  await page.keyboard.type(code)
  await page.keyboard.press('Enter')
  await card.expectOpened()
  await expect(card.name).toHaveText('Котова Нина Степановна')
  await expect(card.identity).toHaveText('Личность не установлена')
  const draft = page.getByRole('region', { name: 'Отложенное обслуживание' })
  await expect(draft).toContainText('изменить электронную почту')
  await expect(draft).toContainText('Доверенность, удостоверенная нотариусом')
  await expect(page.locator('body')).not.toContainText('kotova@example.org')
  await look(page, 'draft')

  await page.keyboard.press('Alt+KeyG')
  await expect(page.getByRole('heading', { name: 'Кто пришёл' })).toBeVisible()
  await expect(new Identification(page).number).toBeFocused()
  await page.keyboard.type('7411 004106', { delay: 75 })
  await page.keyboard.press('Enter')
  await expect(card.identity).toContainText('Личность установлена')
  await page.keyboard.press('Alt+KeyG')
  await expect(page.getByLabel('Новая почта или телефон')).toHaveValue('kotova@example.org')

  // A used code finds nobody.
  await page.keyboard.press('F9')
  await expect(page.getByRole('button', { name: /^Завершить и вернуться/ })).toBeFocused()
  await page.keyboard.press('Enter')
  const search = new Search(page)
  await expect(search.box).toBeFocused()
  // By hand: keys right behind a scan are taken for the rest of it, and the next test begins at once.
  await search.find(code)
  await expect(search.nothing).toBeVisible()
})

test('a visit is handed to whoever is free and taken back by one key', async () => {
  const { page } = desk
  const card = await new Search(page).open('7405 004114')
  await page.keyboard.press('Alt+KeyW')
  await expect(page.getByRole('radio', { name: 'любому свободному' })).toBeFocused()
  await page.getByLabel('Что осталось сделать').fill('выдать памятку')
  await look(page, 'hand-over')
  await page.keyboard.press('Enter')
  const strip = page.getByRole('region', { name: 'Переданные обслуживания' })
  await expect(strip).toContainText('Передано, ещё не принято: ИП Журавлёв Артём Олегович')
  await look(page, 'waiting')
  await page.keyboard.press('Alt+KeyJ')
  await card.expectOpened()
  await expect(page.getByRole('region', { name: 'Отложенное обслуживание' })).toContainText('выдать памятку')
  await expect(strip).toBeHidden()
  await page.keyboard.press('F9')
  await expect(page.getByRole('heading', { name: 'Завершить обслуживание' })).toBeVisible()
  await look(page, 'close-visit-slip')
})

test('the supervisor sees the shift; the administrator changes what suffices for what', async () => {
  const { page } = desk
  await new PersonMenu(page).signOut()
  await new SignIn(page).as('supervisor')
  // The first page of a supervisor: by account, a name only when it is asked for.
  const row = page.getByRole('grid', { name: 'Окна' }).getByRole('row', { name: /Ручьёва В\. П\./ })
  await expect(row).toContainText('осталось открытым')
  await expect(page.getByText('Журавлёв')).toHaveCount(0)
  await row.click()
  await page.keyboard.press('Alt+KeyN')
  await expect(page.getByRole('region', { name: 'Окно подробно' })).toContainText('Журавлёв')
  await new PersonMenu(page).signOut()
  await new SignIn(page).as('admin')
  await page.getByRole('link', { name: 'Поставщики' }).click()
  await expect(page.getByRole('button', { name: 'Изменить', exact: true })).toBeVisible()
  await page.keyboard.press('Alt+KeyE')
  await page.getByRole('navigation', { name: 'Разделы карточки' }).getByRole('button', { name: 'Кому что разрешено' }).click()
  const box = page.getByRole('checkbox', { name: 'изменить электронную почту: нотариальная доверенность' })
  const save = page.getByRole('button', { name: 'Сохранить поставщика' })
  await box.scrollIntoViewIfNeeded()
  await expect(save).toHaveAccessibleDescription('Изменений нет')
  await page.getByRole('checkbox', { name: 'изменить электронную почту: простая доверенность' }).check()
  await box.uncheck()
  await expect(page.getByRole('alert').filter({ hasText: 'достаточно и нотариальной' })).toBeVisible()
  await look(page, 'identification-matrix')
  await page.getByRole('checkbox', { name: 'изменить электронную почту: простая доверенность' }).uncheck()
  await save.click()
  await expect(page.getByRole('status').filter({ hasText: /сохранена версия 2\. Правила действуют во всех окнах/ })).toBeVisible()
})
