import { describe, expect, test } from 'vitest'
import { requestKinds } from '@shared/contract/requests'
import { drawApplication, type Application } from '../../../../src/main/printing/documents/application'
import { infoOf, textOf } from '../../../support/pdf/read-pdf'

const application: Application = {
  number: 'З-2026-000123',
  kind: 'termination',
  text: 'Оборудование верну 30 ноября.',
  details: { from: '2026-12-01', until: '2027-03-01', tariff: 'Домашний 300', amount: 65_000 },
  createdAt: '2026-11-22T09:05:00+05:00',
  dueOn: '2026-12-02',
  subscriberName: 'Соколова Мария Игоревна',
  subscriberKind: 'person',
  representative: null,
  operatorName: 'Ветрова Анна Павловна',
  printedAt: '2026-11-22T09:06:00+05:00',
  office: { name: 'Центр обслуживания № 1', address: 'г. Энск, ул. Мира, д. 1', phone: '8 (800) 000-00-00' },
  account: { number: '0045612', contract: '0045612', contractDate: '2019-09-02', tariff: 'Домашний 100', address: 'г. Энск, ул. Ленина, д. 10, кв. 15', provider: 'Эником', legalName: 'ООО «Эником»' },
}
const draw = (change: Partial<Application> = {}) => drawApplication({ ...application, ...change }, { timeZone: 'Asia/Yekaterinburg' })
const words = async (change: Partial<Application> = {}) => textOf(await draw(change)).replace(/[\s\u00a0\u202f]+/g, ' ')

test('an application says to whom, from whom, for which account, what is asked, and what the office has taken', async () => {
  const text = await words()
  for (const part of [
    'В ООО «Эником»', 'от: Соколова Мария Игоревна', 'лицевой счёт: 0045612', 'Заявление о расторжении договора', '№ З-2026-000123',
    'Прошу расторгнуть договор и прекратить оказание услуг с 1 декабря 2026 г.', 'Оборудование верну 30 ноября.',
    'Принято: 22 ноября 2026 г., 09:05.', 'Принял(а): Ветрова Анна Павловна', 'подпись',
  ]) expect(text).toContain(part)
})

test.each(requestKinds)('of the kind %s says what is asked in a sentence of its own, on one sheet', async (kind) => {
  const pdf = await draw({ kind })
  expect(infoOf(pdf)['Pages']).toBe('1')
  expect(textOf(pdf)).toMatch(/Прошу/)
})

test('a sentence that ends with a year has one full stop, and a complaint names the day of its answer', async () => {
  const text = await words({ kind: 'complaint' })
  expect(text).toContain('Ответ прошу дать до 2 декабря 2026 г.')
  for (const kind of requestKinds) expect(await words({ kind })).not.toContain('..')
})

describe('who asks', () => {
  test('a representative signs, and is named as such', async () => {
    expect(await words({ representative: 'Доверенный Иван Петрович' })).toMatch(/представитель: Доверенный Иван Петрович.*подпись.*Доверенный Иван Петрович|представитель: Доверенный Иван Петрович.*Доверенный Иван Петрович.*подпись/)
  })

  test('an organisation puts its seal', async () => {
    expect(await words({ subscriberKind: 'organisation', subscriberName: 'ООО «Уют»' })).toContain('подпись, печать')
  })

  test('without an account the application goes to the office', async () => {
    expect(await words({ account: null, kind: 'letter' })).toContain('В Центр обслуживания № 1')
  })
})

test('a long text goes on over the page, and no sentence is lost', async () => {
  const sentences = Array.from({ length: 90 }, (_, index) => `Довод номер ${index + 1} изложен полностью.`)
  const pdf = await draw({ kind: 'complaint', text: sentences.join(' ') })
  expect(Number(infoOf(pdf)['Pages'])).toBeGreaterThan(1)
  const text = textOf(pdf).replace(/[\s\u00a0\u202f]+/g, ' ')
  for (const index of [1, 45, 90]) expect(text).toContain(`Довод номер ${index} `)
  expect(text).toContain('лист 2 из')
})

test('the title of the file names no person', async () => {
  expect(infoOf(await draw())['Title']).toBe('Заявление № З-2026-000123')
})

test('the same request gives the same bytes', async () => {
  expect(await draw()).toEqual(await draw())
})
