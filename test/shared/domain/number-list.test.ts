import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { numbersOf } from '@shared/domain/number-list'

const typed = (text: string) => numbersOf(text).map((row) => row.typed)

describe('a list of contracts', () => {
  test('is one a line, with the lines they stand on', () => {
    expect(numbersOf('0012345\r\n\r\n 0012346 \n')).toEqual([{ line: 1, typed: '0012345' }, { line: 3, typed: '0012346' }])
  })

  test('is several on a line, however divided', () => {
    expect(typed('14003512, 14003513;14003514\t14003515')).toEqual(['14003512', '14003513', '14003514', '14003515'])
  })

  test.each([
    ['Договор;ФИО\n14003512;Соколова М. И.\n14003513;Ким О.', ['14003512', '14003513']],
    ['\uFEFF"ФИО","Лицевой счёт","Адрес"\n"Ким, О.","0012345","ул. Ленина, 10"', ['0012345']],
    ['ФИО\tНомер договора\nКим О.\t0012345', ['0012345']],
    ['account,name\n77,Kim', ['77']],
  ])('in a file with headings is the column of the numbers: %j', (text, expected) => {
    expect(typed(text)).toEqual(expected)
  })

  test('without headings is the first number of each line; a date or a flat is none', () => {
    expect(typed('Соколова М. И.;01.11.2026;14003512;кв. 5\nКим О.;14003513')).toEqual(['14003512', '14003513'])
  })

  test('with a quote nobody closed is read all the same', () => {
    expect(typed('"0012345;Ким\n0012346')).toEqual(['"0012345', '0012346'])
  })

  test('keeps a line that holds no number, so that it is told of and not passed over', () => {
    expect(typed('14003512\nпозвонить мастеру\n14003513')).toEqual(['14003512', 'позвонить мастеру', '14003513'])
  })

  test('may have a letter index and leading zeros', () => {
    expect(typed('А-123456\n№ 0012345\n75ДА533315')).toEqual(['А-123456', '№ 0012345', '75ДА533315'])
  })

  test('gives back numbers as they were written, however many', () => {
    const number = fc.stringMatching(/^\d{5,12}$/)
    fc.assert(fc.property(fc.array(number, { maxLength: 50 }), fc.constantFrom('\n', '\r\n', '\n\n', ';', ', ', '\t'), (numbers, between) => {
      expect(typed(numbers.join(between))).toEqual(numbers)
    }))
  })
})
