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

describe('a scanned bill', () => {
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
  test.each([
    [`SA00012|${body}`, { problem: 'notGostQr' }], [`ST00022|${body}`, { problem: 'version' }], [`ST00010|${body}`, { problem: 'encoding' }], [`ST00014|${body}`, { problem: 'encoding' }],
    ['ST00012', { problem: 'notGostQr' }], ['', { problem: 'notGostQr' }], ['https://qr.nspk.ru/AS1000', { problem: 'notGostQr' }],
    ['ST00012|Name=A|PersonalAcc=1|BankName=B|CorrespAcc=0', { problem: 'fieldMissing', key: 'BIC' }], [`ST00012|${body.replace('Name=A', 'Name=null')}`, { problem: 'fieldMissing', key: 'Name' }],
  ])('%s is refused', (text, failure) => expect(parseGostQr(text)).toEqual(failure))
})

test('periods are written MMYYYY and read as found on bills', () => {
  expect(gostQrPeriod('2026-10')).toBe('102026')
  expect(['102026', '10.2026', '0120', '132026', '2026', ''].map(parseGostQrPeriod)).toEqual(['2026-10', '2026-10', '2020-01', null, null, null])
})
