import { describe, expect, test } from 'vitest'
import { drawMemoSheet, type MemoSheet } from '../../../../src/main/printing/documents/memo-sheet'
import { spellRussian } from '../../../../src/shared/domain/password-policy'
import { mm } from '../../../../src/main/printing/pdf'
import { infoOf, qrOf, textOf, wordsOf } from '../../../support/pdf/read-pdf'
import { memoSheet } from './examples'

const office = { timeZone: 'Asia/Yekaterinburg' }
const draw = (change: Partial<MemoSheet> = {}) => drawMemoSheet({ ...memoSheet, ...change }, office)
const provider = (change: Partial<MemoSheet['provider']>) => ({ provider: { ...memoSheet.provider, ...change } })

function heightOf(pdf: Uint8Array, words: string): number {
  return wordsOf(pdf).find(({ text }) => text === words)?.top ?? NaN
}

test('the subscriber finds everything needed for the first sign-in', async () => {
  const text = textOf(await draw())
  for (const words of [
    'Памятка абонента',
    '№ 000127 от 22 ноября 2026 г.',
    'ООО «Тепловые сети Энска»',
    'Иванов Пётр Сергеевич',
    'Лицевой счёт 100200300',
    'https://lk.teploset.example',
    'Логин (номер лицевого счёта) 100200300',
    'Пароль действует до 25 ноября 2026 г., 09:05. Он одноразовый: при первом входе смените его на свой.',
    'Введите логин 100200300 (только цифры, без буквы)',
    '8 (800) 000-00-00',
    'В кассе офиса и на почте.',
    'Сотрудники никогда не спрашивают пароль.',
    'Выдал(а): Смирнова О. А.',
    'линия отреза',
  ]) {
    expect(text).toContain(words)
  }
})

test('the password stands in groups of four and is spelled out for reading aloud', async () => {
  const text = textOf(await draw())
  expect(text).toContain('tQ7k 9mFw 2hGd')
  for (const group of ['tQ7k', '9mFw', '2hGd']) expect(text).toContain(`${group} ${spellRussian(group).join(', ')}`)
})

test('the password is large', async () => {
  const large = wordsOf(await draw()).filter(({ text }) => text === 'tQ7k').map(({ top, bottom }) => bottom - top)
  expect(Math.max(...large)).toBeGreaterThanOrEqual(16)
})

test('a password of the greatest length stays on the sheet, whole and in large letters', async () => {
  const password = 'dfghjkmnqrstuvwz23456789'.repeat(6).slice(0, 128)
  const pdf = await draw({ password })
  const groups = password.match(/.{1,4}/g) ?? []
  expect(textOf(pdf)).toContain(groups.slice(0, 4).join(' '))
  for (const { right } of wordsOf(pdf)) expect(right).toBeLessThanOrEqual(200 * mm)
})

test('the phone camera opens the portal from the code', async () => {
  expect(new TextDecoder().decode(qrOf(await draw())?.bytes)).toBe('https://lk.teploset.example')
})

describe('the receipt below the line', () => {
  test('names the sheet, the receiver and the operator', async () => {
    const pdf = await draw()
    const words = wordsOf(pdf)
    const cut = heightOf(pdf, 'отреза')
    const receipt = words.filter(({ top }) => top > cut + 5).map(({ text }) => text).join(' ')
    for (const part of ['Расписка в получении памятки', '№ 000127', 'Иванов Пётр Сергеевич', 'Центральный офис, окно 3', '22.11.2026 в 09:05', 'Смирнова О. А.', 'Памятку получил(а)', 'представителю']) {
      expect(receipt).toContain(part)
    }
  })

  test('has neither the password nor its spelling', async () => {
    const pdf = await draw({ login: 'login-only-above@example.org' })
    const cut = heightOf(pdf, 'отреза')
    const receipt = wordsOf(pdf).filter(({ top }) => top > cut + 5).map(({ text }) => text)
    expect(receipt.length).toBeGreaterThan(20)
    for (const secret of ['tQ7k', '9mFw', '2hGd', 'строчная,', 'заглавная,', 'login-only-above@example.org']) expect(receipt).not.toContain(secret)
  })

  test('is on the lower half', async () => {
    expect(heightOf(await draw(), 'отреза')).toBeGreaterThanOrEqual(148 * mm)
  })
})

test('nobody needs a magnifying glass: letters are at least 10 pt', async () => {
  // PT Sans boxes are 1.294 of the size; lower-case letters do not change them.
  const small = wordsOf(await draw()).filter(({ top, bottom }) => bottom - top < 10 * 1.1)
  expect(small).toEqual([])
})

test('a subscriber of one contract gets the words of that portal', async () => {
  const text = textOf(
    await draw({
      ...{ contract: '12345678', login: '12345678', oneTime: false, expiresAt: null, password: 'k7m2qd' },
      ...provider({ portal: { ...memoSheet.provider.portal, scheme: 'contract' }, memo: { ...memoSheet.provider.memo, appendixTo: 'приложение к договору', wifi: true } }),
    }),
  )
  for (const words of ['Логин (номер договора) 12345678', 'приложение к договору', 'Договор 12345678', 'Пароль действует, пока вы его не смените.', 'Сеть Wi-Fi: название', 'k7m2 qd']) {
    expect(text).toContain(words)
  }
})

test('a password with a limit that need not be changed says only the limit', async () => {
  const text = textOf(await draw({ oneTime: false }))
  expect(text).toContain('Пароль действует до 25 ноября 2026 г., 09:05.')
  expect(text).not.toContain('одноразовый')
})

test('one sheet of paper is for one subscriber', async () => {
  expect(infoOf(await draw())['Pages']).toBe('1')
})

test('very long instructions take more sheets, and the receipt comes on one of its own', async () => {
  const firstSteps = Array.from({ length: 12 }, (_, index) => `Шаг номер ${index + 1}. ${memoSheet.provider.portal.firstSteps.join(' ')}`)
  const pdf = await draw(provider({ portal: { ...memoSheet.provider.portal, firstSteps } }))
  const pages = Number(infoOf(pdf)['Pages'])
  expect(pages).toBeGreaterThan(1)
  const text = textOf(pdf)
  for (let step = 1; step <= 12; step++) expect(text).toContain(`Шаг номер ${step}.`)
  const last = wordsOf(pdf).filter(({ page }) => page === pages).map(({ text }) => text)
  expect(last.join(' ')).toContain('Расписка в получении памятки')
  expect(last).not.toContain('tQ7k')
})

test('long names and logins stay inside the sheet', async () => {
  const login = 'konstantin.aleksandrovich.konstantinopolskiy@ochen-dlinnyy-pochtovyy-domen.example'
  const subscriberName = 'Муниципальное унитарное предприятие «Жилищно-эксплуатационное управление Северо-Западного административного округа»'
  const pdf = await draw({ login, subscriberName, contract: '12345678901234567890' })
  expect(textOf(pdf).replaceAll(' ', '')).toContain(login)
  for (const { left, right, top, bottom } of wordsOf(pdf)) {
    expect(left).toBeGreaterThanOrEqual(10 * mm)
    expect(right).toBeLessThanOrEqual(200 * mm)
    expect(top).toBeGreaterThanOrEqual(10 * mm)
    expect(bottom).toBeLessThanOrEqual(287 * mm)
  }
})

test('neither the title of the file nor its other properties hold personal data', async () => {
  const properties = JSON.stringify(infoOf(await draw()))
  for (const words of ['Иванов', '100200300', 'tQ7k']) expect(properties).not.toContain(words)
})

test('the same memo is the same file', async () => {
  expect((await draw()).equals(await draw())).toBe(true)
})
