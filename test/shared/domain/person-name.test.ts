import { describe, expect, test } from 'vitest'
import { fullName, isRussianName, namesLegalForm, organisationKey, shortName, shortNameOf, shortOrganisationName, tidyName } from '@shared/domain/person-name'

test.each([
  [{ lastName: 'Иванов', firstName: 'Пётр', middleName: 'Сергеевич' }, 'Иванов Пётр Сергеевич', 'Иванов\u00a0П.\u00a0С.'],
  [{ lastName: 'Ким', firstName: 'Олег', middleName: null }, 'Ким Олег', 'Ким\u00a0О.'],
  [{ lastName: 'Ким', firstName: 'Олег' }, 'Ким Олег', 'Ким\u00a0О.'],
  [{ lastName: 'Алиев', firstName: 'Рашид', middleName: 'Али оглы' }, 'Алиев Рашид Али оглы', 'Алиев\u00a0Р.\u00a0А.'],
  [{ lastName: 'Римский-Корсаков', firstName: 'Анна-Мария', middleName: 'ильинична' }, 'Римский-Корсаков Анна-Мария ильинична', 'Римский-Корсаков\u00a0А.-М.\u00a0И.'],
])('%o', (name, full, short) => expect([fullName(name), shortName(name)]).toEqual([full, short]))

test.each([
  ['Ветрова Анна Павловна', 'Ветрова\u00a0А.\u00a0П.'],
  ['Смирнова О. А.', 'Смирнова\u00a0О.\u00a0А.'],
  ['Ким Олег', 'Ким\u00a0О.'],
  ['Администратор', 'Администратор'],
  ['Оператор 1', 'Оператор 1'],
])('«%s» in short is «%s»', (full, short) => expect(shortNameOf(full)).toBe(short))

describe('letters of a name', () => {
  test.each(['Иванов', 'Римский-Корсаков', "Д'Артаньян", 'Али оглы', 'Ё', 'Петров ст.'])('%s is a name', (text) => expect(isRussianName(text)).toBe(true))
  test.each(['Ivanov', 'Ивaнов', 'Иванов1', '', '-', 'Иванов-', ' Иванов'])('«%s» is not', (text) => expect(isRussianName(text)).toBe(false))
  test('spaces, dashes and apostrophes are tidied', () => expect(tidyName('  Римский \u2013 Корсаков  О\u2019Нил ')).toBe("Римский-Корсаков О'Нил"))
})

describe('organisations', () => {
  test.each([
    ['Общество с ограниченной ответственностью "Ромашка"', 'ООО «Ромашка»', 'ромашка'],
    ['ООО «Тепловые сети Энска»', 'ООО «Тепловые сети Энска»', 'тепловые сети энска'],
    ['Индивидуальный предприниматель Ким О. П.', 'ИП Ким О. П.', 'ким о п'],
    ['ТСЖ', 'ТСЖ', 'тсж'],
    ['Товарищество собственников жилья   Берёзка-2', 'ТСЖ Берёзка-2', 'березка 2'],
  ])('%s', (name, short, key) => expect([shortOrganisationName(name), organisationKey(name)]).toEqual([short, key]))
  test('a legal form tells an organisation from a person', () => {
    expect(['ооо ромашка', 'Ромашка, ТСЖ', 'Акционерное общество Энск', 'Иванов Пётр', 'Ипатов'].map(namesLegalForm)).toEqual([true, true, true, false, false])
  })
})
