import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type GostQrFields, type ParsedGostQr, buildGostQr, gostQrPeriod, parseGostQr, parseGostQrPeriod } from '@shared/domain/gost-qr'

const sha256 = (text: string) => createHash('sha256').update(text, 'utf8').digest('hex')
const parsed = (text: string): ParsedGostQr => {
  const result = parseGostQr(text)
  if ('problem' in result) throw new Error(result.problem)
  return result
}

const heat: GostQrFields = {
  Name: 'ООО "Тепловые сети Энска"', PersonalAcc: '40702810572000000017', BankName: 'ЧЕЛЯБИНСКОЕ ОТДЕЛЕНИЕ N8597 ПАО СБЕРБАНК', BIC: '047501602',
  CorrespAcc: '30101810700000000602', Sum: 435267, Purpose: 'Оплата ЖКУ за октябрь 2026 г., л/с 100200300', PayeeINN: '7400000015', KPP: '740001001',
  LastName: 'Иванов', FirstName: 'Пётр', MiddleName: 'Сергеевич', PayerAddress: 'г. Энск, ул. Ленина, д. 10, кв. 15', PersAcc: '100200300', PaymPeriod: '102026', TechCode: '02',
}
const internet: GostQrFields = {
  Name: 'ООО "Энск-Телеком"', PersonalAcc: '40702810376000000021', BankName: 'ЯКУТСКОЕ ОТДЕЛЕНИЕ N8603 ПАО СБЕРБАНК', BIC: '049805609', CorrespAcc: '30101810400000000609',
  Sum: 75000, Purpose: 'Оплата услуг связи по договору 12345678', PayeeINN: '1435000015', KPP: '143501001', LastName: 'Петрова', FirstName: 'Анна', MiddleName: 'Ильинична',
  Contract: '12345678', TechCode: '09',
}
const power: GostQrFields = {
  Name: 'АО "ЭнергоСбыт | Энск"', PersonalAcc: '40702810838000000033', BankName: 'ПАО СБЕРБАНК', BIC: '044525225', CorrespAcc: '30101810400000000225', Sum: 125690,
  Purpose: 'Электроэнергия 10.2026', PayeeINN: '7700000016', KPP: '770001001', LastName: 'Ким', FirstName: 'Олег', PersAcc: '7700123456', PaymPeriod: '102026',
  CounterId: '009876543', CounterVal: '015234', TechCode: '02',
}

describe('the text of a payment QR', () => {
  test.each([
    ['a heat bill', heat, 520, 'cb28bcb100769b074f6ad421d1afb157916e9287edf5ba7c4b6138e7262b2c88'],
    ['an internet bill', internet, 420, '608641fbd5de2c25ceb89eeb29b39797ddccca25bec7839354345906a40bb0c1'],
    ['a bill of a provider with | in its name', power, 375, 'aeac2ad44fceb9ff5f408341c7135a6a8cec744116a3b8b4ddd73219559feacd'],
  ])('of %s is byte for byte what was published', (_bill, fields, bytes, hash) => {
    const { text, encoding, shortened } = buildGostQr(fields)
    expect([Buffer.byteLength(text), sha256(text), encoding, shortened]).toEqual([bytes, hash, 'utf-8', []])
  })

  test('windows-1251 is named in the header and given up when a letter does not fit', () => {
    expect(buildGostQr(heat, 'windows-1251')).toMatchObject({ encoding: 'windows-1251', text: expect.stringMatching(/^ST00011\|Name=/) })
    expect(buildGostQr({ ...heat, Purpose: '100 ₽' }, 'windows-1251')).toMatchObject({ encoding: 'utf-8', text: expect.stringMatching(/^ST00012\|/) })
  })

  test('breaks and tabs in a value cannot break the code', () => {
    const { text } = buildGostQr({ ...heat, Purpose: ' Оплата\r\n\tза\u00a0тепло ' })
    expect(text).toContain('|Purpose=Оплата за тепло|')
  })

  test('a bank without a correspondent account is written with 0, an empty field is not written', () => {
    const { text } = buildGostQr({ ...heat, CorrespAcc: null, MiddleName: '', Sum: null })
    expect(text).toContain('|CorrespAcc=0|Purpose=')
    expect(text).not.toContain('MiddleName')
  })

  test('when every separator occurs in the values, | is given up', () => {
    const { text } = buildGostQr({ ...heat, Purpose: '|#;:^_~{}!$%&()*+,/@' })
    expect(text).toContain('|Purpose=/#;:^_~{}!$%&()*+,/@|')
  })

  test('a long name is cut to keep the mandatory block in 300 bytes', () => {
    const { text, shortened } = buildGostQr({ ...heat, Name: 'Ж'.repeat(200), BankName: 'Б'.repeat(60) })
    const mandatory = text.slice(8, text.indexOf('|Sum='))
    expect(Buffer.byteLength(mandatory)).toBeLessThanOrEqual(300)
    expect(Buffer.byteLength(mandatory)).toBeGreaterThan(297)
    expect(shortened).toEqual(['Name', 'BankName'])
    expect(parsed(text).fields['PersonalAcc']).toBe(heat.PersonalAcc)
    expect(parsed(buildGostQr({ ...heat, Name: 'Ж'.repeat(200), BankName: 'Б' }, 'windows-1251').text).fields['Name']).toHaveLength(160)
  })

  test.each<[string, Partial<GostQrFields>]>([
    ['a short account', { PersonalAcc: '4070281057200000001' }], ['a short БИК', { BIC: '47501602' }], ['parts of a kopeck', { Sum: 10.5 }], ['a negative sum', { Sum: -1 }], ['no name', { Name: ' ' }],
  ])('%s makes no code', (_what, wrong) => expect(() => buildGostQr({ ...heat, ...wrong })).toThrow(RangeError))

  test('whatever the values hold, the code reads back with them', () => {
    const value = fc.string({ unit: fc.constantFrom(...'абвЁ|#;:^_~{}!$%&()*+,@=19z «»№'), maxLength: 40 })
    fc.assert(fc.property(value, value, fc.nat(), (purpose, address, sum) => {
      const { text } = buildGostQr({ ...heat, Purpose: purpose, PayerAddress: address, Sum: sum })
      const { fields, sum: read } = parsed(text)
      const tidy = (written: string) => written.replace(/\s+/g, ' ').trim() || undefined
      expect([fields['Purpose'], fields['PayerAddress'], read]).toEqual([tidy(purpose), tidy(address), sum])
      expect(fields['PersonalAcc']).toBe(heat.PersonalAcc)
    }))
  })
})

describe('whatever a provider and a payer are called', () => {
  const sign = fc.constantFrom(...'абвЁщ|#;:^_~{}!$%&()*+,@=/19z «»№₽—\t\n\u00a0')
  const text = (maxLength: number) => fc.string({ unit: sign, maxLength })
  const digits = (length: number) => fc.string({ unit: fc.constantFrom(...'0123456789'), minLength: length, maxLength: length })
  const others = { Purpose: text(250), LastName: text(40), PayerAddress: text(120), PersAcc: digits(9), CounterVal: text(10), CBC: text(25), DocIdx: text(5) }
  const payee = { Name: text(220).map((name) => `ООО ${name}`), PersonalAcc: digits(20), BankName: text(60).map((name) => `Б${name}`), BIC: digits(9), CorrespAcc: fc.option(digits(20)), Sum: fc.option(fc.nat()) }
  const bills = fc.record({ ...payee, ...others })
  const encodings = fc.constantFrom('utf-8' as const, 'windows-1251' as const)

  test('what was built reads back: what was cut is named, the rest is as it was written', () => {
    fc.assert(
      fc.property(bills, encodings, (bill, wished) => {
        const { text: code, encoding, shortened } = buildGostQr(bill, wished)
        const read = parsed(code)
        expect([read.encoding, read.sum, read.fields['PersonalAcc'], read.fields['BIC']]).toEqual([encoding, bill.Sum, bill.PersonalAcc, bill.BIC])
        expect(read.fields['CorrespAcc']).toBe(bill.CorrespAcc ?? '0')
        const separatorIsNone = [...'|#;:^_~{}!$%&()*+,/@'].every((one) => Object.values(bill).some((value) => String(value).includes(one)))
        for (const key of ['Name', 'BankName', 'Purpose', 'LastName', 'PayerAddress', 'PersAcc', 'CounterVal', 'CBC', 'DocIdx'] as const) {
          const tidy = bill[key].replace(/\s+/gu, ' ').trim()
          const written = separatorIsNone ? tidy.replaceAll('|', '/') : tidy
          const back = read.fields[key] ?? ''
          if (shortened.includes(key)) expect(written.replaceAll('/', '|').startsWith(back.replaceAll('/', '|')), key).toBe(true)
          else expect(back.replaceAll('/', '|'), key).toBe(written.replaceAll('/', '|'))
        }
      }),
      { numRuns: 300 },
    )
  })

  test('the mandatory block stays within 300 bytes of the encoding the code names, and comes first', () => {
    fc.assert(
      fc.property(bills, encodings, (bill, wished) => {
        const { text: code, encoding } = buildGostQr(bill, wished)
        const separator = code.charAt(7)
        const block = code.slice(8).split(separator).slice(0, 5)
        expect(block.map((pair) => pair.slice(0, pair.indexOf('=')))).toEqual(['Name', 'PersonalAcc', 'BankName', 'BIC', 'CorrespAcc'])
        const mandatory = block.join(separator)
        expect(encoding === 'utf-8' ? Buffer.byteLength(mandatory) : mandatory.length).toBeLessThanOrEqual(300)
        expect(code.endsWith(separator)).toBe(false)
        expect(code).not.toMatch(/[\r\n\t]| {2}/)
      }),
      { numRuns: 300 },
    )
  })

  test.each([...'|#;:^_~{}!$%&()*+,/@'].map((separator, place, all) => [separator, all.slice(0, place).join('')] as const))('%s separates when the signs before it are in a value', (separator, taken) => {
    const { text: code } = buildGostQr({ ...internet, FirstName: `А${taken}` })
    // A sign that stands in another value of this bill can't separate it either.
    const free = ![...Object.values(internet)].some((value) => String(value).includes(separator))
    if (free) expect(code.charAt(7)).toBe(separator)
    expect(parsed(code).fields['FirstName']).toBe(`А${taken}`)
  })
})

describe('a scanned bill', () => {
  const payee = (separator: string, key = (name: string) => name) =>
    [['Name', 'ООО «Ким | Ко»'], ['PersonalAcc', '40702810138250123017'], ['BankName', 'ПАО БАНК'], ['BIC', '044525225'], ['CorrespAcc', '30101810400000000225']].map((pair) => `${key(pair[0]!)}=${pair[1]!}`).join(separator)

  test.each([['with', '#'], ['without', '']])('of QRCoder, whose further fields are joined with | whatever the separator is, is read (%s a separator at its end)', (_with, end) => {
    const bill = `ST00012#${payee('#')}|Sum=152074|Purpose=Оплата 2/10|PersAcc=04067759|TechCode=02${end}`
    const { fields, sum, separator, warnings } = parsed(bill)
    expect([separator, sum, warnings]).toEqual(['#', 152074, []])
    expect(fields).toMatchObject({ Name: 'ООО «Ким | Ко»', CorrespAcc: '30101810400000000225', Purpose: 'Оплата 2/10', PersAcc: '04067759', TechCode: '02' })
  })

  test.each([['1', 'windows-1251'], ['2', 'utf-8'], ['3', 'koi8-r']])('names encoding %s as %s', (digit, encoding) => {
    expect(parsed(`ST0001${digit}#${payee('#')}`)).toMatchObject({ encoding, fields: { Name: 'ООО «Ким | Ко»' } })
  })

  test.each<[string, (name: string) => string]>([['small', (name) => name.toLowerCase()], ['capital', (name) => name.toUpperCase()]])('in %s letters has the same keys', (_letters, letters) => {
    const keys = ['Sum', 'PersAcc', 'PayeeINN', 'OKTMO', 'PaymPeriod', 'CounterId', 'UIN', 'TechCode']
    const { fields } = parsed(`ST00012#${payee('#', letters)}#${keys.map((key, index) => `${letters(key)}=${index + 1}`).join('#')}`)
    expect(Object.keys(fields).sort()).toEqual(['Name', 'PersonalAcc', 'BankName', 'BIC', 'CorrespAcc', ...keys].sort())
  })

  test.each([['Docldx', 'DocIdx'], ['PayerldType', 'PayerIdType'], ['PayerldNum', 'PayerIdNum'], ['Counterld', 'CounterId'], ['Ruleld', 'RuleId'], ['Execld', 'ExecId'], ['Quittld', 'QuittId'], ['СВС', 'CBC'], ['свс', 'CBC'], ['BIС', 'BIC']])(
    'with the key %s means %s',
    (written, meant) => {
      const bill = `ST00012#${payee('#')}#${written}=044525225`
      expect(parsed(bill).fields[meant]).toBe('044525225')
      // БИК is there already: one that says the same under a look-alike name is a repeat, not a key of its own.
      if (written !== meant) expect(parsed(bill).fields).not.toHaveProperty(written)
    },
  )

  test.each(['|', '||', '|\r\n', ' ', '|Sum=|', '|Sum=null'])('that ends with «%s» is the same bill', (end) => {
    const bill = `ST00012|${payee('|').replace(' | ', ' и ')}`
    expect(parsed(bill + end)).toEqual(parsed(bill))
    expect(parsed(`\ufeff${bill}${end}`)).toEqual(parsed(bill))
  })

  test('of a library without any further field has no sum', () => {
    const sample = 'ST00012|Name=ИП Богданов Александр Сергеевич|PersonalAcc=40802810700020000317|BankName=ОАО АКБ «АВАНГАРД»|BIC=044525201|CorrespAcc=30101810000000000201'
    expect(parsed(sample)).toMatchObject({ sum: null, period: null, warnings: [], fields: { BankName: 'ОАО АКБ «АВАНГАРД»' } })
  })

  test('the usual published sample is read, its wrong ИНН is only warned about', () => {
    const sample = 'ST00012|Name=ООО «Три кита»|PersonalAcc=40702810138250123017|BankName=ОАО "БАНК"|BIC=044525225|CorrespAcc=30101810400000000225|PayeeINN=6200098765|LastName=Иванов|FirstName=Иван|MiddleName=Иванович|Purpose=Оплата членского взноса|PayerAddress=г.Рязань ул.Ленина д.10 кв.15|Sum=100000'
    expect(sha256(sample)).toBe('3c979eb9ec2858d0ccdbfdd23b0d7438a65cee85607f7aba1656ac9b411e1468')
    expect(parsed(sample)).toMatchObject({ encoding: 'utf-8', separator: '|', sum: 100000, warnings: ['innChecksum'], fields: { Name: 'ООО «Три кита»' } })
  })

  test('a gas bill in windows-1251 keeps the leading zero of its account', () => {
    const bill = 'ST00011|Name=ООО "Газпром межрегионгаз Владимир"|PersonalAcc=40702810710020102692|BankName=Владимирское отделение N8611 ПАО Сбербанк|BIC=041708602|CorrespAcc=30101810000000000602|PayeeINN=3328415442|KPP=775050001|PersAcc=04067759|LastName=ИВАНОВА|FirstName=АННА|MiddleName=ПЕТРОВНА|PayerAddress=000000, ЭНСК, Г, ЛЕНИНА, УЛ, д.10, кв.10|PaymPeriod=0120|Sum=14212'
    expect(parsed(bill)).toMatchObject({ encoding: 'windows-1251', sum: 14212, period: '2020-01', warnings: [], fields: { PersAcc: '04067759' } })
  })

  test('keys of careless libraries, trailing separators and absent values are understood', () => {
    const bill = 'ST00012|name=ИП Ким|PERSONALACC=40802810700020000317|BankName=АВАНГАРД|bic=044525201|CorrespAcc=30101810000000000201|СВС=18811302031010000130|Docldx=7|PayerldType=21|Purpose=a=b|Phone=null|Flat=|Новое=1|'
    expect(parsed(bill)).toMatchObject({
      sum: null, fields: { Name: 'ИП Ким', PersonalAcc: '40802810700020000317', BIC: '044525201', CBC: '18811302031010000130', DocIdx: '7', PayerIdType: '21', Purpose: 'a=b', Новое: '1' },
    })
    expect(parsed(bill).fields).not.toHaveProperty('Phone')
    expect(parsed(bill).fields).not.toHaveProperty('Flat')
  })

  test('a full tax sample is read', () => {
    const { fields } = parsed('ST00012|Name=УФК|PersonalAcc=40702810138250123017|BankName=БАНК|BIC=044525225|CorrespAcc=30101810400000000225|Sum=456789|Purpose=За услуги|PayeeINN=564567867444|PayerINN=7713457897|DrawerStatus=15|KPP=111222333|CBC=18811302031010000130|OKTMO=45268554000|PaytReason=ТП|TaxPeriod=МС.03.2003|DocNo=645645645|DocDate=20.08.2013|TaxPaytKind=НС')
    expect(fields).toMatchObject({ OKTMO: '45268554000', TaxPeriod: 'МС.03.2003', DocDate: '20.08.2013', TaxPaytKind: 'НС' })
  })

  test.each([['1500.00', 150000, ['sumInRoubles']], ['15,5', 1550, ['sumInRoubles']], ['много', null, ['sumUnreadable']], ['150000', 150000, []]])('a sum written %s', (written, sum, warnings) => {
    expect(parsed(`ST00012|Name=A|PersonalAcc=1|BankName=B|BIC=2|CorrespAcc=0|Sum=${written}`)).toMatchObject({ sum, warnings })
  })

  const body = 'Name=A|PersonalAcc=1|BankName=B|BIC=2|CorrespAcc=0'
  test.each<[string, { problem: string; key?: string }]>([
    [`SA00012|${body}`, { problem: 'notGostQr' }], [`ST00022|${body}`, { problem: 'version' }], [`ST00010|${body}`, { problem: 'encoding' }], [`ST00014|${body}`, { problem: 'encoding' }],
    ['ST00012', { problem: 'notGostQr' }], ['ST0001', { problem: 'notGostQr' }], [`st00012|${body}`, { problem: 'notGostQr' }], [`ST00012#${body}`, { problem: 'fieldMissing', key: 'PersonalAcc' }],
    ...['Name', 'PersonalAcc', 'BankName', 'BIC', 'CorrespAcc'].map((key) => [`ST00012|${body.replace(new RegExp(`(^|\\|)${key}=`), '$1Other=')}`, { problem: 'fieldMissing', key }] satisfies [string, object]), ['', { problem: 'notGostQr' }], ['https://qr.nspk.ru/AS1000', { problem: 'notGostQr' }],
    ['ST00012|Name=A|PersonalAcc=1|BankName=B|CorrespAcc=0', { problem: 'fieldMissing', key: 'BIC' }], [`ST00012|${body.replace('Name=A', 'Name=null')}`, { problem: 'fieldMissing', key: 'Name' }],
  ])('%s is refused', (text, failure) => expect(parseGostQr(text)).toEqual(failure))
})

test('periods are written MMYYYY and read as found on bills', () => {
  expect(gostQrPeriod('2026-10')).toBe('102026')
  expect(['102026', '10.2026', '0120', '132026', '2026', ''].map(parseGostQrPeriod)).toEqual(['2026-10', '2026-10', '2020-01', null, null, null])
})
