import { normaliseEmail } from './email'
import { normalisePhone } from './phone'

export const contactKinds = ['email', 'phone'] as const
export type ContactKind = (typeof contactKinds)[number]

/** main: logins, passwords and notices, one of each kind; the others are for what their names say. */
export const contactPurposes = ['main', 'notices', 'bills', 'extra'] as const
export type ContactPurpose = (typeof contactPurposes)[number]

/** How a contact is confirmed: a code read out to the operator, or a link the subscriber follows. */
export const confirmationWays = ['emailCode', 'smsCode', 'link'] as const
export type ConfirmationWay = (typeof confirmationWays)[number]

/** As contacts are stored: an e-mail in lower case, a phone in E.164; null when it is none. */
export function normaliseContact(kind: ContactKind, text: string): string | null {
  return kind === 'email' ? normaliseEmail(text) : normalisePhone(text)
}
