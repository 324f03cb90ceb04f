import { operation, type TestDesk, type TestOffice } from '../../../support/test-app'

/** The main e-mail of the visit's subscriber is changed and confirmed by the code that went into the outbox. */
export async function changeEmail(office: TestOffice, desk: TestDesk, visit: { id: number; subscriberId: number }, email: string): Promise<void> {
  const { subscriber } = await desk.api.desk.card({ subscriberId: visit.subscriberId })
  const operationId = operation()
  const { confirmation } = await desk.api.contacts.change({ operationId, visitId: visit.id, kind: 'email', purpose: 'main', contactId: null, value: email, way: 'emailCode', version: subscriber.version })
  const { rows } = await office.owner.raw(`select params ->> 'code' as code from outbox_message where template = 'contactCode' and operation_id = ?`, [operationId])
  await desk.api.contacts.confirm({ operationId: operation(), visitId: visit.id, confirmationId: confirmation!.id, code: rows[0].code })
}
