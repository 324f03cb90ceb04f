import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillMemoText, fillMemoTexts, memoPlaceholders, unknownMemoPlaceholders, type MemoValues } from '@shared/domain/memo-text'

const values = Object.fromEntries(memoPlaceholders.map(({ name, sample }) => [name, sample])) as MemoValues

describe('the words of a memo', () => {
  test('name the subscriber’s own login, address and term', () => {
    expect(fillMemoText('Введите {login} на {url} до {expires}.', values)).toBe('Введите 100200300 на https://lk.example.org до 25 ноября 2026 г., 09:05.')
  })

  test('are left out whole where a value is missing', () => {
    expect(fillMemoTexts(['Пароль действует до {expires}.', 'Звоните {phone}.'], { ...values, expires: null })).toEqual(['Звоните 8-800-000-00-00.'])
    expect(fillMemoText('Тариф «{tariff}»', { ...values, tariff: '' })).toBeNull()
  })

  test('with a name nobody knows are told to the editor, each once', () => {
    expect(unknownMemoPlaceholders('{login} {passwort} {passwort} {} {url}')).toEqual(['passwort', ''])
    expect(unknownMemoPlaceholders(memoPlaceholders.map(({ name }) => `{${name}}`).join(' '))).toEqual([])
  })

  test('have nothing replaced inside a value: a login in braces stays a login', () => {
    expect(fillMemoText('{login}', { ...values, login: '{url}' })).toBe('{url}')
  })

  test('without braces come out as they went in', () => {
    fc.assert(fc.property(fc.string().filter((text) => !/[{}]/.test(text)), (text) => fillMemoText(text, values) === text))
  })
})
