import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { InputOf } from '@shared/contract/call'
import type { visitsContract } from '@shared/contract/visits'
import type { DocumentType } from '@shared/domain/identity-document'

type Representative = Omit<InputOf<(typeof visitsContract)['identifyRepresentative']>, 'operationId'>

/** Identifying the visitor and closing the visit. */
export const useIdentificationStore = perSubject(() => {
  const visits = useVisitStore()
  const { busy, failure, submit, reset } = useAction()
  const ids = operationIds()

  /** Whether the typed number agrees; undefined when the question could not be answered. */
  async function compare(visitId: number, documentType: DocumentType, number: string): Promise<boolean | undefined> {
    const input = { visitId, documentType, number }
    const answer = await submit(() => api.visits.identify({ operationId: ids.of(input), ...input }))
    if (!answer) return undefined
    // The same number again is another attempt, not a repeat of this one.
    ids.done()
    visits.show(answer.visit)
    return answer.agrees
  }

  async function recordRepresentative(input: Representative): Promise<boolean> {
    const answer = await submit(() => api.visits.identifyRepresentative({ operationId: ids.of(input), ...input }))
    if (answer) visits.show(answer.visit)
    return Boolean(answer)
  }

  async function readingsOnly(visitId: number): Promise<boolean> {
    const answer = await submit(() => api.visits.readingsOnly({ operationId: ids.of({ visitId, readingsOnly: true }), visitId }))
    if (answer) visits.show(answer.visit)
    return Boolean(answer)
  }

  async function close(visitId: number): Promise<boolean> {
    const answer = await submit(() => api.visits.close({ operationId: ids.of({ visitId, close: true }), visitId }))
    // A visit that is over lets its tab go as soon as that is left.
    if (answer) visits.show(answer.visit)
    return Boolean(answer)
  }

  return { busy, failure, reset, compare, recordRepresentative, readingsOnly, close }
})
