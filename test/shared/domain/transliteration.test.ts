import { expect, test } from 'vitest'
import { cyrillicSpellings, latinKey, toLatin } from '@shared/domain/transliteration'

test.each([
  ['solovyev', 'соловьев'], ['soloviev', 'соловьев'], ['solovev', 'соловев'], ['hramov', 'храмов'], ['scherbak', 'щербак'], ['grigorieva', 'григорьева'], ['ilyina', 'ильина'], ['zhukovskiy', 'жуковский'], ['zhukovsky', 'жуковский'], ['tsvetkov', 'цветков'],
])('«%s» may be %s', (latin, russian) => expect(cyrillicSpellings(latin)).toContain(russian))

test('every system spells a first name to the same key', () => {
  for (const spellings of [['Yuri', 'Iurii', 'Yury', 'Yuriy', 'Jurij'], ['Dmitry', 'Dmitrii', 'Dmitriy', 'Dmitri'], ['Aleksei', 'Alexey', 'Aleksey'], ['Evgenii', 'Yevgeny', 'Evgeny'], ['Tatiana', 'Tatyana'], ['Fedor', 'Fyodor'], ['Aleksandr', 'Alexander']]) {
    expect(new Set(spellings.map(latinKey)).size, spellings.join(', ')).toBe(1)
  }
})

test('the spelling of a passport comes back among the Russian ones', () => {
  for (const name of ['иванов', 'щербаков', 'цветков', 'хромов', 'жуков', 'чехов', 'шишкин', 'юдин', 'яковлев', 'фролов', 'крылов', 'рыбаков']) expect(cyrillicSpellings(toLatin(name))).toContain(name)
})
