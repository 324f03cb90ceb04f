import { maskText } from './text-of'
import { hasText, t, type TextValues } from './i18n'

/** One line about something done: «Новая почта i***@mail.ru, код отправлен». Details are masked by the database already. */
export function operationText(kind: string, details: Record<string, unknown>): string {
  const values: TextValues = {}
  for (const [name, value] of Object.entries(details)) if (typeof value === 'string' || typeof value === 'number') values[name] = typeof value === 'string' ? maskText(value) : value
  const key = `desk.timeline.kinds.${kind.replace('.', '_')}${variant(kind, details)}`
  return hasText(key) ? t(key, values) : t('desk.timeline.kinds.other')
}

/** By a power of attorney unless said otherwise. */
const represented: Record<string, string> = { parent: 'Parent', guardian: 'Guardian', head: 'Head', proxy: 'Proxy' }

function variant(kind: string, details: Record<string, unknown>): string {
  if ((kind === 'visits.identify' || kind === 'visits.identifyRepresentative') && details['agrees'] === false) return 'Refused'
  if (kind === 'visits.identifyRepresentative') return represented[String(details['by'])] ?? ''
  if ((kind === 'visits.handOver' || kind === 'visits.reassign') && details['anybody'] === true) return 'Anybody'
  if (/^contacts\.confirm(Email|Phone)$/.test(kind) && details['confirmed'] === false) return 'Refused'
  if (/^contacts\.change(Email|Phone)$/.test(kind) && details['way'] === 'none') return 'Now'
  if (/^contacts\.revert(Email|Phone)$/.test(kind) && typeof details['to'] !== 'string') return 'None'
  // A password the subscriber had chosen at the portal has no memo.
  if (kind === 'contacts.revokePassword' && typeof details['memoNumber'] !== 'string') return 'Chosen'
  if (kind === 'portalAccess.reissuePassword' && typeof details['to'] === 'string') return 'Sent'
  if (kind === 'portalAccess.checkSheet' && details['matches'] === 'none') return 'None'
  if (kind === 'portalUsers.linkAccount' && details['agrees'] === false) return 'Refused'
  if (kind.startsWith('paymentDocuments.') && typeof details['duplicate'] === 'number') return 'Again'
  return ''
}
