import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { channelsOf, defaultWords, messageFields, messageTemplates, placeholderNames, placeholdersOf, renderMessage, sampleParams, shownPlaceholders, smsSize, wordsProblem, type MessageField, type MessageTemplate } from '@shared/domain/message-templates'

const fields = messageTemplates.flatMap((template) => messageFields(template).map((field): [MessageTemplate, MessageField] => [template, field]))
const emails = messageTemplates.filter((template) => channelsOf(template).includes('email'))
const texts = messageTemplates.filter((template) => channelsOf(template).includes('sms'))

test.each(fields)('the usual words of %s.%s could be saved as a provider’s own', (template, field) => {
  expect(wordsProblem(template, field, defaultWords(template, field)!)).toBeNull()
})

test.each(emails)('letter %s has a subject of one line, says what it must and who wrote it, with no placeholder left', (template) => {
  const params = sampleParams(template)
  const { subject, text } = renderMessage(template, 'email', params)
  expect(subject).toMatch(/^[^\n]{5,78}$/)
  for (const name of shownPlaceholders(template)) if (!['what', 'kind', 'period'].includes(name)) expect(text).toContain(String(params[name]))
  expect(text).toMatch(/Центр обслуживания на Ленина\nТелефон: 8-800-000-00-00$/)
  expect(subject + text).not.toMatch(/[{}]|undefined|null/)
})

test.each(texts)('SMS %s takes no more than two parts', (template) => {
  const { text } = renderMessage(template, 'sms', sampleParams(template))
  expect(text).not.toMatch(/[{}]|undefined|null/)
  expect(smsSize(text).segments).toBeLessThanOrEqual(2)
})

test('no secret ever stands in a subject, whoever writes it', () => {
  expect(wordsProblem('portalPassword', 'subject', 'Ваш пароль {password}')).toEqual({ problem: 'secretInSubject', name: 'password' })
  expect(wordsProblem('pin', 'subject', 'ПИН {pin}')).toEqual({ problem: 'secretInSubject', name: 'pin' })
  expect(wordsProblem('contactLink', 'subject', '{link}')).toEqual({ problem: 'secretInSubject', name: 'link' })
})

test.each<[MessageTemplate, MessageField, string, string, string | undefined]>([
  ['contactCode', 'text', 'Код {code}, {surname}', 'placeholderUnknown', 'surname'],
  ['contactCode', 'text', 'Код {code} { и {', 'placeholderUnknown', undefined],
  ['contactCode', 'text', 'Назовите код сотруднику', 'placeholderMissing', 'code'],
  ['contactLink', 'sms', 'Ссылка {link}', 'wordsNotSent', undefined],
  ['contactCode', 'text', ' \n ', 'wordsEmpty', undefined],
  ['contactCode', 'subject', 'Код\n{code}', 'subjectInLines', undefined],
  ['contactCode', 'sms', `Код {code}. ${'Очень длинное сообщение. '.repeat(9)}`, 'smsTooLong', undefined],
])('%s.%s with «%s» is refused: %s', (template, field, words, problem, name) => {
  expect(wordsProblem(template, field, words)).toEqual(name === undefined ? { problem } : { problem, name })
})

test('a provider’s own words replace the usual ones field by field', () => {
  const params = sampleParams('contactCode')
  const own = { contactCode: { subject: 'Код {code} от «{provider}»' } }
  expect(renderMessage('contactCode', 'email', params, own)).toEqual({ subject: 'Код 482915 от «Поставщик услуг»', text: renderMessage('contactCode', 'email', params).text })
})

test('a line whose placeholder has no value is left out whole, the rest stays', () => {
  const { revertLink: _, phone: __, ...params } = sampleParams('contactChanged')
  const { text } = renderMessage('contactChanged', 'email', params)
  expect(text).not.toContain('ссылке')
  expect(text).toMatch(/изменён на m\*\*\*@example\.org/)
  expect(text).toMatch(/\n\nЦентр обслуживания на Ленина$/)
  const forever = renderMessage('portalPassword', 'email', { ...sampleParams('portalPassword'), expires: null })
  expect(forever.text).not.toContain('действует до')
  expect(forever.text).toContain('Пароль: t7qkm9wd3zfn')
})

test('a message without what it is for is never written', () => {
  expect(() => renderMessage('contactCode', 'email', { minutes: 10, office: 'Офис', phone: '' })).toThrow('message contactCode needs code')
  expect(() => renderMessage('contactLink', 'sms', sampleParams('contactLink'))).toThrow(RangeError)
})

test('instants are said by the clock of the office, terms with the right ending, codes in words', () => {
  const changed = renderMessage('contactChanged', 'email', { ...sampleParams('contactChanged'), kind: 'phone', at: '2026-11-22T20:05:00+00:00', timeZone: 'Asia/Yakutsk', hours: 21 })
  expect(changed.text.replaceAll('\u00a0', ' ')).toContain('23 ноября 2026 г., 05:05 номер телефона для связи с вами изменён')
  expect(changed.text.replaceAll('\u00a0', ' ')).toContain('действует 21 час:')
  expect(renderMessage('contactLink', 'email', { ...sampleParams('contactLink'), hours: 0.5 }).text.replaceAll('\u00a0', ' ')).toContain('Ссылка действует 30 минут.')
  expect(renderMessage('accessChanged', 'sms', { ...sampleParams('accessChanged'), what: 'esiaUnlinked' }).text).toContain('отменена связь личного кабинета с Госуслугами')
})

describe('whatever the values', () => {
  const value = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 })
  test('a value is written as it is and never read as a placeholder', () => {
    fc.assert(
      fc.property(value, (code) => {
        const reason = `{login} ${code} {password}`
        expect(renderMessage('pinRefused', 'email', { ...sampleParams('pinRefused'), reason, login: 'SECRET', password: 'SECRET' }).text).not.toContain('SECRET')
      }),
    )
  })

  test('words accepted for saving can be sent', () => {
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.array(fc.oneof(value, fc.constantFrom('{code}', '{link}', '{password}', '{office}', '{at}', '{', '}', '\n', '{what}')), { maxLength: 12 }), ([template, field], parts) => {
        const words = parts.join(' ')
        if (wordsProblem(template, field, words) !== null) return
        const rendered = renderMessage(template, field === 'sms' ? 'sms' : 'email', sampleParams(template), { [template]: { [field]: words } })
        const written = 'subject' in rendered ? (field === 'subject' ? rendered.subject : rendered.text) : rendered.text
        for (const name of placeholderNames(words)) expect(placeholdersOf(template, field)).toContain(name)
        for (const name of field === 'subject' ? [] : shownPlaceholders(template)) expect(written).not.toContain(`{${name}}`)
      }),
      { numRuns: 500 },
    )
  })
})

describe('parts of an SMS', () => {
  test.each([
    ['', 0], ['a'.repeat(160), 1], ['a'.repeat(161), 2], ['a'.repeat(306), 2], ['a'.repeat(307), 3],
    ['я'.repeat(70), 1], ['я'.repeat(71), 2], ['я'.repeat(134), 2], ['я'.repeat(135), 3],
    ['€'.repeat(80), 1], ['€'.repeat(81), 2], [`${'a'.repeat(152)}€${'a'.repeat(152)}`, 3],
    [`${'я'.repeat(66)}😀${'я'.repeat(66)}`, 3], [`${'a'.repeat(70)}№`, 2],
  ])('%s: %d', (text, segments) => {
    expect(smsSize(text).segments).toBe(segments)
  })

  test('a longer text never takes fewer parts, and what is left really fits', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 300 }), fc.constantFrom('a', 'я', '€', '😀'), (text, more) => {
        const size = smsSize(text)
        expect(smsSize(text + more).segments).toBeGreaterThanOrEqual(size.segments)
        if (text !== '' && size.encoding === 'unicode') expect(smsSize(text + 'я'.repeat(size.left)).segments).toBe(size.segments)
        if (text !== '' && size.encoding === 'gsm') expect(smsSize(text + 'a'.repeat(size.left)).segments).toBe(size.segments)
      }),
    )
  })
})

test('a letter with a bill says month, sum and day in words, and leaves out what an internet provider does not set', () => {
  const { subject, text } = renderMessage('bill', 'email', { ...sampleParams('bill'), dueOn: null })
  expect(subject).toBe('Квитанция за октябрь 2026 г.')
  expect(text).toContain('К оплате: 4\u00a0352,67\u00a0₽.')
  expect(text).not.toContain('Оплатите до')
  expect(renderMessage('bill', 'email', sampleParams('bill')).text).toContain('Оплатите до 16\u00a0ноября\u00a02026\u00a0г. включительно.')
})
