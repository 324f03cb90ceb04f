import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFirstName, isOneSlip, likelyFirstNames, likelyPatronymics, surnamesOfOtherGender } from '@shared/domain/first-names'
import { toCyrillic, toLatin } from '@shared/domain/transliteration'

test.each([['мраия', 'мария'], ['мри', null], ['аленксандр', 'александр'], ['сергй', 'сергей'], ['наталья', 'наталия'], ['федр', 'федор'], ['даниил', 'данил'], ['геор', 'егор']])('«%s» may be %s', (typed, meant) => {
  if (meant === null) expect(likelyFirstNames(typed)).not.toContain('мария')
  else expect(likelyFirstNames(typed)).toContain(meant)
})
test('a known first name, or the beginning of one, is not taken for another', () => {
  expect(likelyFirstNames('мария')).toEqual(['марья'])
  expect(likelyFirstNames('алекс')).toEqual([])
})
test.each([['сергеевчи', 'сергеевич'], ['игорвна', 'игоревна'], ['юревич', 'юрьевич'], ['ильинична', null], ['дмитрневна', 'дмитриевна'], ['львовн', null]])('patronymic «%s»', (typed, meant) => {
  expect(likelyPatronymics(typed)).toEqual(meant === null ? [] : expect.arrayContaining([meant]))
})
test('first names are told from surnames', () => expect(['петр', 'мария', 'соколова', 'иванов'].map(isFirstName)).toEqual([true, true, false, false]))

test.each([
  ['иванов', ['иванова']], ['иванова', ['иванов']], ['залесский', ['залесская']], ['залесская', ['залесский', 'залесской']], ['полевой', ['полевая']], ['заречный', ['заречная']],
  ['римский-залесский', ['римская-залесская']], ['мышкина-полевая', ['мышкин-полевый']], ['шевченко', []], ['черных', []],
])('the other gender of %s', (surname, expected) => expect(surnamesOfOtherGender(surname)).toEqual(expected))

test('a slip is one letter missing, extra, wrong, or two swapped', () => {
  for (const word of ['соклова', 'соколоова', 'сокотова', 'соколвоа']) expect(isOneSlip(word, 'соколова'), word).toBe(true)
  for (const word of ['соколова', 'скалова', 'околоваа', 'соловка']) expect(isOneSlip(word, 'соколова'), word).toBe(false)
})
test('any letter left out or put in is one slip, both ways', () => {
  const word = fc.string({ unit: fc.constantFrom(...'абвгд'), minLength: 2, maxLength: 9 })
  fc.assert(fc.property(word, fc.nat(8), fc.constantFrom(...'абвгдя'), (text, at, letter) => {
    const place = at % text.length
    const without = text.slice(0, place) + text.slice(place + 1)
    expect(isOneSlip(text, without)).toBe(true)
    expect(isOneSlip(without, text)).toBe(true)
    expect(isOneSlip(text, `${text.slice(0, place)}${letter}${text.slice(place + 1)}`)).toBe(text[place] !== letter)
  }))
})

test.each([
  ['Щербаков Юрий', 'shcherbakov iurii'], ['Подъячева Ёлкина', 'podieiacheva elkina'], ['Ильич', 'ilich'], ['Цой Хабибуллин', 'tsoi khabibullin'],
])('«%s» in a passport for travel', (russian, latin) => expect(toLatin(russian)).toBe(latin))
test.each([
  ['Shcherbakov Iurii', 'щербаков юрий'], ['Tsoi Khabibullin', 'цой хабибуллин'], ['Ivanova Mariia', 'иванова мария'], ['Sergei', 'сергей'], ['Dmitrii', 'дмитрий'], ['Yuliya Zhukova', 'юлия жукова'],
  ['Sokolova Maria', 'соколова мария'], ['Zaitseva', 'зайцева'], ['Chernykh', 'черных'],
])('«%s» in Russian', (latin, russian) => expect(toCyrillic(latin)).toBe(russian))
test('simple names survive both ways', () => {
  const name = fc.array(fc.constantFrom('ба', 'во', 'ка', 'лу', 'мо', 'ро', 'ша', 'чу', 'жо', 'щу', 'ден', 'тор', 'мак'), { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''))
  fc.assert(fc.property(name, (text) => {
    expect(toCyrillic(toLatin(text))).toBe(text)
  }))
})
