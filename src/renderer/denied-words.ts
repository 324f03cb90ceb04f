import { hasText, t } from '@renderer/i18n'
import { denialOf, type Visit } from '@shared/contract/visits'
import type { VisitAction } from '@shared/domain/identification'

/** Why something can't be done in this visit, by the providers' matrices, in words; null when it can. `accountId`: for that account alone. */
export function deniedWords(visit: Visit, action: VisitAction, accountId: number | null = null): string | null {
  const denial = denialOf(visit, action, accountId)
  if (denial === null) return null
  const key = `visits.denied.${denial}`
  return hasText(key) ? t(key) : t('visits.denied.identificationNotEnough')
}
