import type { Card, CardAccount } from '@shared/contract/desk'
import type { Visit } from '@shared/contract/visits'
import type { CastMember } from '../../src/main/training/cast'
import { operation, type TestDesk } from './test-app'

export interface OpenVisit {
  visit: Visit
  card: Card
  /** The visitor's account with this provider; the first of several. */
  account(provider: string): CardAccount
}

/** The desk opens the visit of a person of the training office, found by an account number, and identifies the visitor by the document unless told otherwise. */
export async function openVisit(desk: TestDesk, person: CastMember, identification: 'document' | 'readingsOnly' | 'none' = 'document'): Promise<OpenVisit> {
  const { hits } = await desk.api.desk.search({ text: person.accounts[0]?.account ?? '', includeClosed: true })
  const hit = hits.find(({ name }) => name === person.name)
  if (!hit) throw new Error(`${person.name} is not found`)
  const visit = await desk.api.visits.open({ operationId: operation(), subscriberId: hit.subscriberId })
  if (identification === 'readingsOnly') await desk.api.visits.readingsOnly({ operationId: operation(), visitId: visit.id })
  if (identification === 'document' && person.document) {
    const { type, series, number } = person.document
    const { agrees } = await desk.api.visits.identify({
      operationId: operation(),
      visitId: visit.id,
      documentType: type === '10' ? 'passport_foreign' : 'passport_rf',
      number: `${series} ${number}`,
    })
    if (!agrees) throw new Error(`the document of ${person.name} does not agree`)
  }
  const card = await desk.api.desk.card({ subscriberId: hit.subscriberId })
  return {
    visit,
    card,
    account(provider) {
      const found = card.accounts.find((account) => account.provider.code === provider)
      if (!found) throw new Error(`${person.name} has no account with ${provider}`)
      return found
    },
  }
}

/** The failure of a call that must not succeed: {code, reason, details}. */
export async function failureOf(desk: TestDesk, name: string, input: object): Promise<{ code: string; reason?: string | undefined; details?: Record<string, unknown> | undefined }> {
  const result = await desk.dispatch(name, input)
  if (result.ok) throw new Error(`${name} went well: ${JSON.stringify(result.value).slice(0, 200)}`)
  return result.failure
}

/** The input of `contacts.change` for another main e-mail, confirmed by a code, besides the ids and the version. */
export const mainEmail = (value: string) => ({ kind: 'email' as const, purpose: 'main' as const, contactId: null, value, way: 'emailCode' as const })
