import { hasText, t } from '@renderer/i18n'
import type { RequestDetails, RequestStatus } from '@shared/contract/requests'
import { formatDate } from '@shared/domain/dates'
import { formatMoney } from '@shared/domain/money'

/** The tone of a status chip: what waits for us, for the subscriber, what is over. */
export function statusTone(status: RequestStatus): 'info' | 'warning' | 'success' | 'danger' | 'neutral' {
  return ({ new: 'info', inProgress: 'info', waiting: 'warning', done: 'success', refused: 'danger', withdrawn: 'neutral' } as const)[status]
}

/** A paper or a step of the checklist in words; one that a provider has named itself stands as it is. */
export function namedBy(group: 'papers' | 'steps', code: string): string {
  const key = `requests.${group}.${code}`
  return hasText(key) ? t(key) : code
}

/** «с 01.12.2026 по 05.12.2026, тариф «…», 650,00 ₽». */
export function detailsText({ from, until, tariff, amount }: RequestDetails): string {
  return [
    from && t('requests.details.from', { date: formatDate(from) }),
    until && t('requests.details.until', { date: formatDate(until) }),
    tariff && t('requests.details.tariff', { tariff }),
    amount !== undefined && formatMoney(amount),
  ]
    .filter(Boolean)
    .join(', ')
}
