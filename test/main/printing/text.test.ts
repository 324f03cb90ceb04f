import { expect, test } from 'vitest'
import { localTime, typeset } from '../../../src/main/printing/text'

test('an instant is shown by the clock of the office, also over midnight', () => {
  expect(localTime('2026-11-22T20:05:00Z', 'Asia/Yekaterinburg')).toEqual({ date: '2026-11-23', time: '01:05' })
  expect(localTime('2026-11-22T00:05:00+05:00', 'Asia/Yekaterinburg')).toEqual({ date: '2026-11-22', time: '00:05' })
})

test.each([
  ['decomposed letters are composed, so that Й and Ё are found on the sheet', 'И\u0306од, Е\u0308ж', 'Йод, Ёж'],
  ['a narrow space that the font lacks becomes an ordinary no-break one', '1\u202f234', '1\u00a0234'],
  ['a line break in an imported name does not break the line', 'Иванов\r\nПётр', 'Иванов Пётр'],
  ['a number stays with its sign', 'акт № 418', 'акт №\u00a0418'],
  ['a street stays with its abbreviation', 'г. Энск, ул. Ленина, д. 1', 'г.\u00a0Энск, ул.\u00a0Ленина, д.\u00a01'],
  ['initials stay together', 'Смирнова О. А.', 'Смирнова О.\u00a0А.'],
  ['a word that ends like an abbreviation is left alone', 'Вокруг. Там', 'Вокруг. Там'],
])('%s', (_, given, printed) => {
  expect(typeset(given)).toBe(printed)
})

test('a password goes onto paper as it is', () => {
  const password = `aB3$%^&*()_+-={}[]|:;"'<>,.?/~\`!@#\\`
  expect(typeset(password)).toBe(password)
})
