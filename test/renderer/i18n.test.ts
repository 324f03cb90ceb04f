import { plural, setLocale, t } from '@renderer/i18n'
import { afterEach, expect, test } from 'vitest'

afterEach(() => setLocale('ru'))

test.each([
  [1, 'Осталась 1 попытка'],
  [2, 'Осталось 2 попытки'],
  [5, 'Осталось 5 попыток'],
  [11, 'Осталось 11 попыток'],
  [21, 'Осталась 21 попытка'],
  [112, 'Осталось 112 попыток'],
  [12_345, 'Осталось 12\u00a0345 попыток'],
  [0, 'Осталось 0 попыток'],
])('%i of a thing is counted the Russian way', (n, words) => {
  expect(plural('visits.identification.attempts', n)).toBe(words)
})

test('the language of the screen can be changed while it is shown', async () => {
  await setLocale('en')
  expect(t('common.cancel')).toBe('Cancel')
  expect(plural('visits.identification.attempts', 1)).toBe('1 attempt left')
  expect(document.documentElement.lang).toBe('en')
})

test('an address in a text is shown with its @', () => {
  expect(t('contacts.entry.malformed.email')).toContain('ivanova@mail.ru')
})
