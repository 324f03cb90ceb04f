import { afterEach, beforeEach, expect, test } from 'vitest'
import { cast } from '../../../../src/main/training'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../../support/test-app'

let office: TestOffice
let desk: TestDesk
beforeEach(async () => {
  office = await openTestOffice()
  desk = await office.desk('first')
})
afterEach(() => office.close())

/** Opens the visit of the main heroine, found by her passport. */
async function openVisit() {
  const { hits } = await desk.api.desk.search({ text: `${cast.maria.document?.series} ${cast.maria.document?.number}` })
  const [hit] = hits
  return desk.api.visits.open({ operationId: operation(), subscriberId: hit!.subscriberId })
}

test('a subscriber is found by the passport, and the hit says why', async () => {
  const { hits, understood } = await desk.api.desk.search({ text: `${cast.maria.document?.series} ${cast.maria.document?.number}` })
  expect(understood).toContain('document')
  expect(hits).toMatchObject([{ name: cast.maria.name, match: { kind: 'document' } }])
})

test('the number in the visitor’s hand agrees with the record, and what needs identification opens', async () => {
  const visit = await openVisit()
  const { series, number } = cast.maria.document!
  const wrong = await desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `${series} 000000` })
  expect(wrong).toMatchObject({ agrees: false, visit: { identification: 'none', attemptsLeft: 4 } })
  const right = await desk.api.visits.identify({ operationId: operation(), visitId: visit.id, documentType: 'passport_rf', number: `${series} № ${number}` })
  expect(right).toMatchObject({ agrees: true, visit: { identification: 'document', documentType: 'passport_rf' } })
})
