import { randomInt } from 'node:crypto'
import { expect, test } from 'vitest'
import { isBankAccount, isOgrn, isOrganisationInn } from '@shared/domain/checksums'
import { unknownMemoPlaceholders } from '@shared/domain/memo-text'
import { generatePassword } from '@shared/domain/password-policy'
import { meteredServices, providerCard } from '@shared/domain/provider-profile'
import { readyProvider, readyProviders, type ReadyProviderCode } from '../../../../src/main/features/providers/ready-profiles'

const profile = (code: ReadyProviderCode) => readyProvider(code)!.profile

test('there are six ready providers with different codes', () => {
  expect(new Set(readyProviders.map(({ code }) => code))).toEqual(new Set(['enicom', 'smorodina', 'enser', 'is-telecom', 'tctr', 'eis24']))
})

test.each(readyProviders)('the card of $name is accepted by the schema unchanged', (card) => {
  expect(providerCard.parse(card)).toEqual(card)
})

test.each(readyProviders)('a bank would take a payment to $name', (card) => {
  expect(isOrganisationInn(card.inn)).toBe(true)
  expect(isOgrn(card.ogrn ?? '')).toBe(true)
  expect(isBankAccount(card.settlementAccount, card.bic, 'client')).toBe(true)
  expect(isBankAccount(card.correspondentAccount, card.bic, 'correspondent')).toBe(true)
  // ГОСТ Р 56042: name of the bank up to 45 characters, mandatory block up to 300 bytes.
  expect(card.bankName.length).toBeLessThanOrEqual(45)
  const block = `Name=${card.legalName}|PersonalAcc=${card.settlementAccount}|BankName=${card.bankName}|BIC=${card.bic}|CorrespAcc=${card.correspondentAccount}`
  expect(Buffer.byteLength(block, 'utf8')).toBeLessThanOrEqual(300)
})

test.each(readyProviders)('a password generated for $name fits its portal and has no look-alikes', ({ profile: { password } }) => {
  for (let i = 0; i < 50; i++) {
    const made = generatePassword(password, randomInt)
    expect(made).toMatch(new RegExp(`^[a-z0-9]{${password.min},${password.max}}$`))
    expect(made).toMatch(/[a-z]/)
    expect(made).toMatch(/[0-9]/)
    expect(made).not.toMatch(/[aceopxyil01b]/)
  }
})

test('requisites and contacts are nobody’s: synthetic phones, reserved mail domains', () => {
  for (const { phone, email, profile: { phones } } of readyProviders) {
    expect([phone, ...phones.map((line) => line.phone)].every((line) => /^8-800-000-00-\d\d$/.test(line))).toBe(true)
    expect(email).toMatch(/\.example\.org$/)
  }
})

test('words of the memos hold only placeholders that a memo knows; the steps name the portal, and the login unless it is one’s own e-mail', () => {
  for (const { profile: { portal, memo } } of readyProviders) {
    for (const words of [...portal.firstSteps, ...memo.readings, ...memo.notes, ...memo.howToPay, ...memo.terms, memo.securityNote]) expect(unknownMemoPlaceholders(words)).toEqual([])
    const steps = portal.firstSteps.join('\n')
    expect(steps).toContain('{url}')
    if (portal.scheme !== 'email') expect(steps).toContain('{login}')
  }
})

test('utilities print the quarterly notice of п. 69 and the 02 code, internet providers the 09 code', () => {
  for (const { profile: { paymentDocument, readings } } of readyProviders) {
    if (paymentDocument.kind === 'utility') {
      expect(paymentDocument.techCode).toBe('02')
      expect(paymentDocument.notice).toContain(`с ${readings.windowFromDay} по ${readings.windowToDay} число`)
      expect(paymentDocument.notice).toContain('пункты 59 и 60')
    } else {
      expect(paymentDocument).toMatchObject({ techCode: '09', notice: null })
    }
  }
})

test('Эником: contract number, Госуслуги, memo is an appendix to the contract and its password stays valid for linking', () => {
  expect(profile('enicom')).toMatchObject({ portal: { scheme: 'contract', esia: true }, memo: { title: 'Памятка абонента', appendixTo: expect.stringContaining('приложение к договору') }, password: { oneTime: false, ttlHours: null } })
})

test('Смородина: e-mail login, 5 to 10 Latin letters and digits, link in a letter, PIN for the full version', () => {
  expect(profile('smorodina')).toMatchObject({ portal: { scheme: 'email', pin: true, confirmations: ['link', 'emailCode'], accountProofs: ['number'] }, password: { min: 5, max: 10, requireLetter: true, requireDigit: true } })
})

test('ЭнСер: digits of the account without the letter index, 8 to 20 characters, e-mail link or a code by SMS', () => {
  expect(profile('enser')).toMatchObject({ portal: { scheme: 'account', confirmations: ['link', 'smsCode', 'emailCode'], accountProofs: ['surname', 'password'] }, password: { min: 8, max: 20, deliverBy: ['paper', 'email', 'sms'], chosenBy: 'subscriber' }, safety: { reissueAfterContactChange: 'approve' }, accountNumber: { digitsOnly: true } })
})

test('ИС-Телеком and ТЦТР: the contract number is the login; ТЦТР confirms by a link of half an hour', () => {
  expect(profile('is-telecom').portal.scheme).toBe('contract')
  expect(profile('tctr').portal).toMatchObject({ scheme: 'contract', confirmations: ['link', 'emailCode'], linkMinutes: 30, accessAfterClosing: 'stays' })
  expect(profile('is-telecom').portal.accessAfterClosing).toBe('ends')
})

test('EIS24: e-mail login and a generated password that stays', () => {
  expect(profile('eis24')).toMatchObject({ portal: { scheme: 'email' }, password: { oneTime: false, deliverBy: ['paper', 'email'], chosenBy: 'office' } })
})

test('every metered service has a provider, internet providers have none of them', () => {
  const served = new Set(readyProviders.flatMap(({ services }) => services.map(({ code }) => code)))
  for (const service of meteredServices) expect(served).toContain(service)
  for (const { services, profile: { paymentDocument } } of readyProviders) {
    if (paymentDocument.kind === 'internet') expect(services.map(({ code }) => code)).toEqual(['internet', 'tv', 'wifi', 'static_ip'])
  }
})
