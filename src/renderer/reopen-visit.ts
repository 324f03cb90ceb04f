import { announce } from './announce'
import { api } from './api'
import { t } from './i18n'
import { operationIds } from './operation-id'
import { useVisitStore } from './visit-store'

const ids = operationIds()

/**
 * Opens the draft of a postponed visit by its code, in a visit of this desk. Returns whose it is, or why it opens none.
 * A call that fails throws as every call does.
 */
export async function reopenVisit(code: string): Promise<{ subscriberId: number; problem: null } | { subscriberId: null; problem: string }> {
  const { visit, problem } = await api.visits.reopen({ operationId: ids.of(code), code })
  ids.done()
  if (!visit) return { subscriberId: null, problem: t(`visits.draft.problems.${problem ?? 'unknown'}`) }
  useVisitStore.of(visit.subscriberId).show(visit)
  announce(t('visits.draft.reopened'))
  return { subscriberId: visit.subscriberId, problem: null }
}
