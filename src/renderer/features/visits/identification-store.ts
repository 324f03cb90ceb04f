import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { Representative } from '@shared/contract/visits'
import type { LocalDate } from '@shared/domain/dates'
import type { DocumentType } from '@shared/domain/identity-document'

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

  /** False: a child's birth certificate is another one than on record; undefined: not recorded. */
  async function recordRepresentative(visitId: number, representative: Representative): Promise<boolean | undefined> {
    const input = { visitId, representative }
    const answer = await submit(() => api.visits.identifyRepresentative({ operationId: ids.of(input), ...input }))
    if (!answer) return undefined
    ids.done()
    visits.show(answer.visit)
    return answer.agrees
  }

  async function recordApplication(visitId: number, number: string, date: LocalDate): Promise<boolean> {
    const input = { visitId, number, date }
    const answer = await submit(() => api.visits.recordApplication({ operationId: ids.of(input), ...input }))
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

  return { busy, failure, reset, compare, recordRepresentative, recordApplication, readingsOnly, close }
})
