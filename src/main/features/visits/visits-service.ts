import { normaliseDocument } from '@shared/domain/identity-document'
import type { Service } from '../../ipc/context'

export function visitsService(): Service<'visits'> {
  return {
    open: (input, { db }) => db.call('visit_open', input),
    identify: ({ operationId, visitId, documentType, number }, { db }) =>
      db.call('visit_identify', { operationId, visitId, documentType, documentKey: normaliseDocument(documentType, null, number) }),
    identifyRepresentative: ({ documentNumber, ...input }, { db }) =>
      db.call('visit_identify_representative', { ...input, documentKey: normaliseDocument(input.documentType, null, documentNumber) }),
    readingsOnly: (input, { db }) => db.call('visit_readings_only', input),
    mine: (_input, { db }) => db.call('visit_mine'),
    undo: (input, { db }) => db.call('operation_undo', input),
    close: (input, { db }) => db.call('visit_close', input),
  }
}
