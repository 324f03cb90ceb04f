import { alertsOf, owed } from '@renderer/features/desk/alerts'
import type { Card, CardAccount } from '@shared/contract/desk'
import { expect, test } from 'vitest'
import { at, card, contact, energy, internet, oldAccount } from '../../../support/fake-office'

const seen = { visitId: 900, now: at('09:45') }
const kinds = (of: Card, by = seen) => alertsOf(of, by).map(({ kind }) => kind)
const quiet: Card = { ...card, notes: [], accounts: [], contacts: [contact({ state: 'confirmed' })] }
const only = (account: CardAccount): Card => ({ ...quiet, accounts: [account] })

test('what stops the service comes first, then what spoils the bill, then a colleague’s note, then what only should be arranged', () => {
  expect(kinds(card)).toEqual(['suspended', 'verificationExpired', 'debt', 'pinned', 'emailUnconfirmed', 'verificationSoon'])
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
  const alerts = alertsOf({ ...quiet, accounts: [small, { ...energy, meters: [] }] }, seen).filter(({ kind }) => kind === 'debt')
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

test('expired meters of one account are one alert that leads to the longest expired', () => {
  const meters = ['2026-09-14', '2025-01-31', '2026-01-01'].map((verifiedUntil, index) => ({ ...energy.meters[1]!, id: 200 + index, verifiedUntil }))
  const [alert, ...more] = alertsOf(only({ ...energy, balance: null, meters }), seen)
  expect(more).toEqual([])
  expect(alert).toMatchObject({ kind: 'verificationExpired', until: '2025-01-31', meters: [{ id: 201 }, { id: 202 }, { id: 200 }] })
})

test.each([
  ['2026-08-21', ['readingsMissing']],
  ['2026-08-22', []],
])('a meter read last on %s is told as %j: after three months the norm is billed', (takenOn, expected) => {
  const meter = { ...energy.meters[1]!, verifiedUntil: '2031-01-01', lastReading: { ...energy.meters[1]!.lastReading!, takenOn } }
  expect(kinds(only({ ...energy, balance: null, meters: [meter] }))).toEqual(expected)
  expect(kinds(only({ ...energy, balance: null, meters: [{ ...meter, service: 'heat' }] }))).toEqual([])
})

test('a removed meter and a closed account trouble nobody', () => {
  expect(kinds(only({ ...energy, balance: null, meters: [energy.meters[3]!] }))).toEqual([])
  expect(kinds(only({ ...oldAccount, meters: energy.meters, balance: energy.balance }))).toEqual(['allClosed'])
})

test('an address that waits for its code is told instead of the old unconfirmed one', () => {
  const awaiting = { confirmationId: 5, way: 'link' as const, expiresAt: at('20:00'), resendAllowedAt: at('09:41'), delivery: 'sent' as const }
  const waiting = contact({ id: 75, state: 'awaiting', isCurrent: false, awaiting })
  expect(kinds({ ...quiet, contacts: [waiting, ...card.contacts] })).toEqual(['contactAwaiting'])
  // The one in force may wait too; a phone that waits hides nothing of the e-mail.
  expect(kinds({ ...quiet, contacts: [contact({ awaiting })] })).toEqual(['contactAwaiting'])
  expect(kinds({ ...quiet, contacts: [contact(), contact({ id: 76, kind: 'phone', state: 'awaiting', isCurrent: false, awaiting })] })).toEqual(['contactAwaiting', 'emailUnconfirmed'])
})

test.each(['email', 'phone'] as const)('a change of the main contact (%s) is told while it can be taken back, of a further one never', (kind) => {
  const changed = contact({ kind, state: 'confirmed', confirmedAt: at('10:00', '2026-11-21'), revertUntil: at('10:00') })
  const of = (one: typeof changed) => ({ ...quiet, contacts: [...quiet.contacts.filter((other) => other.kind !== kind), one] })
  expect(kinds(of(changed))).toEqual(['contactChanged'])
  expect(kinds(of(changed), { ...seen, now: at('11:00') })).toEqual([])
  expect(kinds({ ...quiet, contacts: [...quiet.contacts, { ...changed, purpose: 'extra' }] })).toEqual([])
})

test('a person without an e-mail and a remark of the register are told last', () => {
  expect(kinds({ ...quiet, contacts: [], subscriber: { ...card.subscriber, contactNote: 'звонить вечером' } })).toEqual(['noEmail', 'note'])
})

test('a visit at another window is told while it can be going on, the own one never', () => {
  const other = { ...card.visits[0]!, id: 905, window: '5', openedAt: at('09:00') }
  expect(kinds({ ...quiet, visits: [card.visits[0]!, other] })).toEqual(['otherVisit'])
  expect(kinds({ ...quiet, visits: [other] }, { ...seen, now: at('11:30') })).toEqual([])
})

test('a minor is told before everything about the accounts until the birthday', () => {
  const born = (birthDate: string): Card => ({ ...card, notes: [], contacts: quiet.contacts, accounts: [internet], subscriber: { ...card.subscriber, birthDate } })
  expect(kinds(born('2008-11-23'))).toEqual(['minor', 'suspended'])
  expect(kinds(born('2008-11-22'))).toEqual(['suspended'])
})

test('a request whose answer is late is told with its number, one in time is not', () => {
  const request = {
    id: 5, number: 'З-2026-000005', kind: 'complaint' as const, status: 'new' as const, text: '', details: {}, checklist: [], dueOn: '2026-11-20', isOverdue: true,
    createdAt: at('09:00', '2026-10-20'), createdBy: 'Ветрова А. П.', closedAt: null, assignee: null, subscriberId: 1, accountId: null, accountNumber: null, provider: null, version: 1,
  }
  expect(alertsOf({ ...quiet, requests: [request, { ...request, id: 6, number: 'З-2026-000006', isOverdue: false }] }, seen)).toMatchObject([{ kind: 'requestOverdue', level: 'warning', request: { number: 'З-2026-000005' } }])
})
