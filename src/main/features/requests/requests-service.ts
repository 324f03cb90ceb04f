import type { Service } from '../../ipc/context'
import type { Application } from '../../printing/documents/application'
import type { TemplateSheet } from '../../printing/documents/template-sheet'
import { drawApplication, drawTemplateSheet } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'

/** By the office's own form for this kind of request, if an administrator made one. */
type Content = Application & { form: Pick<TemplateSheet, 'title' | 'text' | 'facts'> | null }

export function requestsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'requests'> {
  const draw = sheets.drawing('application', ({ form, ...application }: Content) =>
    form ? drawTemplateSheet({ ...form, request: application }, { timeZone: timeZone() }) : drawApplication(application, { timeZone: timeZone() }),
  )

  return {
    offer: (input, { db }) => db.call('request_offer', input),
    create: (input, { db }) => db.call('request_create', input),
    change: (input, { db }) => db.call('request_change', input),
    open: (input, { db }) => db.call('request_open', input),
    queue: (input, { db }) => db.call('request_queue', input),

    application: ({ output, ...target }, { db }) =>
      giveSheet<Content>(sheets, db, {
        operationId: target.operationId,
        output,
        form: 'application',
        name: 'Заявление',
        issue: (transaction, medium) => transaction.call('request_application', { ...target, medium }),
        draw,
      }),
  }
}
