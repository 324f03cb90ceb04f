import { expect, test } from 'vitest'
import { neededItemLabels, neededItems } from '@shared/domain/next-visit'
import { drawNextVisitSlip, type NextVisitSlip } from '../../../../src/main/printing/documents/next-visit-slip'
import { drawVisitSlip, type VisitSlip } from '../../../../src/main/printing/documents/visit-slip'
import { a4 } from '../../../../src/main/printing/pdf'
import { code128Of } from '../../../support/pdf/code-128'
import { infoOf, textOf, wordsOf } from '../../../support/pdf/read-pdf'

const head = {
  office: { name: 'Энский центр обслуживания', address: 'г. Энск, ул. Ленина, д. 1', phone: '8-800-000-00-00', hours: 'пн–пт 8:00–19:00, сб 9:00–15:00' },
  timeZone: 'Asia/Yekaterinburg', operatorName: 'Ветрова Анна Павловна', window: '3', issuedAt: '2026-11-22T05:41:00Z', openedAt: '2026-11-22T05:38:00Z',
  visitor: { isOrganisation: false, name: 'Соколова Мария Игоревна', lastName: 'Соколова', firstName: 'Мария', middleName: 'Игоревна' },
}
const at = '2026-11-22T05:39:00Z'
const done = (kind: string, details: Record<string, unknown>, undone = false) => ({ kind, at, details, undone })
const visit: VisitSlip = {
  ...head,
  done: [
    done('visits.identify', { agrees: true, document: '*******456' }),
    done('contacts.confirmEmail', { confirmed: true, from: 'm***@example.org', to: 'i***@mail.ru' }),
    done('portalAccess.reissuePassword', { memoNumber: '2026-000148' }),
    done('readings.save', { account: '04012345', takenOn: '2026-11-22', meters: 2 }, true),
    done('paymentDocuments.print', { number: 'А-012345-102026', period: '2026-10' }),
    done('contacts.unmask', { contact: '+7 *** ***-20-30' }),
  ],
}
const next: NextVisitSlip = { ...head, code: 'V123456782', expiresOn: '2026-12-22', action: 'changeEmail', items: ['notarialPower', 'representativeDocument', 'mailAccess'], freeLine: 'Старую квитанцию' }

test('the slip of a visit says in the visitor’s words what was done, and what was taken back', async () => {
  const text = textOf(await drawVisitSlip(visit))
  for (const words of ['Талон посетителя', 'Мария Игоревна С.', 'Электронная почта подтверждена: i***@mail.ru', 'памятка № 2026-000148', 'лицевой счёт …2345', '— отменено', 'за 10.2026', 'тел. 8-800-000-00-00', '22.11.2026 в 10:41', 'окно 3', 'Ветрова А. П.'])
    expect(text).toContain(words)
})

test('what was done with contacts is told with the way it was confirmed, and what a change that was taken back has cost', async () => {
  const phone = '+7 *** ***-**-33'
  const text = textOf(await drawVisitSlip({
    ...head,
    done: [
      done('contacts.changeEmail', { way: 'link', to: 'i***@mail.ru' }), done('contacts.changePhone', { way: 'smsCode', to: phone }), done('contacts.confirmPhone', { confirmed: false, to: phone }),
      done('contacts.confirmPhone', { confirmed: true, to: phone }), done('contacts.changePhone', { way: 'none', to: '+7 *** ***-**-44' }), done('contacts.removeEmail', { from: 'b***@home.example' }),
      done('contacts.revertEmail', { from: 't***@post.example', to: 'm***@example.org' }), done('contacts.revokePassword', { memoNumber: '2026-000149' }),
    ],
  })).replace(/\s+/g, ' ')
  for (const words of ['почту i***@mail.ru отправлена ссылка', `номер ${phone} отправлен код`, 'номер телефона +7 *** ***-**-44, без подтверждения', 'почта удалена: b***@home.example', 'Смена электронной почты отменена, снова m***@example.org', 'Отозван пароль личного кабинета: памятка № 2026-000149'])
    expect(text).toContain(words)
  expect(text.split(`Номер телефона подтверждён: ${phone}`)).toHaveLength(2)
})

test('whoever finds a slip learns neither who it was given to nor a number', async () => {
  for (const pdf of [await drawVisitSlip(visit), await drawNextVisitSlip(next)]) {
    const text = textOf(pdf)
    for (const secret of ['Соколова', '04012345', '012345', '*******456', '20-30']) expect(text).not.toContain(secret)
    expect(infoOf(pdf)['Title']).not.toContain('Соколова')
  }
})

test('a visit without changes says so', async () => {
  expect(textOf(await drawVisitSlip({ ...visit, done: [] }))).toContain('В этот раз ничего не изменено.')
})

test('the list names what to bring, the code and until when it is good', async () => {
  const text = textOf(await drawNextVisitSlip(next))
  for (const words of ['Что принести в следующий раз', 'чтобы изменить электронную почту', 'Доверенность, удостоверенная нотариусом', 'Паспорт представителя', 'Старую квитанцию', 'V123 456 782', 'до 22.12.2026', 'г. Энск, ул. Ленина, д. 1', 'пн–пт 8:00–19:00'])
    expect(text).toContain(words)
})

test('a scanner reads the code from the paper', async () => {
  const pdf = await drawNextVisitSlip(next)
  const label = wordsOf(pdf).find(({ text }) => text === 'Код')!
  expect(code128Of(pdf, label.top + 20)).toBe('V123456782')
})

test('the code is large enough to be read out by an elderly visitor', async () => {
  const digits = wordsOf(await drawNextVisitSlip(next)).filter(({ text }) => ['V123', '456', '782'].includes(text))
  expect(digits).toHaveLength(3)
  for (const { top, bottom } of digits) expect(bottom - top).toBeGreaterThan(20)
})

test('whatever was done or is missing, all of it stays on the upper half of one sheet', async () => {
  const many = { ...visit, done: Array.from({ length: 40 }, (_, index) => done('portalAccess.reissuePassword', { memoNumber: `2026-${index}` })) }
  const long = { ...next, items: [...neededItems], freeLine: 'Очень длинное пояснение своими словами '.repeat(5).trim() }
  for (const pdf of [await drawVisitSlip(many), await drawNextVisitSlip(long)]) {
    expect(infoOf(pdf)['Pages']).toBe('1')
    const words = wordsOf(pdf)
    expect(Math.max(...words.map(({ bottom }) => bottom))).toBeLessThan(a4.height / 2)
    expect(Math.max(...words.map(({ right }) => right))).toBeLessThan(a4.width - 20)
    expect(words.map(({ text }) => text).join(' ')).toContain('и ещё:')
    // Nothing is printed over something else.
    for (const one of words) for (const other of words) if (one !== other && one.left < other.right - 1 && other.left < one.right - 1) expect(Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top)).toBeLessThan(6)
  }
})

test('every item of the list has words on paper', () => {
  for (const item of neededItems) expect(neededItemLabels[item]).toMatch(/^[А-Я]/)
})

test('the same content always gives the same bytes', async () => {
  expect(await drawNextVisitSlip(next)).toEqual(await drawNextVisitSlip(next))
})
