import { defaultIdentification } from '@shared/domain/identification'
import { documentLayout } from '@shared/domain/document-layout'
import { usualPenaltyRates, type ProviderCard } from '@shared/domain/provider-profile'
import { sheet } from './sheet'

export const provider: ProviderCard & { id: number; version: number } = {
  id: 1, version: 7, code: 'enser', name: 'ЭнСер', legalName: 'ООО «ЭнСер»', inn: '7400000015', kpp: null, ogrn: null, bankName: 'Банк', bic: '047501602',
  settlementAccount: '40702810572000000017', correspondentAccount: '30101810700000000602', address: 'г. Энск', phone: '8-800-000-00-00', email: null, site: null,
  services: [{ code: 'cold_water', name: 'Холодная вода', unit: 'м³' }],
  profile: {
    portal: { name: 'Личный кабинет ЭнСер', url: 'https://lk.example.org/', scheme: 'account', firstSteps: ['Откройте {url}'], esia: false, pin: true, confirmations: ['link', 'smsCode', 'emailCode'], confirmUrl: 'https://lk.example.org/confirm#{token}', pinDigits: 6, pinHours: 72, linkMinutes: 1440, codeMinutes: 10, accountProofs: ['surname', 'password'], accessAfterClosing: 'stays' },
    password: { min: 8, max: 20, length: 10, alphabet: 'dfghjkmnqrstuvwz23456789', requireLetter: true, requireDigit: true, oneTime: true, ttlHours: 72, deliverBy: ['paper'], chosenBy: 'office' },
    safety: { revertHours: 24, reissueAfterContactChange: 'flag', recentHours: 24 },
    notices: { contactChanged: ['email', 'sms'], passwordIssued: ['email'], accessChanged: ['email'] },
    messages: {},
    accountNumber: { digitsOnly: true, minLength: 6, maxLength: 10, hint: 'Только цифры' },
    readings: sheet.policy,
    memo: { title: 'Памятка', appendixTo: null, wifi: false, securityNote: 'Никому', howToPay: ['В банке'], readings: [], notes: [], terms: [], lowerHalf: 'receipt', design: 'utility', format: 'a4', connection: null },
    paymentDocument: { vatNote: null, qrEncoding: 'utf-8', techCode: '02', notice: 'Показания принимаются до 25 числа.', kind: 'utility', layout: documentLayout.parse({}), penaltyRates: usualPenaltyRates },
    identification: defaultIdentification,
    phones: [{ label: 'Справочная', phone: '8-800-000-00-00' }], hours: 'пн–пт 8:00–17:00', emergency: null,
  },
}
