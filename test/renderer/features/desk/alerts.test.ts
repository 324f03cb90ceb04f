import { alertsOf, owed } from '@renderer/features/desk/alerts'
import type { Card, CardAccount } from '@shared/contract/desk'
import { expect, test } from 'vitest'
import { card, energy, internet, oldAccount } from '../../../support/fake-office'

const kinds = (of: Card) => alertsOf(of).map(({ kind }) => kind)
const only = (account: CardAccount): Card => ({ ...card, accounts: [account], contacts: card.contacts.filter(({ kind }) => kind === 'phone').concat({ id: 1, kind: 'email', masked: 'a', state: 'confirmed', isCurrent: true, createdAt: '2026-01-01T00:00:00+05:00', confirmedAt: null }) })

test('what stops the service comes before what only should be arranged', () => {
  expect(kinds(card)).toEqual(['suspended', 'debt', 'verificationExpired', 'verificationSoon', 'emailUnconfirmed'])
})

test('a bill that has just been made is not a debt', () => {
  const services = energy.balance!.services.map((service) => ({ ...service, opening: 0 }))
  expect(kinds(only({ ...energy, meters: [], balance: { ...energy.balance!, services } }))).toEqual([])
})

test('money that came after the period was closed is no longer owed', () => {
  const paid = { ...energy, meters: [], balance: { ...energy.balance!, paidAfter: energy.balance!.closing } }
  expect(owed(paid)).toBe(0)
  expect(kinds(only(paid))).toEqual([])
})

test('of two debts the larger one is told first', () => {
  const small = { ...energy, id: 90, meters: [], balance: { ...energy.balance!, closing: 10_000 } }
  const alerts = alertsOf({ ...card, accounts: [small, { ...energy, meters: [] }], contacts: [] }).filter(({ kind }) => kind === 'debt')
  expect(alerts.map(({ account }) => account?.id)).toEqual([energy.id, 90])
})

test.each([
  ['2026-11-21', 'verificationExpired'],
  ['2026-11-22', 'verificationSoon'],
  ['2027-01-21', 'verificationSoon'],
  ['2027-01-22', undefined],
])('a meter verified until %s on 22 November is %s', (verifiedUntil, kind) => {
  const meter = { ...energy.meters[1]!, verifiedUntil }
  expect(kinds(only({ ...internet, status: 'active', balance: null, meters: [meter] }))[0]).toBe(kind)
})

test('a removed meter and a closed account trouble nobody', () => {
  expect(kinds(only({ ...energy, balance: null, meters: [energy.meters[3]!] }))).toEqual([])
  expect(kinds(only({ ...oldAccount, meters: energy.meters, balance: energy.balance }))).toEqual([])
})

test('an address that waits for its code is told instead of the old unconfirmed one', () => {
  const waiting = { ...card.contacts[0]!, id: 75, state: 'awaiting' as const, isCurrent: false }
  expect(kinds({ ...card, accounts: [], contacts: [waiting, ...card.contacts] })).toEqual(['emailAwaiting'])
})

test('a person without an e-mail and a remark of the register are told last', () => {
  expect(kinds({ ...card, accounts: [], contacts: [], subscriber: { ...card.subscriber, contactNote: 'звонить вечером' } })).toEqual(['noEmail', 'note'])
})
