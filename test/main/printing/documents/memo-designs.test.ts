import { describe, expect, test } from 'vitest'
import { groups } from '@shared/domain/password-policy'
import type { ProviderCard } from '@shared/domain/provider-profile'
import { blankProvider, readyProvider, readyProviders } from '../../../../src/main/features/providers/ready-profiles'
import { drawMemoSample, sampleMemo } from '../../../../src/main/printing/documents/memo-sample'
import { memoMedia } from '../../../../src/main/printing/documents/memo-media'
import { countMemoPages, drawMemoSheet, drawMemoSheets, type MemoSheet } from '../../../../src/main/printing/documents/memo-sheet'
import { mm } from '../../../../src/main/printing/pdf'
import { infoOf, qrOf, textOf, wordsOf } from '../../../support/pdf/read-pdf'

const at = new Date('2026-11-22T09:05:00+05:00')
const timeZone = 'Asia/Yekaterinburg'
const codes = readyProviders.map(({ code }) => code)
const memoOf = (code: string, change: Partial<MemoSheet> = {}): MemoSheet => ({ ...sampleMemo(readyProvider(code)!, at), ...change })
const withMemo = (memo: MemoSheet, change: Partial<MemoSheet['provider']['memo']>): MemoSheet => ({ ...memo, provider: { ...memo.provider, memo: { ...memo.provider.memo, ...change } } })
const pages = (pdf: Uint8Array) => Number(infoOf(pdf)['Pages'])
const wordsOnly = (pdf: Uint8Array, page: number) => wordsOf(pdf).filter((word) => word.page === page).map(({ text }) => text).join(' ')

/** Nothing leaves the part of the paper that every printer prints, and no two lines lie over each other. */
function expectLegible(pdf: Uint8Array, paper: { width: number; height: number }): void {
  const words = wordsOf(pdf)
  for (const { left, right, top, bottom, text } of words) {
    expect(left, text).toBeGreaterThanOrEqual(9.5 * mm)
    expect(right, text).toBeLessThanOrEqual((paper.width - 9.5) * mm)
    expect(top, text).toBeGreaterThanOrEqual(9 * mm)
    expect(bottom, text).toBeLessThanOrEqual((paper.height - 9) * mm)
  }
  const covered = words.filter((word, index) =>
    words.slice(index + 1).some((other) => other.page === word.page && other.left < word.right - 1 && word.left < other.right - 1 && Math.min(word.bottom, other.bottom) - Math.max(word.top, other.top) > 0.55 * Math.min(word.bottom - word.top, other.bottom - other.top)),
  )
  expect(covered.map(({ text }) => text)).toEqual([])
}
const a4 = { width: 210, height: 297 }
const a5 = { width: 148, height: 210 }

describe.each(codes)('the memo of %s', (code) => {
  test('is one A4 with its receipt, black on white, everything at least 10 pt', async () => {
    const pdf = await drawMemoSheet(memoOf(code), { timeZone })
    expect(pages(pdf)).toBe(1)
    expectLegible(pdf, a4)
    expect(wordsOf(pdf).filter(({ top, bottom }) => bottom - top < 10 * 1.1)).toEqual([])
    expect(textOf(pdf)).toContain('линия отреза')
    expect(textOf(pdf)).toContain('Расписка в получении памятки')
  })

  test('in large print is two sheets of at least 16 pt with a password of at least 28, and the receipt apart', async () => {
    const memo = memoOf(code)
    const pdf = await drawMemoSheet(memo, { timeZone, large: true })
    expect(pages(pdf)).toBe(3)
    expectLegible(pdf, a4)
    // Footers are for whoever puts sheets together.
    const read = wordsOf(pdf).filter(({ page, top }) => page < 3 && top < 280 * mm)
    expect(read.filter(({ top, bottom }) => bottom - top < 16 * 1.1)).toEqual([])
    const [first = ''] = groups(memo.password)
    // PT Mono boxes are 1.12 of the size.
    expect(Math.max(...wordsOf(pdf).filter(({ text }) => text === first).map(({ top, bottom }) => bottom - top))).toBeGreaterThanOrEqual(28 * 1.1)
    const text = `${wordsOnly(pdf, 1)} ${wordsOnly(pdf, 2)}`
    for (const needed of [memo.login, 'Первый', 'Помощь', memo.provider.phones[0]!.phone.slice(-5), memo.provider.memo.securityNote.split(' ')[0]!]) expect(text).toContain(needed)
    for (const group of groups(memo.password)) expect(wordsOnly(pdf, 3)).not.toContain(group)
  })

  test('on A5 is whole too, the receipt on a sheet of its own', async () => {
    const memo = withMemo(memoOf(code), { format: 'a5' })
    expect(memoMedia(memo)).toBe('A5')
    expect(memoMedia(memo, true)).toBe('A4')
    const pdf = await drawMemoSheet(memo, { timeZone })
    expect(infoOf(pdf)['Page size']).toMatch(/419\.\d+ x 595\.\d+/)
    expect(pages(pdf)).toBeLessThanOrEqual(3)
    expectLegible(pdf, a5)
    expect(wordsOnly(pdf, pages(pdf))).toContain('Расписка')
  })

  test('is read in the order it is used: who it is for, address, login, password, letters, term, steps', async () => {
    const memo = memoOf(code)
    const text = textOf(await drawMemoSheet(memo, { timeZone }))
    const order = [memo.subscriberName, 'Адрес в интернете', `) ${memo.login} Пароль`, `Пароль ${groups(memo.password).join(' ')}`, 'Пробелы не вводите', 'Пароль действует', 'Первый вход'].map((words) => text.indexOf(words))
    expect(order.every((place) => place >= 0)).toBe(true)
    expect(order).toEqual([...order].sort((one, other) => one - other))
  })

  test.each([false, true])('holds the longest names, a password of 20 characters and a login of 60 (large: %s)', async (large) => {
    const login = 'konstantin.konstantinopolskiy-petropavlovskiy@pochta.example'
    expect(login).toHaveLength(60)
    const memo = memoOf(code, {
      login,
      password: 'dfghjkmnqrstuvwz2345',
      subscriberName: 'Константинопольская-Петропавловская Александра Константиновна',
      address: 'Энская область, Северо-Западный муниципальный район, посёлок городского типа Верхнеколымский, улица Красноармейская, д. 128, корп. 14, кв. 1024',
      contract: 'ГС-2315/2018-000123',
      tariff: 'Домашний интернет и цифровое телевидение 500 «Максимальный»',
      operatorName: 'Рождественская-Вознесенская Екатерина Александровна',
      receiver: { name: 'Богоявленский Всеволод Константинович', documentType: 'passport_rf' },
    })
    const pdf = await drawMemoSheet(memo, { timeZone, large })
    expectLegible(pdf, a4)
    expect(textOf(pdf).replaceAll(' ', '')).toContain(login)
    expect(textOf(pdf)).toContain('dfgh jkmn qrst uvwz 2345')
    expect(textOf(pdf)).toContain('Паспорт гражданина РФ')
  })
})

test('utilities tell their days of readings and the emergency number; internet providers the connection, the tariff and whom to ask', async () => {
  const utility = textOf(await drawMemoSheet(memoOf('smorodina'), { timeZone }))
  for (const words of ['Показания счётчиков', 'Передавайте с 20 по 25 число каждого месяца.', 'Аварийная газовая служба: 104 или 112']) expect(utility).toContain(words)
  expect(utility).not.toContain('Подключение дома')
  const internet = textOf(await drawMemoSheet(memoOf('enicom'), { timeZone }))
  for (const words of ['Подключение (PPPoE): логин', 'Сеть Wi-Fi: название', 'Тариф Домашний 100', 'приложение к договору']) expect(internet).toContain(words)
  expect(internet).not.toContain('Показания счётчиков')
})

test('windows of single services stand under the usual one', async () => {
  const memo = memoOf('enser')
  const windows = [{ service: 'heat' as const, fromDay: 28, toDay: 3, graceDays: 0 }]
  const text = textOf(await drawMemoSheet({ ...memo, provider: { ...memo.provider, readings: { ...memo.provider.readings!, windows } } }, { timeZone }))
  expect(text).toContain('Отопление: с 28 по 3 число каждого месяца')
})

test('what the profile leaves out leaves no empty heading behind', async () => {
  const memo = withMemo(memoOf('enser', { tariff: null, expiresAt: null, oneTime: false }), { notes: [], readings: [], terms: [], connection: null, wifi: false })
  const text = textOf(await drawMemoSheet({ ...memo, provider: { ...memo.provider, emergency: null, site: null } }, { timeZone }))
  for (const heading of ['Важно знать', 'Подключение дома', 'Тариф', 'Условия']) expect(text).not.toContain(heading)
  expect(text).toContain('Пароль действует, пока вы его не смените.')
})

test('a profile that was saved before there were designs is drawn as its payment document is', async () => {
  const memo = memoOf('enicom')
  const { title, appendixTo, wifi, securityNote, howToPay } = memo.provider.memo
  const text = textOf(await drawMemoSheet({ ...memo, provider: { ...memo.provider, memo: { title, appendixTo, wifi, securityNote, howToPay } } }, { timeZone }))
  expect(text).toContain('Сеть Wi-Fi: название')
  expect(text).not.toContain('Показания счётчиков')
})

test('words of the profile name this subscriber; a sentence about a tariff is left out where none is known', async () => {
  const howToPay = ['Тариф «{tariff}»: оплатите до конца месяца.', 'По лицевому счёту {account} в приложении банка, вопросы — {phone}.']
  const known = textOf(await drawMemoSheet(withMemo(memoOf('enicom', { tariff: 'Домашний 300' }), { howToPay }), { timeZone }))
  expect(known).toContain('Тариф «Домашний 300»: оплатите до конца месяца.')
  const memo = memoOf('enicom', { tariff: null })
  const unknown = textOf(await drawMemoSheet(withMemo(memo, { howToPay }), { timeZone }))
  expect(unknown).not.toContain('оплатите до конца месяца')
  expect(unknown).toContain(`По лицевому счёту ${memo.account} в приложении банка, вопросы — ${memo.provider.phones[0]!.phone}.`)
})

test('terms take the lower half where the provider wants them there, the receipt a page of its own', async () => {
  const terms = ['Личный кабинет работает круглосуточно.', 'Передавать пароль другим лицам нельзя.']
  const pdf = await drawMemoSheet(withMemo(memoOf('eis24'), { lowerHalf: 'terms', terms }), { timeZone })
  expect(pages(pdf)).toBe(2)
  expect(wordsOnly(pdf, 1)).toContain('Условия пользования')
  expect(wordsOnly(pdf, 1)).not.toContain('Расписка')
  expect(wordsOnly(pdf, 2)).toContain('Расписка')
})

test('all small letters are said once, and capitals with each letter', async () => {
  const small = textOf(await drawMemoSheet(memoOf('enser', { password: 'dfgh23kmnq45' }), { timeZone }))
  expect(small).toContain('dfgh дэ, эф, гэ, аш')
  expect(small).toContain('Все буквы маленькие, латинские.')
  const mixed = textOf(await drawMemoSheet(memoOf('enser', { password: 'dFgh23kmnq45' }), { timeZone }))
  expect(mixed).toContain('dFgh дэ строчная, эф заглавная, гэ строчная, аш строчная')
})

test('the code opens the portal, in the large print too', async () => {
  for (const large of [false, true]) expect(new TextDecoder().decode(qrOf(await drawMemoSheet(memoOf('enser'), { timeZone, large }))?.bytes)).toBe('https://rm-enser.ru/')
})

test('the receipt says who got the sheet and by which document, and of a letter where it went', async () => {
  const own = textOf(await drawMemoSheet(memoOf('enser', { receiver: { name: null, documentType: 'passport_rf' } }), { timeZone, part: 'receipt' }))
  for (const words of ['Кому абоненту лично', 'Документ Паспорт гражданина РФ', 'Памятку получил(а)']) expect(own).toContain(words)
  const sent = textOf(await drawMemoSheet(memoOf('enser', { password: '', sentTo: 'm***@example.org' }), { timeZone, part: 'receipt' }))
  for (const words of ['Расписка в выдаче пароля', 'Отправлен письмом на m***@example.org', 'Пароль получил(а)']) expect(sent).toContain(words)
})

test('several memos in one document have pages of their own: nobody sees another’s password', async () => {
  const [one, other] = [memoOf('eis24', { number: '2026-000001', password: 'dfgh23kmnq45' }), memoOf('eis24', { number: '2026-000002', password: 'zwvu98tsrq76' })]
  const pdf = await drawMemoSheets([one, other], { title: 'Памятки', timeZone })
  expect(pages(pdf)).toBe(countMemoPages(one) + countMemoPages(other))
  for (let page = 1; page <= pages(pdf); page++) expect([one.number, other.number].filter((number) => wordsOnly(pdf, page).includes(number))).toHaveLength(1)
  expect(infoOf(pdf)['Title']).toBe('Памятки')
})

describe('the sample', () => {
  const blank = (kind: 'utility' | 'internet'): ProviderCard => ({ ...blankProvider(kind), code: 'new', name: 'Новый поставщик', legalName: 'ООО «Новый»' })

  test.each([...codes.map((code) => readyProvider(code)!), blank('utility'), blank('internet')])('of $name is stamped on every page and names nobody real', async (card) => {
    for (const large of [false, true]) {
      const pdf = await drawMemoSample(card, { large, timeZone, at })
      // Slanted letters are read back one by one; no word of a memo is «ец».
      for (let page = 1; page <= pages(pdf); page++) expect(wordsOnly(pdf, page).split(' ')).toContain('ец')
      expect(textOf(pdf)).toContain('Образцова Мария Ивановна')
    }
  })
})
