import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { toRussianLayout } from '@shared/domain/layout'
import { type Lookup, similarAccounts, understand } from '@shared/domain/search-query'

const kinds = (text: string) => understand(text).map(({ kind }) => kind)
const typed = (kind: Lookup['kind'], text: string) => of(kind, text).filter(({ why }) => why === 'typed')
const of = (kind: Lookup['kind'], text: string) => understand(text).filter((lookup) => lookup.kind === kind)

describe('numbers', () => {
  test.each([
    ['100200300', '100200300'], ['1002 003 00', '100200300'], ['А-123456', '123456'], ['123456-А', '123456'], ['л/с № 04067759', '04067759'], ['1234', '1234'],
  ])('«%s» may be the account %s', (text, digits) => expect(of('account', text)).toMatchObject([{ digits, why: 'typed' }]))

  test.each([['Д-12/3456', 'Д12/3456'], ['договор 12 345 678', '12345678'], ['k 0012', 'К0012']])('«%s» may be the contract %s', (text, key) => {
    expect(typed('contract', text)[0]).toMatchObject({ key })
  })

  test.each([['№ 009876543', '009876543'], ['CBK-15 123456', 'СВК15123456'], ['счётчик 12345678', '12345678']])('«%s» may be the meter %s', (text, key) => {
    expect(typed('serial', text)[0]).toMatchObject({ key })
  })

  test('ten digits are a passport, a phone and an account at once', () => {
    expect(of('document', '4510 123456')).toEqual([{ kind: 'document', key: '4510123456', types: ['passport_rf'], why: 'typed' }])
    expect(kinds('4510123456')).toEqual(expect.arrayContaining(['document', 'phone', 'account', 'contract', 'serial']))
  })

  test('types with one key are asked for together', () => {
    expect(of('document', '751234567')).toMatchObject([{ key: '751234567', types: expect.arrayContaining(['passport_rf_foreign', 'passport_foreign']) }])
  })

  test.each(['8 (912) 345-67-89', '+7 912 345 67 89', '9123456789', '8912345-67-89'])('«%s» is a phone', (text) => {
    expect(of('phone', text)).toEqual([{ kind: 'phone', last10: '9123456789', why: 'typed' }])
  })
  test('a phone with + is nothing else', () => expect(kinds('+7 912 345 67 89')).not.toContain('organisation'))

  test.each([
    ['112-233-445 95', 'snils', '11223344595'], ['11223344595', 'snils', '11223344595'], ['снилс 112-233-445 96', 'snils', '11223344596'], ['112-233-445 96', 'snils', '11223344596'],
    ['7707083893', 'inn', '7707083893'], ['500100732259', 'inn', '500100732259'], ['ИНН: 7707083894', 'inn', '7707083894'],
    ['1027700132195', 'ogrn', '1027700132195'], ['304500116000157', 'ogrn', '304500116000157'],
  ] as const)('«%s» is %s %s', (text, kind, digits) => expect(of(kind, text)).toEqual([{ kind, digits, why: 'typed' }]))
  test.each(['11223344596', '7707083894', '1027700132196'])('%s has a wrong control digit and is only an account', (text) => {
    expect(kinds(text)).not.toEqual(expect.arrayContaining([expect.stringMatching(/^(?:snils|inn|ogrn)$/)]))
    expect(kinds(text)).toContain('account')
  })

  test.each([
    ['75ДА533315', 'els', '75ДА533315', 'typed'], ['75да533315-01', 'zhkuId', '75ДА533315-01', 'typed'], ['75ДА533315-01-6101', 'zhkuId', '75ДА533315-01', 'typed'],
    ['75lf533315', 'els', '75ДА533315', 'otherLayout'],
  ] as const)('«%s» is a code of ГИС ЖКХ', (text, kind, key, why) => expect(of(kind, text)).toContainEqual({ kind, key, why }))

  test.each(['', ' ', '12', '123', '*', '№', 'а', 'ив', '-', '...'])('«%s» is too little to ask for', (text) => expect(understand(text)).toEqual([]))
})

describe('e-mail', () => {
  test('an address is nothing else', () => expect(understand(' Ivan@Mail.ru ')).toEqual([{ kind: 'email', value: 'ivan@mail.ru', why: 'typed' }]))
  test('typed with the Russian layout', () => expect(of('email', 'еуые"ьфшдюкг')).toEqual([{ kind: 'email', value: 'test@mail.ru', why: 'otherLayout' }]))
  test('with a comma for a dot', () => expect(of('email', 'ivan@mail,ru')).toEqual([{ kind: 'email', value: 'ivan@mail.ru', why: 'repaired' }]))
})

describe('names', () => {
  const names = (text: string) => of('name', text).map((lookup) => (lookup.kind === 'name' ? [lookup.last, lookup.first, lookup.middle].filter(Boolean).join('|') : ''))

  test.each([
    ['Иванов', ['иванов']],
    ['Фёдоров', ['федоров']],
    ['Иванов Пётр Сергеевич', ['иванов|петр|сергеевич']],
    ['Пётр Сергеевич Иванов', ['иванов|петр|сергеевич']],
    ['Иванов П. С.', ['иванов|п|с']],
    ['Иванов П.С.', ['иванов|п|с']],
    ['иванов п с', ['иванов|п|с']],
    ['П.С. Иванов', ['иванов|п|с']],
    ['п иванов', ['иванов|п']],
    ['Иванов Пётр', ['иванов|петр', 'петр|иванов']],
    ['Ким О', ['ким|о']],
    ['Римский-Корсаков Н. А.', ['римский-корсаков|н|а']],
    ['Алиев Рашид Али оглы', ['алиев|рашид|али']],
    ['Ли Ан', ['ли|ан', 'ан|ли']],
    ["Д\u2019Артаньян", ["д'артаньян"]],
    ['bdfyjd gtnh', ['иванов|петр', 'петр|иванов']],
    ['<jhbcjd', ['борисов']],
    ['Vrhnxzy', ['vrhnxzy', 'мкртчян']],
    ['шмфтщм', ['шмфтщм', 'ivanov']],
    ['Ivanov', ['ivanov']],
  ])('«%s»', (text, expected) => expect(names(text)).toEqual(expect.arrayContaining(expected)))

  test.each([
    ['Иванов Пётр Сергеевич', 1], ['Иванов П. С.', 1], ['Иванов', 1], ['ивано', 1],
  ])('«%s» is asked for in %i order only', (text, count) => expect(names(text)).toHaveLength(count))

  test('says when the layout was changed', () => expect(of('name', 'Gtnhjd')).toContainEqual({ kind: 'name', last: 'петров', why: 'otherLayout' }))
  test('one letter with a first letter is too little', () => expect(names('и п')).toEqual([]))
  test('a number is not a name', () => expect(names('ленина 10 15')).toEqual([]))
})

test.each([
  ['ООО «Ромашка»', 'ромашка'], ['ромашка', 'ромашка'], ['ТСЖ Берёзка-2', 'березка 2'], ['hjvfirf', 'ромашка'],
])('«%s» may be the organisation %s', (text, key) => {
  expect(of('organisation', text)).toEqual(expect.arrayContaining([expect.objectContaining({ text: key })]))
})
test('an organisation with its legal form is no person', () => expect(kinds('ООО Ромашка')).toEqual(['organisation']))

test('a scanned bill opens its account and contract', () => {
  const bill = (fields: string) => `ST00012|Name=ООО Энск|PersonalAcc=40702810572000000017|BankName=БАНК|BIC=047501602|CorrespAcc=30101810700000000602|${fields}`
  expect(understand(bill('PersAcc=04067759'))).toEqual([{ kind: 'account', digits: '04067759', raw: '04067759', why: 'paymentQr' }])
  expect(understand(bill('Contract=12345678'))).toEqual([
    { kind: 'account', digits: '12345678', raw: '12345678', why: 'paymentQr' }, { kind: 'contract', key: '12345678', why: 'paymentQr' },
  ])
  expect(understand(bill('Sum=100'))).toEqual([])
  expect(understand('ST00012|broken')).toEqual([])
})

test('no text breaks the box or asks for the same thing twice', () => {
  const typed = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 60 }), fc.string({ unit: fc.constantFrom(...'0123456789 -№АаБвIVx.@",+/<;\'') , maxLength: 30 }))
  fc.assert(fc.property(typed, (text) => {
    const targets = understand(text).map(({ why: _why, ...target }) => JSON.stringify(target))
    expect(new Set(targets).size).toBe(targets.length)
  }))
  expect(understand('9'.repeat(5000))).toEqual([])
})

describe('a number that is named', () => {
  test.each([
    ['паспорт 7404 123456', 'document', '7404123456'], ['gfcgjhn 7404 123456', 'document', '7404123456'], ['паспорт серия 7404 номер 123456', 'document', '7404123456'], ['загранпаспорт 75 1234567', 'document', '751234567'],
    ['форма 2П 123456', 'document', '123456'], ['рвп 74 12345', 'document', '7412345'], ['снилс 112-233-445 96', 'snils', '11223344596'], ['cybkc 112-233-445 95', 'snils', '11223344595'],
    ['инн/кпп 7707083893/770701001', 'inn', '7707083893'], ['т. 89123456789', 'phone', '9123456789'], ['ntk 8 912 345-67-89', 'phone', '9123456789'], ['почта ivan@mail.ru', 'email', 'ivan@mail.ru'],
    ['елс 75ДА533315', 'els', '75ДА533315'], ['tkc 75ДА533315', 'els', '75ДА533315'], ['счётчик G4-00318845', 'serial', 'G400318845'],
  ])('«%s» is a %s and nothing else', (text, kind, key) => {
    expect([...new Set(kinds(text))]).toEqual([kind])
    expect(JSON.stringify(understand(text))).toContain(key)
  })
  test.each(['Паспортова', 'Телегин', 'Счастливая 5', 'Лсная 5', 'Договорова Мария', 'Мобильная 5', 'Серова', 'Инночкина', 'Документова 3'])('«%s» only begins like a name of a number', (text) => {
    expect(kinds(text).some((kind) => kind === 'name' || kind === 'address')).toBe(true)
  })
  test('a text that names what it does not hold is understood as without the name', () => expect(kinds('договор мария')).toContain('name'))
})

test.each([
  ['ivan2mail.ru', 'ivan@mail.ru'], ['ivanmail.ru', 'ivan@mail.ru'], ['ivan"mail.ru', 'ivan@mail.ru'], ['ivan@mail', 'ivan@mail.ru'], ['ivan@gmial.com', 'ivan@gmail.com'], ['шмфт@ьфшд.кг', 'ivan@mail.ru'],
])('«%s» may be the address %s', (text, address) => expect(of('email', text)).toContainEqual(expect.objectContaining({ value: address })))

test.each([
  ['4012345', '04012345'], ['0004012345', '04012345'], ['04012345', '4012345'],
])('«%s» is looked for as %s too', (digits, other) => expect(similarAccounts(digits)).toContain(other))
test('zeros in front never make a number of its own', () => {
  fc.assert(fc.property(fc.nat(99_999_999).filter((number) => number > 999), fc.nat(4), (number, zeros) => {
    const digits = '0'.repeat(zeros) + number
    expect(similarAccounts(digits)).not.toContain(digits)
    expect(similarAccounts(digits).every((key) => Number(key) === number)).toBe(true)
  }))
  expect(similarAccounts('0001')).toEqual([])
})

test('any order of a whole name is understood as that name', () => {
  const order = fc.constantFrom([0, 1, 2], [1, 2, 0], [2, 1, 0], [1, 0, 2], [0, 2, 1])
  const words = fc.tuple(fc.constantFrom('Соколова', 'Ким', 'Римская-Залесская', 'Шевченко', 'Голицына'), fc.constantFrom('Мария', 'Анна', 'Юлия', 'Алёна'), fc.constantFrom('Игоревна', 'Юрьевна', 'Ильинична', 'Петровна'))
  fc.assert(fc.property(words, order, ([last, first, middle], places) => {
    expect(of('name', places.map((place) => [last, first, middle][place]).join(' '))).toContainEqual({ kind: 'name', why: 'typed', last: last.toLowerCase(), first: first.toLowerCase().replace('ё', 'е'), middle: middle.toLowerCase() })
  }))
})

test('a phone is one phone in any punctuation', () => {
  const gap = fc.constantFrom('', ' ', '-', '.', ' - ')
  fc.assert(fc.property(fc.stringMatching(/^9\d{9}$/), fc.constantFrom('8', '+7', '7', '', '8 ', '+7 ', 'тел. 8'), fc.array(gap, { minLength: 3, maxLength: 3 }), fc.boolean(), (digits, prefix, gaps, isBracketed) => {
    const code = isBracketed ? `(${digits.slice(0, 3)})` : digits.slice(0, 3)
    const text = `${prefix}${code}${gaps[0]}${digits.slice(3, 6)}${gaps[1]}${digits.slice(6, 8)}${gaps[2]}${digits.slice(8)}`
    expect(of('phone', text)).toEqual([expect.objectContaining({ last10: digits })])
  }))
})

test('a passport is one passport in any writing', () => {
  const gap = fc.constantFrom('', ' ', '-', ' № ', '№', ' N ', ' номер ')
  fc.assert(fc.property(fc.stringMatching(/^[1-9]\d{9}$/), fc.constantFrom('', 'паспорт ', 'паспорт РФ ', 'серия ', 'gfcgjhn '), gap, fc.constantFrom('', ' '), (digits, caption, between, inside) => {
    const text = `${caption}${digits.slice(0, 2)}${inside}${digits.slice(2, 4)}${between}${digits.slice(4)}`
    expect(of('document', text).map((lookup) => lookup.kind === 'document' && lookup.key)).toContain(digits)
  }))
})

test('a scanned bill is the same account under either layout', () => {
  fc.assert(fc.property(fc.stringMatching(/^\d{6,12}$/), (account) => {
    const text = `ST00012|Name=x|PersAcc=${account}|Sum=100`
    expect(understand(toRussianLayout(text))).toEqual(understand(text))
    expect(understand(text)).toEqual([expect.objectContaining({ kind: 'account', digits: account, why: 'paymentQr' })])
  }))
})

test('a code of a visit is nothing else', () => {
  expect(understand('V123 456 782')).toEqual([{ kind: 'visitCode', code: 'V123456782', why: 'typed' }])
  expect(kinds('м123456782')).toEqual(['visitCode'])
  expect(kinds('V123456789')).not.toContain('visitCode')
})
