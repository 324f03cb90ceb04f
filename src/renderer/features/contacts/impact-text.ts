import { t } from '@renderer/i18n'
import type { ContactImpact } from '@shared/contract/contacts'
import type { ContactKind } from '@shared/domain/contact'

/** What hangs on the main contact of a kind, a line each, to be said to the visitor before it is changed or removed. */
export function impactLines({ logins, consents, bills }: ContactImpact, kind: ContactKind, what: 'change' | 'remove'): string[] {
  const providers = [...new Set(consents.map(({ providerName }) => providerName))].join(', ')
  return [
    ...logins.map(({ portalName, taken }) => t(taken ? 'contacts.impact.taken' : `contacts.impact.login.${what}`, { portal: portalName })),
    ...(consents.length ? [t(`contacts.impact.consents.${kind}`, { providers })] : []),
    ...(bills.length ? [t(`contacts.impact.bills.${what}`, { accounts: bills.join(', ') })] : []),
  ]
}
