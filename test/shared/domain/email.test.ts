import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emailHints, isEmail, normaliseEmail } from '@shared/domain/email'

describe('an address a mail server would take', () => {
  test.each(['ivan@mail.ru', 'i.v-an+dom@sub.example.org', 'a@b.ru', `${'x'.repeat(64)}@mail.ru`, 'ivan@xn--e1afmkfd.xn--p1ai', "o'neil@mail.ru"])('%s', (text) => expect(isEmail(text)).toBe(true))
  test.each([
    '', '@', 'ivan', 'ivan@', '@mail.ru', 'ivan@mail', 'ivan@@mail.ru', '.ivan@mail.ru', 'ivan.@mail.ru', 'iv..an@mail.ru', 'ivan@-mail.ru', 'ivan@mail-.ru',
    'ivan@mail..ru', 'ivan@mail.ru.', 'iv an@mail.ru', 'иван@mail.ru', 'ivan@пример.рф', `${'x'.repeat(65)}@mail.ru`, `a@${'b.'.repeat(126)}ru`, 'ivan@mail.r', 'ivan@1.2',
  ])('not %s', (text) => expect(isEmail(text)).toBe(false))

  test('254 characters are the limit', () => {
    const address = (length: number) => `${'a'.repeat(60)}@${'b'.repeat(60)}.${'c'.repeat(60)}.${'d'.repeat(length - 186)}.ru`
    expect([address(240).length, isEmail(address(240))]).toEqual([240, true])
    const long = `a@${`${'b'.repeat(49)}.`.repeat(5)}ru`
    expect([long.length, isEmail(long), isEmail(`a${long}`)]).toEqual([254, true, false])
  })
})

test('addresses are kept in lower case without invisible characters', () => {
  expect(normaliseEmail(' Ivan@Mail.RU\u200b ')).toBe('ivan@mail.ru')
  expect(normaliseEmail('mailto:ivan@mail.ru')).toBe('ivan@mail.ru')
  expect(normaliseEmail('ivan@mail')).toBeNull()
})

describe('what the visitor may have meant', () => {
  test.each([
    ['ivan@gmial.com', 'ivan@gmail.com', ['domainTypo']],
    ['ivan@gmail.con', 'ivan@gmail.com', ['domainTypo']],
    ['ivan@gmail.co', 'ivan@gmail.com', ['domainTypo']],
    ['ivan@yadnex.ru', 'ivan@yandex.ru', ['domainTypo']],
    ['ivan@yandex.ry', 'ivan@yandex.ru', ['domainTypo']],
    ['ivan@mial.ru', 'ivan@mail.ru', ['domainTypo']],
    ['ivan@rambier.ru', 'ivan@rambler.ru', ['domainTypo']],
    ['ivan@inbox.rv', 'ivan@inbox.ru', ['domainTypo']],
    ['ivan@lst.ru', 'ivan@list.ru', ['domainTypo']],
    ['ivan@mail.ru.', 'ivan@mail.ru', ['trailingDot']],
    ['ivan @ mail.ru', 'ivan@mail.ru', ['spaces']],
    ['ivan@mail,ru', 'ivan@mail.ru', ['commaForDot']],
    ['еуые"ьфшдюкг', 'test@mail.ru', ['layout']],
    ['еуые@ьфшдюкг', 'test@mail.ru', ['layout']],
    ['еуые@ьфшд.кг', 'test@mail.ru', ['layout']],
    ['ivаn@mаil.ru', 'ivan@mail.ru', ['lookAlikes']],
    ['ivan@gmial.com.', 'ivan@gmail.com', ['trailingDot', 'domainTypo']],
  ])('%s: %s', (typed, suggestion, slips) => expect(emailHints(typed)[0]).toEqual({ suggestion, slips }))

  test.each(['ivan@mail.ru', 'ivan@ya.ru', 'ivan@yandex.com', 'ivan@enersbyt-ensk.ru', 'ivan@example.org', 'ivan', ''])('nothing looks wrong with «%s»', (typed) => {
    expect(emailHints(typed)).toEqual([])
  })

  test('every suggestion is an address with nothing more to repair in its domain', () => {
    fc.assert(fc.property(fc.emailAddress(), fc.constantFrom('', '.', ' '), (address, tail) => {
      for (const hint of emailHints(address + tail)) {
        expect(isEmail(hint.suggestion)).toBe(true)
        expect(hint.slips.length).toBeGreaterThan(0)
      }
    }))
  })
})
