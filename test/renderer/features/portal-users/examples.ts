import type { ListedPortalUser, PortalRequest, PortalUserList } from '@shared/contract/portal-users'
import { at, card, energy } from '../../../support/fake-office'

export const request = (change: Partial<PortalRequest> = {}): PortalRequest => ({
  kind: 'pin', id: 7, version: 1, state: 'waiting', isOpen: true, askedAt: at('08:40'), askedHow: 'portal', provider: 'Смородина', login: 'e***@mail.ru', portalUserId: 501,
  subscriberId: 1, subscriberName: card.subscriber.name, accountNumber: '04012345', address: energy.address, recipient: { channel: 'email', masked: 'e***@mail.ru' }, problem: null,
  loginDiffers: false, approvalNeeded: false, sentAt: null, expiresAt: null, resendAllowedAt: null, resendsLeft: 3, attemptsLeft: null, delivery: null, refusal: null, staffName: null, handledAt: null, ...change,
})

export const user = (change: Partial<ListedPortalUser> = {}): ListedPortalUser => ({
  id: 501, login: '740015023', isOwn: true, access: 'open', registeredAt: at('12:00', '2024-01-10'), fullVersionAt: null, lastSignInAt: at('21:40', '2026-11-03'), block: null,
  credential: { issuedAt: at('10:14', '2025-02-11'), expiresAt: null, mustChange: true, memoNumber: '2025-000017' },
  signIns: [5, 4, 3, 2, 1].map((day) => ({ at: at('21:40', `2026-11-0${day}`), channel: 'password' as const, outcome: day === 4 ? ('wrongPassword' as const) : ('entered' as const) })),
  links: [
    { accountId: 11, number: '740015023', address: energy.address, status: 'active', linkedAt: at('12:00', '2024-01-10'), isOwn: true, isLogin: true },
    { accountId: 77, number: '740099001', address: 'г. Энск, ул. Чехова, д. 1, кв. 2', status: 'active', linkedAt: at('12:00', '2024-01-10'), isOwn: false, isLogin: false },
  ],
  esiaLinks: [{ id: 31, number: '740015023', linkedAt: at('12:00', '2025-01-10'), maskedName: 'В***а Е. А.' }],
  pinRequests: [], ...change,
})

export const list = (change: Partial<PortalUserList> = {}): PortalUserList => ({
  provider: 'ЭнСер', portalName: 'Личный кабинет ЭнСер', scheme: 'account', hasPin: false, hasEsia: true, proofs: ['surname', 'password'], users: [user()], registrations: [], registration: null, ...change,
})
