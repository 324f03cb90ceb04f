import { wordMatch } from '@renderer/layout/word-match'
import { expect, test } from 'vitest'

const labels = ['Учебная почта', 'Почта', 'Пароль ЛК', 'Показания', 'Квитанция', 'Завершить обслуживание', 'Раздел «Журнал»', 'Лицевой счёт 04012345, Смородина']
const best = (typed: string) => labels.map((label) => ({ label, score: wordMatch(typed, label) })).filter(({ score }) => score > 0).toSorted((a, b) => b.score - a.score)[0]?.label

test.each([
  ['почта', 'Почта'],
  ['ПАР', 'Пароль ЛК'],
  ['gjxnf', 'Почта'],
  ['dktcx', undefined],
  ['квитнация', 'Квитанция'],
  ['квинтанция', 'Квитанция'],
  ['журнол', 'Раздел «Журнал»'],
  ['счет 0401', 'Лицевой счёт 04012345, Смородина'],
  ['завершить обслуж', 'Завершить обслуживание'],
  ['завершить почту', undefined],
  ['паспорт', undefined],
])('«%s» is %s', (typed, label) => {
  expect(best(typed)).toBe(label)
})

test('what stands there goes before what may be meant', () => {
  expect(wordMatch('пока', 'Показания')).toBeGreaterThan(wordMatch('покз', 'Показания'))
  expect(wordMatch('', 'Почта')).toBe(0)
})
