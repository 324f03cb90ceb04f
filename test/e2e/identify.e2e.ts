import { expect, test } from '@playwright/test'
import { openDesk } from './desk'
import { asHands } from './hands'
import { look } from './look'
import { Identification } from './screens/identification'
import { Search } from './screens/search'

const desk = openDesk({ as: 'operator' })
const needsIdentity = 'Сначала установите личность (F4)'

test('before the visitor is identified, what needs it is closed and says why', async () => {
  const card = await new Search(desk.page).open('7423 004104')
  await expect(card.name).toHaveText('Римская-Залесская Алёна Юрьевна')
  await expect(card.identity).toHaveText('Личность не установлена')
  await card.expectReason('Контакты', needsIdentity)
  await card.expectReason('Пароль ЛК', needsIdentity)
  await card.expectOpen('Показания')
  await card.expectOpen('Квитанция')
  await look(desk.page, 'card')
  // The keys are closed too.
  await desk.page.keyboard.press('F5')
  await desk.page.keyboard.press('F6')
  await expect(desk.page.getByRole('heading', { name: 'История' })).toBeVisible()
  // The number of the document is nowhere on the screen, the rest of a contact neither.
  await expect(card.root).not.toContainText('004104')
  await expect(card.root).not.toContainText('alena.rz@')
})

test('a number that differs costs an attempt, a slip of the finger does not, and the right one opens the rest', async () => {
  const card = await new Search(desk.page).open('7423 004104')
  const identification = new Identification(desk.page)
  await identification.open()
  await expect(identification.number).toBeFocused()
  await desk.page.keyboard.type('7423 00410')
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByRole('alert')).toContainText('Не похоже на номер')
  await identification.number.fill('7423 004105')
  await desk.page.keyboard.press('Enter')
  await expect(identification.differs).toContainText('Осталось 4 попытки')
  await expect(identification.number).toHaveValue('')
  await expect(identification.number).toBeFocused()
  await look(desk.page, 'identification-differs')
  await asHands(desk.page, '7423004104')
  await desk.page.keyboard.press('Enter')
  await expect(identification.agreed).toBeVisible()
  await expect(card.identity).toContainText('Личность установлена: ')
  await card.expectOpen('Контакты')
  await card.expectOpen('Пароль ЛК')
  await look(desk.page, 'identification-agreed')
})

test('for a child a parent comes, with the birth certificate that is on record', async () => {
  const card = await new Search(desk.page).open('0701000113')
  const identification = new Identification(desk.page)
  await identification.open()
  await expect(desk.page.getByText('Абоненту нет 14 лет')).toBeVisible()
  await identification.representativeName.fill('Лебедев Илья Петрович')
  await desk.page.getByLabel('Серия и номер документа').fill('7410 111222')
  await desk.page.getByLabel('Серия и номер свидетельства').fill('III-ДУ 740113')
  await look(desk.page, 'identification-parent')
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByText('Представитель записан.')).toBeVisible()
  await card.expectOpen('Контакты')
})

test('a representative is recorded with a power of attorney that is still in force', async () => {
  const card = await new Search(desk.page).open('7411 004106')
  const identification = new Identification(desk.page)
  await identification.open()
  await identification.way('representative')
  await expect(identification.representativeName).toBeFocused()
  await identification.representativeName.fill('Котов Игорь Степанович')
  await desk.page.getByLabel('Серия и номер документа').fill('7410 777888')
  await desk.page.getByLabel('Нотариус', { exact: true }).fill('Печатников О. Р.')
  await desk.page.getByLabel('Номер в реестре нотариуса').fill('74/115-н/74-2026-1-1')
  await desk.page.getByLabel('Номер доверенности').fill('74АБ 1234567')
  const submit = desk.page.getByRole('button', { name: /^Записать/ })
  await desk.page.getByLabel('Дата доверенности').fill('01.02.2020')
  await expect(submit).toHaveAttribute('aria-disabled', 'true')
  await expect(submit).toHaveAccessibleDescription(/^Срок доверенности истёк 01.02.2021/)
  await look(desk.page, 'representative-expired')
  const lastMonth = new Date(Date.now() - 30 * 86_400_000).toLocaleDateString('ru-RU')
  await desk.page.getByLabel('Дата доверенности').fill(lastMonth)
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByText('Представитель записан.')).toBeVisible()
  await expect(card.identity).toHaveText('Представитель по доверенности')
  await card.expectOpen('Контакты')
})

test('for readings nobody has to show a document, and everything else stays closed', async () => {
  const card = await new Search(desk.page).open('7402 201957')
  const identification = new Identification(desk.page)
  await identification.open()
  await identification.way('readingsOnly')
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByText('Отмечено: только показания.')).toBeVisible()
  await expect(card.identity).toHaveText('Только показания')
  await card.expectReason('Контакты', needsIdentity)
  await card.expectReason('Пароль ЛК', needsIdentity)
  await card.expectOpen('Показания')
  await card.expectOpen('Квитанция')
})

test('an organisation and an account without meters say what can not be done for them', async () => {
  const card = await new Search(desk.page).open('300012314')
  await card.expectReason('Показания', 'На этом счёте нет приборов учёта')
})

test('the end of a visit says what was done, and the next visitor begins with an empty box', async () => {
  const search = new Search(desk.page)
  const card = await search.open('7405 004114')
  await card.identify('7405 004114')
  await desk.page.keyboard.press('F9')
  await expect(desk.page.getByRole('region', { name: 'Что сделано' })).toContainText('Документ совпал')
  await look(desk.page, 'close-visit')
  await desk.page.keyboard.press('Enter')
  await expect(desk.page.getByText('Обслуживание завершено: ИП Журавлёв Артём Олегович')).toBeVisible()
  await expect(search.box).toBeFocused()
  await expect(search.box).toHaveValue('')
  // Visits of this desk that are still open are offered, the closed one is not.
  const open = desk.page.getByRole('region', { name: 'Незавершённые обслуживания' })
  await expect(open).toContainText('Иванов Пётр Сергеевич')
  await expect(open).not.toContainText('Журавлёв')
  await look(desk.page, 'desk')
})
