import { randomInt } from 'node:crypto'
import { generatePassword } from '@shared/domain/password-policy'
import type { ProviderCard } from '@shared/domain/provider-profile'
import { drawMemoSheet, type MemoSheet } from './memo-sheet'

export interface SampleOptions {
  large?: boolean | undefined
  /** Instead of the profile's. */
  format?: 'a4' | 'a5' | undefined
  timeZone?: string | undefined
  /** Instant the sample is dated by; now unless a test says otherwise. */
  at?: Date
}

/** The memo of a provider's card as its subscribers would get it: a person who does not exist, a password of the policy that opens nothing, «Образец» across each page. */
export function drawMemoSample(card: ProviderCard, { large = false, format, timeZone, at = new Date() }: SampleOptions = {}): Promise<Buffer> {
  return drawMemoSheet(sampleMemo(card, at, format), { large, timeZone, stamp: 'Образец' })
}

/** What the sample says. */
export function sampleMemo(card: ProviderCard, at: Date, format: 'a4' | 'a5' = card.profile.memo.format): MemoSheet {
  const { profile } = card
  const { scheme } = profile.portal
  const account = '1000200300'.slice(0, Math.max(profile.accountNumber.minLength, Math.min(9, profile.accountNumber.maxLength)))
  const ttl = profile.password.ttlHours
  return {
    number: `${at.getFullYear()}-000000`,
    issuedAt: at.toISOString(),
    provider: { ...card, ...profile, memo: { ...profile.memo, format } },
    subscriberName: 'Образцова Мария Ивановна',
    account,
    contract: scheme === 'contract' ? account : null,
    address: 'г. Энск, ул. Примерная, д. 1, кв. 2',
    tariff: profile.paymentDocument.kind === 'internet' ? 'Домашний 100' : null,
    login: scheme === 'email' ? 'maria.obraztsova@example.org' : account,
    password: generatePassword(profile.password, randomInt),
    expiresAt: ttl === null ? null : new Date(at.getTime() + ttl * 3_600_000).toISOString(),
    oneTime: profile.password.oneTime,
    operatorName: 'Оператор',
    office: 'Центр обслуживания',
  }
}
