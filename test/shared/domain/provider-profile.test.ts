import { expect, test } from 'vitest'
import { defaultIdentification } from '@shared/domain/identification'
import { documentLayout } from '@shared/domain/document-layout'
import { providerCard, providerProfile, usualPenaltyRates, type ProviderProfile } from '@shared/domain/provider-profile'

const profile: ProviderProfile = {
  portal: { name: 'Личный кабинет', url: 'https://lk.example.org/', scheme: 'account', firstSteps: ['Откройте {url}'], esia: false, pin: false, confirmations: ['emailCode'], confirmUrl: null, pinDigits: 6, pinHours: 72, linkMinutes: 1440, codeMinutes: 10, accountProofs: [], accessAfterClosing: 'stays' },
  password: { min: 8, max: 20, length: 12, alphabet: 'dfghjkmnqrstuvwz23456789', requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper'], chosenBy: 'office' },
  safety: { revertHours: 24, reissueAfterContactChange: 'flag', recentHours: 24 },
  notices: { contactChanged: ['email', 'sms'], passwordIssued: ['email'], accessChanged: ['email'] },
  messages: {},
  accountNumber: { digitsOnly: true, minLength: 6, maxLength: 9, hint: 'Только цифры' },
  readings: {
    windowFromDay: 20, windowToDay: 25, acceptDecimals: 3, expiredVerification: 'warn', averageFactor: 3,
    maxMonthly: { cold_water: 100_000, hot_water: 60_000, electricity: 5_000_000, gas: 1_500_000, heat: 15_000 },
    graceDays: 0, windows: [], normMonthly: {}, rules: [],
  },
  memo: { title: 'Памятка абонента', appendixTo: null, wifi: false, securityNote: 'Никому не сообщайте пароль', howToPay: ['По QR-коду'], readings: [], notes: [], terms: [], lowerHalf: 'receipt', design: 'utility', format: 'a4', connection: null },
  paymentDocument: { vatNote: null, qrEncoding: 'utf-8', techCode: '02', notice: 'Показания принимаются до 25 числа.', kind: 'utility', layout: documentLayout.parse({}), penaltyRates: usualPenaltyRates },
  identification: defaultIdentification,
  phones: [{ label: 'Поддержка', phone: '8-800-000-00-00' }],
  hours: 'пн–пт 8:00–17:00',
  emergency: null,
}

const problemsOf = (changed: unknown) => providerProfile.safeParse(changed).error?.issues.map((issue) => `${issue.path.join('.')} ${issue.message}`) ?? []

test('a complete profile is taken as it is', () => {
  expect(providerProfile.parse(profile)).toEqual(profile)
})

test.each([
  ['a longest password shorter than the shortest one', { max: 7, length: 7 }, 'password.max maxBelowMin'],
  ['a generated password the portal would find too short', { length: 7 }, 'password.length lengthBelowMin'],
  ['a generated password the portal would find too long', { length: 21 }, 'password.length lengthAboveMax'],
  ['an alphabet without the letters the portal asks for', { alphabet: '0123456789' }, 'password.alphabet letterMissing'],
  ['an alphabet without the digits the portal asks for', { alphabet: 'dfghjkmnqrst' }, 'password.alphabet digitMissing'],
  ['an alphabet that makes one character more likely', { alphabet: 'dfghjkmnqrst233' }, 'password.alphabet repeatedCharacter'],
  ['Cyrillic letters nobody can type on the portal', { alphabet: 'абвгдежзик23456' }, 'password.alphabet alphabetExpected'],
])('%s is refused', (_, password, problem) => {
  expect(problemsOf({ ...profile, password: { ...profile.password, ...password } })).toContain(problem)
})

test('a number format whose longest number is shorter than the shortest is refused', () => {
  expect(problemsOf({ ...profile, accountNumber: { ...profile.accountNumber, minLength: 10 } })).toEqual(['accountNumber.maxLength maxBelowMin'])
})

test.each([['windowFromDay', 0], ['windowToDay', 32], ['windowFromDay', 1.5]])('a reading window with %s = %d is refused', (field, value) => {
  expect(problemsOf({ ...profile, readings: { ...profile.readings, [field]: value } })).toHaveLength(1)
})

test('a reading window over the end of the month is fine: Moscow takes readings from the 15th to the 3rd', () => {
  expect(problemsOf({ ...profile, readings: { ...profile.readings, windowFromDay: 15, windowToDay: 3 } })).toEqual([])
})

test('a cap is needed for every metered service', () => {
  const { heat: _heat, ...maxMonthly } = profile.readings.maxMonthly
  expect(problemsOf({ ...profile, readings: { ...profile.readings, maxMonthly } })).toHaveLength(1)
})

test.each(['http://lk.example.org/', 'javascript:alert(1)', 'lk.example.org'])('a portal at %s is refused', (url) => {
  expect(problemsOf({ ...profile, portal: { ...profile.portal, url } })).toContain('portal.url httpsUrlExpected')
})

test('a portal with a Russian domain is fine and stays as written', () => {
  const url = 'https://смородина.онлайн/'
  expect(providerProfile.parse({ ...profile, portal: { ...profile.portal, url } }).portal.url).toBe(url)
})

test('a service listed twice is refused', () => {
  const service = { code: 'gas', name: 'Газ', unit: 'м³' }
  const card = {
    code: 'test', name: 'Тест', legalName: 'ООО «Тест»', inn: '7400000015', kpp: null, ogrn: null, bankName: 'БАНК', bic: '047501602',
    settlementAccount: '40702810572000000017', correspondentAccount: '30101810700000000602', address: 'г. Энск', phone: '8-800-000-00-00', email: null, site: null,
    services: [service, service], profile,
  }
  expect(providerCard.safeParse(card).error?.issues.map((issue) => issue.message)).toEqual(['repeatedService'])
  expect(providerCard.safeParse({ ...card, services: [service] }).success).toBe(true)
})

test('a provider may take requests by rules of its own, and a term of no days is not one', () => {
  expect(providerProfile.parse({ ...profile, requests: { promisedPayment: { maxDays: 7, pauseDays: 60 }, specialist: { isOffered: false } } }).requests).toEqual({ promisedPayment: { maxDays: 7, pauseDays: 60 }, specialist: { isOffered: false } })
  expect(problemsOf({ ...profile, requests: { promisedPayment: { maxDays: 0 } } })).not.toEqual([])
})

test('a profile stored before there were confirmations, deliveries, notices and designs is completed by the usual ones', () => {
  const { safety: _, notices: __, messages: ___, ...rest } = profile
  const { name, url, scheme, firstSteps, esia, pin } = profile.portal
  const { deliverBy: ____, chosenBy: _____, ...password } = profile.password
  const { title, appendixTo, wifi, securityNote, howToPay } = profile.memo
  const stored = { ...rest, portal: { name, url, scheme, firstSteps, esia, pin, confirmation: 'code', smsConfirmation: false }, password, memo: { title, appendixTo, wifi, securityNote, howToPay } }
  expect(providerProfile.parse(stored)).toEqual(profile)
  expect(providerProfile.parse({ ...stored, paymentDocument: { ...profile.paymentDocument, kind: 'internet' } }).memo.design).toBe('internet')
})

const changed = (part: 'portal' | 'password' | 'safety' | 'notices' | 'memo', values: object) => problemsOf({ ...profile, [part]: { ...profile[part], ...values } })

test.each<[string, Parameters<typeof changed>, string]>([
  ['a link with nowhere to lead', ['portal', { confirmations: ['link', 'emailCode'] }], 'portal.confirmUrl confirmUrlMissing'],
  ['a link without its token', ['portal', { confirmUrl: 'https://lk.example.org/confirm#' }], 'portal.confirmUrl confirmUrlToken'],
  ['a token in front of the #, where web servers log it', ['portal', { confirmUrl: 'https://lk.example.org/{token}#x' }], 'portal.confirmUrl confirmUrlToken'],
  ['a link that is not encrypted on its way', ['portal', { confirmUrl: 'http://lk.example.org/#{token}' }], 'portal.confirmUrl httpsUrlExpected'],
  ['no way to confirm anything', ['portal', { confirmations: [] }], 'portal.confirmations confirmationMissing'],
  ['a way named twice', ['portal', { confirmations: ['emailCode', 'emailCode'] }], 'portal.confirmations repeatedWay'],
  ['a login that is an e-mail nobody can confirm', ['portal', { scheme: 'email', confirmations: ['smsCode'] }], 'portal.confirmations emailWayMissing'],
  ['a password that can’t be had on paper', ['password', { deliverBy: ['email'] }], 'password.deliverBy paperMissing'],
  ['a generated password that stays where the subscriber chooses', ['password', { chosenBy: 'subscriber', oneTime: false }], 'password.oneTime oneTimeNeeded'],
  ['a notice sent twice', ['notices', { contactChanged: ['email', 'email'] }], 'notices.contactChanged repeatedWay'],
  ['a memo with a hole nobody fills in', ['memo', { securityNote: 'Пин {secret}' }], 'memo.securityNote placeholderUnknown'],
  ['a memo with a brace left open', ['memo', { howToPay: ['В {provider'] }], 'memo.howToPay.0 placeholderUnknown'],
  ['lines of a connection on a sheet that has no place for them', ['memo', { connection: { pppoe: true, settings: [] } }], 'memo.connection connectionNotPrinted'],
  ['terms below the cut line that nobody has written', ['memo', { lowerHalf: 'terms' }], 'memo.terms termsMissing'],
])('%s is refused at its field', (_, [part, values], problem) => {
  expect(changed(part, values)).toContain(problem)
})

test('words of a message are refused at their field, with the placeholder that is wrong', () => {
  const messages = { contactCode: { text: 'Код {code} для {surname}' }, portalPassword: { subject: '{password}' }, contactLink: { sms: '{link}' }, pin: { sms: 'Без кода' } }
  expect(problemsOf({ ...profile, messages }).sort()).toEqual([
    'messages.contactCode.text placeholderUnknown', 'messages.contactLink.sms wordsNotSent', 'messages.pin.sms placeholderMissing', 'messages.portalPassword.subject secretInSubject',
  ])
  expect(problemsOf({ ...profile, messages: { noSuchTemplate: { text: 'Текст' } } })).toHaveLength(1)
})
