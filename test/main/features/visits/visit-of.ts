import type { Visit } from '@shared/contract/visits'
import type { CastMember } from '../../../../src/main/training'
import { operation, type TestDesk } from '../../../support/test-app'

/** Finds somebody of the cast as an operator does, by an account number, and opens the visit. */
export async function visitOf(desk: TestDesk, person: CastMember): Promise<Visit> {
  const { hits } = await desk.api.desk.search({ text: person.accounts[0]!.account, includeClosed: true })
  const hit = hits.find(({ name }) => name === person.name)
  return desk.api.visits.open({ operationId: operation(), subscriberId: hit!.subscriberId })
}

/** The number as it stands in the document in hand. */
export const numberOf = ({ document }: CastMember): string => `${document!.series} ${document!.number}`

/** A visit of somebody whose passport has agreed. */
export async function identifiedVisitOf(desk: TestDesk, person: CastMember): Promise<Visit> {
  const { id } = await visitOf(desk, person)
  const { visit } = await desk.api.visits.identify({ operationId: operation(), visitId: id, documentType: 'passport_rf', number: numberOf(person) })
  return visit
}
