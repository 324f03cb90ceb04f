import { describe, expect, test } from 'vitest'
import { parseGostQr } from '../../../../src/shared/domain/gost-qr'
import { paymentDocumentOf, type PaymentDocumentContent } from '../../../../src/shared/domain/payment-document'
import { drawPaymentDocument, layPaymentDocument, type PrintMarks } from '../../../../src/main/printing/documents/payment-document'
import { mm, openPdf } from '../../../../src/main/printing/pdf'
import { infoOf, layoutOf, qrOf, textOf, wordsOf } from '../../../support/pdf/read-pdf'
import { oneBit } from '../../../support/pdf/one-bit-png'
import { chargeRow, internetDocument, utilityDocument, withLayout, withRows } from './examples'

const marks: PrintMarks = { duplicate: null, printedAt: '2026-11-22T14:05:00+05:00', operator: 'Смирнова О. А.', timeZone: 'Asia/Yekaterinburg' }
const draw = (content: PaymentDocumentContent, change: Partial<PrintMarks> = {}) => drawPaymentDocument(content, { ...marks, ...change })
const pagesOf = (pdf: Uint8Array) => Number(infoOf(pdf)['Pages'])

/** No word leaves the printable part of the sheet: 10 mm from each edge of A4. */
function expectInsideMargins(pdf: Uint8Array) {
  const outside = wordsOf(pdf).filter(({ left, top, right, bottom }) => left < 10 * mm || top < 10 * mm || right > 200 * mm || bottom > 287 * mm)
  expect(outside).toEqual([])
}

test('the examples are documents the database may store: in two parts, what is unknown or zero left out', () => {
  for (const content of [utilityDocument, internetDocument]) {
    const { number, payer, rows, meters, totals, gisNumber: _, ...issuer } = content
    const services = Object.fromEntries([...rows, ...meters].map(({ service, name }) => [service, { name, unit: null }]))
    const slim = (part: object) => Object.fromEntries(Object.entries(part).filter(([key, value]) => key !== 'name' && value !== null && value !== 0))
    const own = { number, payer, rows: rows.map(slim), meters: meters.map(slim), lastPaidOn: totals.lastPaidOn }
    const named = (name: string) => services[name]!.name
    expect(paymentDocumentOf({ ...issuer, services }, JSON.parse(JSON.stringify(own)))).toEqual({ ...content, meters: meters.map((meter) => ({ ...meter, name: named(meter.service) })), rows: rows.map((row) => ({ ...row, name: named(row.service) })) })
  }
})

test('the payer finds what the law wants on a bill', async () => {
  const text = textOf(await draw(utilityDocument))
  for (const words of [
    'Платёжный документ',
    'Жилищно-коммунальные услуги за октябрь 2026 г.',
    '№ 2026-10-001542 от 02.11.2026',
    'Иванов Пётр Сергеевич',
    'г. Энск, ул. Ленина, д. 10, кв. 15',
    '100200300',
    '75ДА533315-01',
    '54,30 м²',
    '3 чел.',
    'ООО "Тепловые сети Энска"',
    '40702810572000000017',
    '047501602',
    '8 (351) 200-00-00, круглосуточно',
    '5 011,31 ₽',
    'Пять тысяч одиннадцать рублей 31 копейка',
    'в т. ч. НДС 22 %',
    'Срок оплаты: до 16 ноября 2026 г.',
    'последний платёж 12.10.2026',
    'Перерыв подачи горячей воды с 05.10.2026 по 09.10.2026, акт № 418',
    'Пени',
    'Льготы',
    'истекла 01.08.2026',
    'Уведомление',
    'Напечатано 22.11.2026 в 14:05, оператор: Смирнова О. А.',
    'Лист 1 из 2',
  ]) {
    expect(text).toContain(words)
  }
})

test('a row of charges keeps its figures in their columns', async () => {
  const lines = layoutOf(await draw(utilityDocument), 1)
  const water = lines.find((line) => line.includes('Горячее водоснабжение') && line.includes('212,45'))
  expect(water?.trim().split(/ {2,}/)).toEqual(['Горячее водоснабжение', 'м³', '3,214', '0,081', '212,45', '682,81', '17,21', '−123,45', '0,00', '576,57'])
})

test('the line of totals adds up to the sum due', async () => {
  const { opening, accrued, recalculated, benefit, penalty, paid, closing } = utilityDocument.totals
  expect(opening + accrued + recalculated - benefit + penalty - paid).toBe(closing)
  const lines = layoutOf(await draw(utilityDocument), 1)
  const at = lines.findIndex((line) => line.includes('Долг на 01.10.2026'))
  const figures = lines.slice(at + 1).find((line) => line.trim() !== '')
  expect(figures?.trim().split(/ {2,}/)).toEqual(['1 566,55', '5 018,93', '−123,45', '−450,00', '15,83', '1 016,55', '5 011,31'])
})

test('dials show what the meter shows, each zone apart', async () => {
  const lines = layoutOf(await draw(utilityDocument), 2).map((line) => line.trim().split(/ {2,}/).join(' | '))
  expect(lines).toContainEqual(expect.stringContaining('004512378 | — | 124,567 | 23.09.2026 | 130,100 | 23.10.2026 | 5,533 | 15.04.2029'))
  expect(lines).toContainEqual(expect.stringContaining('Т1 | 10245 | 23.09.2026 | 10398 | 23.10.2026 | 153'))
  expect(lines).toContainEqual(expect.stringContaining('Т2 | 3120 | 23.09.2026 | 3181 | 23.10.2026 | 61'))
  expect(lines).toContainEqual(expect.stringContaining('Т-77/12 | — | нет | — | нет | — | — | 31.01.2030'))
})

test('a bank app reads the payment from the sheet as a 300 dpi printer sets it', async () => {
  const read = qrOf(await draw(utilityDocument))
  const text = new TextDecoder('utf-8', { fatal: true }).decode(read?.bytes)
  expect(text).toBe(
    'ST00012|Name=ООО "Тепловые сети Энска"|PersonalAcc=40702810572000000017|BankName=ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК|BIC=047501602|CorrespAcc=30101810700000000602|Sum=501131|Purpose=Оплата ЖКУ за октябрь 2026 г., л/с 100200300|PayeeINN=7400000015|KPP=740001001|LastName=Иванов|FirstName=Пётр|MiddleName=Сергеевич|PayerAddress=г. Энск, ул. Ленина, д. 10, кв. 15|PersAcc=100200300|PaymPeriod=102026|TechCode=02',
  )
  expect(read?.millimetres).toBeGreaterThan(39.5)
})

test('a provider of the older encoding gets windows-1251 bytes, and its contract instead of an account', async () => {
  const read = qrOf(await draw(internetDocument))
  const text = new TextDecoder('windows-1251').decode(read?.bytes)
  expect(text).toMatch(/^ST00011\|Name=ООО "Энск-Телеком"\|/)
  expect(parseGostQr(text)).toMatchObject({ sum: 75000, fields: { Contract: '12345678', TechCode: '09', LastName: 'Петрова' }, warnings: [] })
  expect(text).not.toContain('PaymPeriod')
})

test('a letter that windows-1251 lacks makes the code UTF-8 rather than wrong', async () => {
  const content = { ...internetDocument, payer: { ...internetDocument.payer, lastName: 'Һибатуллина' } }
  const text = new TextDecoder('utf-8', { fatal: true }).decode(qrOf(await draw(content))?.bytes)
  expect(text).toMatch(/^ST00012\|.*LastName=Һибатуллина\|/)
})

test('an internet bill has no sections of a house', async () => {
  const text = textOf(await draw(internetDocument))
  for (const words of ['Счёт за услуги связи', 'Договор 12345678', 'Доступ в сеть, тариф «Домашний 300»', 'Оплата услуг связи по договору 12345678', 'Скидки']) expect(text).toContain(words)
  for (const words of ['Лицевой счёт', 'Приборы учёта', 'общедом.', 'Площадь', 'Льготы', 'Срок оплаты', 'Жилищно']) expect(text).not.toContain(words)
})

test('a reprint says on every sheet which duplicate it is', async () => {
  const pdf = await draw(utilityDocument, { duplicate: 2 })
  for (const page of [1, 2]) expect(layoutOf(pdf, page).join('\n')).toContain('ДУБЛИКАТ № 2 от 22.11.2026')
  expect(textOf(await draw(utilityDocument))).not.toContain('ДУБЛИКАТ')
})

test('an overpayment asks for no money: no code, no deadline', async () => {
  const pdf = await draw(withRows(utilityDocument, [chargeRow({ opening: -500000 })]))
  const text = textOf(pdf)
  expect(text).toContain('Переплата 4 732,37 ₽')
  expect(text).toContain('Платить не нужно: эта сумма будет зачтена в следующих периодах.')
  for (const words of ['Срок оплаты', 'Код для оплаты', '−4 732,37 ₽']) expect(text).not.toContain(words)
  expect(qrOf(pdf)).toBeNull()
})

test('a bill without charges and debts says so', async () => {
  const pdf = await draw(withRows(utilityDocument, []))
  const text = textOf(pdf)
  for (const words of ['К оплате 0,00 ₽', 'Ноль рублей 00 копеек', 'Платить не нужно: задолженности нет.', 'Начислений за этот период нет.']) expect(text).toContain(words)
  expect(qrOf(pdf)).toBeNull()
})

test('forty services go over several sheets, each with the heading, its number and no lost row', async () => {
  const rows = Array.from({ length: 40 }, (_, index) =>
    chargeRow({ name: `Услуга ${index + 1}: содержание и текущий ремонт общего имущества дома`, accrued: 123456789, recalculated: -1234567, recalculationReason: 'Временное отсутствие', opening: 99999999 }),
  )
  const pdf = await draw(withRows(utilityDocument, rows), { duplicate: 11 })
  const pages = pagesOf(pdf)
  expect(pages).toBeGreaterThan(2)
  for (let page = 1; page <= pages; page++) expect(layoutOf(pdf, page).join('\n')).toContain(`Лист ${page} из ${pages}`)
  expect(layoutOf(pdf, 2).join('\n')).toMatch(/Услуга +Ед\. изм\./)
  const text = textOf(pdf)
  for (let service = 1; service <= 40; service++) expect(text).toContain(`Услуга ${service}:`)
  expectInsideMargins(pdf)
})

test('long names wrap inside the sheet and stay whole', async () => {
  const name = 'Муниципальное унитарное предприятие «Жилищно-эксплуатационное управление Северо-Западного административного округа города Энска»'
  const address = 'Республика Саха (Якутия), с. Верхневилюйск, мкр. Промышленно-Строительный, ул. 50-летия Великой Октябрьской социалистической революции, д. 110/2, кв. 1205А'
  const content = {
    ...utilityDocument,
    payer: { ...utilityDocument.payer, name, lastName: null, firstName: null, middleName: null, address },
    provider: { ...utilityDocument.provider, legalName: `${name} и ещё кое-что` },
  }
  const pdf = await draw(content, { operator: 'Константинопольская-Римская Александра Константиновна' })
  const joined = textOf(pdf).replaceAll(' ', '')
  for (const words of [name, address, 'Константинопольская-Римская А. К.']) expect(joined.replaceAll('\u00a0', '')).toContain(words.replaceAll(' ', ''))
  expectInsideMargins(pdf)
})

test.each([
  ['utility', utilityDocument],
  ['internet', internetDocument],
])('the %s bill keeps 10 mm from the edges', async (_, content) => {
  expectInsideMargins(await draw(content, { duplicate: 1 }))
})

test('the same content and marks give the same file, another printing another one', async () => {
  const first = await draw(utilityDocument)
  expect((await draw(utilityDocument)).equals(first)).toBe(true)
  expect((await draw(utilityDocument, { duplicate: 1 })).equals(first)).toBe(false)
})

const instalment = { instalmentCurrent: 96130, instalmentPast: 27500, instalmentPercent: '9.5', instalmentInterest: 1957, instalmentDue: 125587 }

test('with instalments less is asked for than is owed, and the code asks for that', async () => {
  const content = withRows(utilityDocument, [chargeRow({ accrued: 300000, opening: 100000, ...instalment }), chargeRow({ service: 'gas', name: 'Газ' })])
  const pdf = await draw(content)
  const text = textOf(pdf)
  expect(content.totals).toMatchObject({ closing: 426763, due: 152350 })
  for (const words of ['К оплате с учётом рассрочки', '1 523,50 ₽', 'Остаток долга', '4 267,63', 'Расчёт суммы оплаты с учётом рассрочки платежа', '961,30', '19,57', '9,5']) expect(text).toContain(words)
  expect(parseGostQr(new TextDecoder().decode(qrOf(pdf)?.bytes))).toMatchObject({ sum: 152350 })
})

test('fines and costs of the court stand apart from services', async () => {
  const text = textOf(await draw(withRows(utilityDocument, [chargeRow({}), chargeRow({ service: 'court_costs', name: 'Неустойки и судебные расходы', accrued: 200000, tariff: null, volume: null, unit: null })])))
  expect(text).toContain('Штрафы, судебные расходы')
  expect(text).toContain('Начислено за период')
  expect(layoutOf(await draw(withRows(utilityDocument, [chargeRow({}), chargeRow({ service: 'court_costs', name: 'Штрафы', accrued: 200000 })])), 1).join('\n')).toMatch(/0,00 +267,63 +0,00 +0,00 +0,00 +2\u00a0?\s?000,00/)
})

test('an internet account paid in advance says what is left on it', async () => {
  const text = textOf(await draw(withRows(internetDocument, [chargeRow({ service: 'internet', name: 'Доступ в сеть', accrued: 65000, opening: -200000 })])))
  for (const words of ['Остаток на счёте 1 350,00 ₽', 'Платить не нужно: услуги оплачены вперёд.', 'На счёте на 01.10.2026']) expect(text).toContain(words)
  expect(text).not.toContain('Переплата')
})

describe('the layout of the provider', () => {
  test('leaves out what it hides, and prints its own words where they belong', async () => {
    const bare = textOf(await draw(withLayout(utilityDocument, { hidden: ['words', 'balances', 'barcode', 'stub', 'readingsStub'] })))
    for (const words of ['Пять тысяч одиннадцать', 'Расчёты по услугам', 'Извещение', 'Дата снятия']) expect(bare).not.toContain(words)
    const pdf = await draw(withLayout(utilityDocument, { hidden: [], headerText: 'Офис переехал', footerText: 'Единый колл-центр', referenceText: 'Тарифы утверждены РЭК\nЖалобы принимает жилищная инспекция' }))
    const full = textOf(pdf)
    for (const words of ['Пять тысяч одиннадцать', 'Расчёты по услугам', 'Извещение', 'Дата снятия', 'Офис переехал', 'Тарифы утверждены РЭК', 'Жалобы принимает жилищная инспекция']) expect(full).toContain(words)
    for (let page = 1; page <= pagesOf(pdf); page++) expect(layoutOf(pdf, page).join('\n')).toContain('Единый колл-центр')
    expectInsideMargins(pdf)
  })

  test('on one sheet is set tighter to stay there; on two sides the reference sections begin on the back', async () => {
    const short = withRows(utilityDocument, utilityDocument.rows.slice(0, 2))
    const onePage = withLayout({ ...short, meters: [], provider: { ...short.provider, notice: 'Показания до 25 числа.' } }, { pages: 'one' })
    expect(pagesOf(await draw(onePage))).toBe(1)
    const twoSides = await draw(withLayout(onePage, { pages: 'two' }))
    expect(pagesOf(twoSides)).toBe(2)
    expect(layoutOf(twoSides, 1).join('\n')).not.toContain('Уведомление')
    expect(layoutOf(twoSides, 2).join('\n')).toContain('Уведомление')
  })

  test('prints its logo instead of the name, the same bytes each time', async () => {
    const logo = oneBit(120, 40, (x, y) => (x + y) % 7 < 3).toString('base64')
    const content = withLayout(utilityDocument, { logo })
    const pdf = await draw(content)
    expect(pdf.equals(await draw(content))).toBe(true)
    const [first] = layoutOf(pdf, 1)
    expect(first).not.toContain('Тепловые сети Энска')
    expect(pdf.length).toBeGreaterThan((await draw(utilityDocument)).length)
    expectInsideMargins(pdf)
  })

  test('of large letters stays inside the margins and loses no row', async () => {
    const pdf = await draw(withLayout(utilityDocument, { textSize: 'large', hidden: [] }))
    for (const { name } of utilityDocument.rows) expect(textOf(pdf).replace(/\s/g, '')).toContain(name.replace(/\s/g, ''))
    expectInsideMargins(pdf)
  })
})

test('a layout this version does not know is refused, not guessed', async () => {
  await expect(drawPaymentDocument(utilityDocument, marks, 2)).rejects.toThrow(RangeError)
})

test('a batch writes the number of its sheet beside that of the document’s', async () => {
  const pdf = openPdf({ title: 'Пакет', madeAt: marks.printedAt })
  const laid = layPaymentDocument(pdf, utilityDocument, marks)
  laid.draw((page) => `лист ${101 + page}`)
  const bytes = await pdf.done()
  expect(pagesOf(bytes)).toBe(laid.pages)
  expect(layoutOf(bytes, 1).join('\n')).toContain(`лист 101 · Лист 1 из ${laid.pages}`)
})
