import type { Service } from '../../ipc/context'
import { drawApplication, type Application } from '../../printing/documents/application'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'

export function requestsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'requests'> {
  const draw = sheets.drawing('application', (application: Application) => drawApplication(application, { timeZone: timeZone() }))

  return {
    offer: (input, { db }) => db.call('request_offer', input),
    create: (input, { db }) => db.call('request_create', input),
    change: (input, { db }) => db.call('request_change', input),
    open: (input, { db }) => db.call('request_open', input),
    queue: (input, { db }) => db.call('request_queue', input),

    application: ({ output, ...target }, { db }) =>
      giveSheet<Application>(sheets, db, {
        operationId: target.operationId,
        output,
        form: 'application',
        name: 'Заявление',
        issue: (transaction, medium) => transaction.call('request_application', { ...target, medium }),
        draw,
      }),
  }
}
