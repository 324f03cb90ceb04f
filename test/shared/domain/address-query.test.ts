import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AddressQuery, readAddress } from '@shared/domain/address-query'

const first = (text: string) => {
  const [found] = readAddress(text)
  if (!found) return ''
  const { house, building, flat } = found.places[0]!
  return [found.words.join(' '), house, building && `к${building}`, flat && `кв${flat}`].filter(Boolean).join(' ')
}

describe('an address in free form', () => {
  test.each([
    ['ленина 10 15', 'ленина 10 кв15'],
    ['Ленина 10', 'ленина 10'],
    ['ул ленина д10/2', 'ленина 10/2'],
    ['ленина д.10/2', 'ленина 10/2'],
    ['ленина 10к2-15', 'ленина 10 к2 кв15'],
    ['ленина 10 к2 кв15', 'ленина 10 к2 кв15'],
    ['ленина 10-15', 'ленина 10 кв15'],
    ['ленина, д. 10, кв. 15', 'ленина 10 кв15'],
    ['г. Энск, ул. Ленина, д. 10, корп. 2, кв. 15', 'энск ленина 10 к2 кв15'],
    ['энск ленина 10', 'энск ленина 10'],
    ['ул.Ленина,10,15', 'ленина 10 кв15'],
    ['Ленина улица 10', 'ленина 10'],
    ['ленина 10а 15', 'ленина 10а кв15'],
    ['ленина 10 а', 'ленина 10а'],
    ['ленина 10 кв 15а', 'ленина 10 кв15а'],
    ['ленина 10 2 15', 'ленина 10 к2 кв15'],
    ['ленина 10 комн 101-2', 'ленина 10 кв101-2'],
    ['ленина 10 015', 'ленина 10 кв15'],
    ['8 марта 5', '8 марта 5'],
    ['ул. 8 Марта, д. 5, кв. 7', '8 марта 5 кв7'],
    ['энск 8 марта 5 7', 'энск 8 марта 5 кв7'],
    ['30 лет победы 12 3', '30 лет победы 12 кв3'],
    ['1-я озёрная 5', '1 озерная 5'],
    ['академика ветрова 5', 'академика ветрова 5'],
    ['пр-т мира 3', 'мира 3'],
    ['набережная 5', 'набережная 5'],
    ['пос дальний лесная 23/1', 'дальний лесная 23/1'],
    ['лесная 17А', 'лесная 17а'],
  ])('«%s»', (text, expected) => expect(first(text)).toBe(expected))

  test.each(['ленина', 'ул ленина', '10 15', 'соколова мария', '7404 123456', 'ленина дом', "ленина' or '1'='1", '№', 'А-012345', 'СВК-15 123456', 'ивановка'])('«%s» is none', (text) => {
    expect(readAddress(text)).toEqual([])
  })

  test('«10/2» may be a house, a building of a house, or a flat', () => {
    expect(readAddress('ленина 10/2')[0]?.places).toEqual([{ house: '10/2' }, { house: '10', building: '2' }, { house: '10', flat: '2' }])
  })
  test('the second number may be a flat or a building', () => {
    expect(readAddress('ленина 10 2')[0]?.places).toEqual([{ house: '10', flat: '2' }, { house: '10', building: '2' }])
  })
})

test.each<[string, Partial<AddressQuery>]>([
  ['соколова ленина 10 15', { words: ['ленина'], name: ['соколова'] }],
  ['ленина 10 соколова', { words: ['ленина'], name: ['соколова'] }],
  ['ленина 10 15 соколова м', { words: ['ленина'], name: ['соколова'] }],
  ['соколова мария ленина 10', { words: ['ленина'], name: ['соколова', 'мария'] }],
])('«%s» names a person and an address', (text, expected) => {
  expect(readAddress(text)).toEqual(expect.arrayContaining([expect.objectContaining(expected)]))
})

test('whatever is typed, a reading has a street and a house that begins with a digit', () => {
  const typed = fc.array(fc.constantFrom('ленина', 'ул', 'д', 'кв', 'к', 'корп', '10', '2', '15а', '/', '-', ',', '.', ' ', 'энск', '8', 'марта', 'соколова'), { maxLength: 9 }).map((parts) => parts.join(' '))
  fc.assert(fc.property(fc.oneof(typed, fc.string({ unit: 'grapheme', maxLength: 40 })), (text) => {
    for (const { words, places } of readAddress(text)) {
      expect(words.length).toBeGreaterThan(0)
      expect(places.length).toBeGreaterThan(0)
      for (const { house } of places) expect(house).toMatch(/^\d/)
    }
  }))
})

test('the usual writings of one address are read alike', () => {
  const number = fc.integer({ min: 1, max: 300 }).map(String)
  fc.assert(fc.property(number, number, (house, flat) => {
    const wanted = `ленина ${house} кв${flat}`
    for (const text of [`ленина ${house} ${flat}`, `ул. Ленина, д. ${house}, кв. ${flat}`, `ЛЕНИНА ${house}-${flat}`, `ленина д${house} кв${flat}`, `улица ленина дом ${house} квартира ${flat}`]) {
      expect(first(text), text).toBe(wanted)
    }
  }))
})
