import type { Service } from '../../ipc/context'
import type { ConsentForm } from '../../printing/documents/consent-form'
import { drawConsentForm } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'

export function consentsService({ sheets, timeZone }: { sheets: Sheets; timeZone(): string }): Service<'consents'> {
  const draw = sheets.drawing('consent', (consent: ConsentForm) => drawConsentForm(consent, { timeZone: timeZone() }))

  return {
    list: (input, { db }) => db.call('consent_list', input),
    give: (input, { db }) => db.call('consent_give', input),
    withdraw: (input, { db }) => db.call('consent_withdraw', input),
    chooseDelivery: (input, { db }) => db.call('bill_delivery_choose', input),
    texts: (_, { db }) => db.call('consent_text_list'),
    addText: (input, { db }) => db.call('consent_text_add', input),
    async dropText(input, { db }) {
      await db.call('consent_text_drop', input)
      return {}
    },

    form: ({ output, ...target }, { db }) =>
      giveSheet<ConsentForm>(sheets, db, {
        operationId: target.operationId,
        output,
        form: 'consent',
        name: 'Согласие',
        issue: (transaction, medium) => transaction.call('consent_form', { ...target, medium }),
        draw,
      }),
  }
}
