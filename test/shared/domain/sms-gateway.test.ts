import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fillSmsTemplate, gatewayUrl, jsonPath, judgeGatewayAnswer, sampleSmsValues, smsGateway, type SmsGateway } from '@shared/domain/sms-gateway'

const gateway: SmsGateway = {
  url: 'https://sms.example.org/send', method: 'POST', headers: [], contentType: 'json', body: '{"to": "{phone}", "text": "{text}"}', login: '', sender: '', statuses: [200],
  check: { kind: 'none' }, laterPattern: '', knowsRepeats: false, timeoutSeconds: 20, allowPlain: false,
}
const problems = (own: object) => {
  const parsed = smsGateway.safeParse({ ...gateway, ...own })
  return parsed.success ? [] : parsed.error.issues.map(({ path, message }) => `${path[0] as string} ${message}`)
}

test.each([
  [{}, []],
  [{ url: 'http://sms.example.org/send' }, ['url encryptionRequired']],
  [{ url: 'http://sms.example.org/send', allowPlain: true }, []],
  [{ url: 'http://127.0.0.1:8080/send' }, []],
  [{ url: 'https://{login}.example.org/send' }, ['url urlMalformed']],
  [{ url: 'https://user:pass@sms.example.org/send' }, ['url urlMalformed']],
  [{ url: 'https://sms.example.org\\@evil.example/send' }, ['url urlMalformed']],
  [{ url: 'ftp://sms.example.org/' }, ['url urlMalformed']],
  [{ body: '{"to": "{phone}"}' }, ['body textMissing']],
  [{ body: '{"text": "{text}"}' }, ['body phoneMissing']],
  [{ body: '{"to": {phoneDigits}, "text": "{text}"}' }, []],
  [{ body: '{"to": "{phone}", "text": {text}}' }, ['body notJson']],
  [{ body: '{"to": "{phone}", "text": "{txt}{text}"}' }, ['body unknownPlaceholder']],
  [{ method: 'GET' }, ['contentType bodyOfGet']],
  [{ method: 'GET', contentType: 'none', body: '', url: 'https://sms.example.org/?to={phoneDigits}&text={text}' }, []],
  [{ check: { kind: 'pattern', pattern: '(' } }, ['check notPattern']],
  [{ check: { kind: 'jsonPath', path: 'a..b', values: [] } }, ['check notPath']],
  [{ headers: [{ name: 'X-Имя', value: 'x' }] }, expect.arrayContaining([expect.stringMatching(/^headers/)])],
  [{ headers: [{ name: 'X-Key', value: 'ключ' }] }, ['headers notAscii']],
  [{ headers: [{ name: 'Host', value: 'evil.example' }] }, ['headers ownHeader']],
])('%j: %j', (own, expected) => expect(problems(own)).toEqual(expected))

describe('whatever the text, a value stays a value', () => {
  const anything = fc.string({ unit: 'binary' })
  const fill = (text: string, template: string, where: Parameters<typeof fillSmsTemplate>[2]) => fillSmsTemplate(template, { ...sampleSmsValues, text }, where)
  // Half a surrogate pair can't be sent by any encoding.
  const whole = anything.filter((text) => !/\p{Surrogate}/u.test(text))

  test('of JSON', () =>
    fc.assert(fc.property(whole, (text) => {
      expect(JSON.parse(fill(text, '{"t": "{text}"}', 'json'))).toEqual({ t: text })
    })))
  test('of a form and of an address', () =>
    fc.assert(fc.property(whole, (text) => {
      for (const where of ['form', 'url'] as const) expect(decodeURIComponent(/^a=1&t=([^&]*)&b=2$/.exec(fill(text, 'a=1&t={text}&b=2', where))![1]!)).toBe(text)
    })))
  test('of XML: no tag, no attribute’s end', () =>
    fc.assert(fc.property(whole, (text) => {
      expect(fill(text, '<t a="{text}">{text}</t>', 'xml').match(/[<>"]/g)).toEqual(['<', '"', '"', '>', '<', '>'])
    })))
  test('of a header: one line', () =>
    fc.assert(fc.property(whole, (text) => {
      expect(fill(text, 'x{text}', 'header')).toMatch(/^[\x20-\x7e]*$/)
    })))
  test('and is never read as a placeholder', () => expect(fill('{secret}', '{text}', 'text')).toBe('{secret}'))
})

test.each([
  ['{"status": "ok"}', 'status', ['ok'], true],
  ['{"status": "OK"}', 'status', ['ok'], false],
  ['{"messages": [{"status": 0}]}', '$.messages[0].status', ['0'], true],
  ['{"messages": []}', 'messages[0].status', ['0'], false],
  ['{"id": 17}', 'id', [], true],
  ['{"id": null}', 'id', [], false],
  ['{"a": {"b": 1}}', 'a', ['[object Object]'], false],
  ['not json', 'status', ['ok'], false],
  ['{}', 'constructor', [], false],
])('%s at %s is %j: %s', (body, path, values, taken) => {
  expect(judgeGatewayAnswer({ statuses: [200], check: { kind: 'jsonPath', path, values }, laterPattern: '' }, { status: 200, body }).verdict).toBe(taken ? 'taken' : 'refused')
})

test.each([
  [200, 'taken'], [201, 'unclear'], [302, 'later'], [400, 'refused'], [401, 'later'], [404, 'later'], [408, 'later'], [422, 'refused'], [429, 'later'], [500, 'unclear'], [502, 'unclear'], [503, 'later'], [504, 'unclear'],
])('%i is %s', (status, verdict) => {
  expect(judgeGatewayAnswer(gateway, { status, body: '' }).verdict).toBe(verdict)
})

test('addresses and paths are read', () => {
  expect(gatewayUrl('https://SMS.example.org:8443/send?to={phone}')).toEqual({ protocol: 'https', host: 'sms.example.org' })
  expect(gatewayUrl('https://[::1]/x')).toEqual({ protocol: 'https', host: '[::1]' })
  expect(jsonPath('$.a[0].b')).toEqual(['a', '0', 'b'])
  expect(jsonPath('')).toBeNull()
})
