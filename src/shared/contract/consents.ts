import { z } from 'zod'
import { operators } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, operationId, period } from './values'

export const consentPurposes = ['service', 'advertising'] as const
export const consentChannels = ['sms', 'email'] as const
export const consentPurpose = z.enum(consentPurposes)
export const consentChannel = z.enum(consentChannels)
export const billDelivery = z.enum(['paper', 'email'])

export const consent = z.object({
  id,
  provider: z.string(),
  providerName: z.string(),
  purpose: consentPurpose,
  channel: consentChannel,
  textVersion: z.string(),
  /** The phone or e-mail that the text named, masked; null where it came without one. */
  contact: z.string().nullable(),
  basis: z.enum(['desk', 'portal', 'register']),
  givenAt: instant,
  givenBy: z.string().nullable(),
  withdrawnAt: instant.nullable(),
  withdrawnBy: z.string().nullable(),
})
export type Consent = z.infer<typeof consent>

/** As the card lists those in force. */
export const cardConsent = z.object({ provider: z.string(), purpose: consentPurpose, channel: consentChannel, givenAt: instant })

export const consentOffer = z.object({
  purpose: consentPurpose,
  channel: consentChannel,
  textVersion: z.string(),
  /** What is read out and signed, the contact masked. */
  text: z.string(),
  /** A phone, or an e-mail that has been confirmed. */
  hasContact: z.boolean(),
  /** `isOfContactNow`: false when the phone or e-mail is another one by now, which nobody has agreed to. */
  inForce: consent.extend({ isOfContactNow: z.boolean() }).nullable(),
})
export type ConsentOffer = z.infer<typeof consentOffer>

const which = { visitId: id, accountId: id, purpose: consentPurpose, channel: consentChannel }

/** Consents are given to a provider, one for each purpose and channel (152-ФЗ ст. 9); withdrawing is as easy as giving. */
export const consentsContract = {
  list: query({
    access: operators,
    input: z.object({ visitId: id, accountId: id }),
    output: z.object({
      offers: z.array(consentOffer),
      history: z.array(consent),
      delivery: z.object({
        now: billDelivery.nullable(),
        canEmail: z.boolean(),
        /** The first bill that a choice made now is good for. */
        nextPeriod: period,
        /** The last choice made at a desk; `before` is the way until that period. */
        chosen: z.object({ delivery: billDelivery, fromPeriod: period, before: billDelivery.nullable(), chosenAt: instant, chosenBy: z.string().nullable() }).nullable(),
      }),
    }),
  }),
  /** `textVersion`: of the text that was read out; a newer one meanwhile is conflict 'consentTextChanged'. */
  give: command({ access: operators, input: z.object({ operationId, ...which, textVersion: z.string().max(20) }), output: consent }),
  withdraw: command({ access: operators, input: z.object({ operationId, visitId: id, consentId: id }), output: consent }),
  /** Paper, or a confirmed e-mail; from the first bill that is not made yet. */
  chooseDelivery: command({ access: operators, input: z.object({ operationId, visitId: id, accountId: id, delivery: billDelivery }), output: z.object({ delivery: billDelivery, fromPeriod: period }) }),
  /** The consent as a document of its own, for the signature. */
  form: command({
    access: operators,
    input: z.object({ operationId, ...which, output: sheetOutput }),
    output: sheetGiven,
  }),
}
