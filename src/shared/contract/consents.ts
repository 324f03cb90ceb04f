import { z } from 'zod'
import { admins, operators } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, localDate, nothing, operationId, period } from './values'

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
  /** Ended because the visitor agreed to a newer text. */
  isReplaced: z.boolean(),
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
  /** `isOfContactNow`: false when the phone or e-mail is another one by now, which nobody has agreed to. `isOutdated`: a newer text asks for it anew. */
  inForce: consent.extend({ isOfContactNow: z.boolean(), isOutdated: z.boolean() }).nullable(),
})
export type ConsentOffer = z.infer<typeof consentOffer>

/** What becomes of consents given by earlier texts: they stay, or the desk asks for them anew (and they hold for what they said until then). */
export const oldConsents = z.enum(['keep', 'askAgain'])
/** What is read out and signed; {provider} is the legal name, {contact} the masked number or address. */
export const consentWords = z.string().trim().max(1500).min(20).regex(/\{provider\}/, { error: 'consentWithoutProvider' })

export const consentText = z.object({
  purpose: consentPurpose,
  channel: consentChannel,
  /** «2026-2»: the second of its year. */
  version: z.string(),
  text: z.string(),
  validFrom: localDate,
  oldConsents,
  /** The one that is read out today. */
  isNow: z.boolean(),
})
export type ConsentText = z.infer<typeof consentText>

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
  /** All texts, the newest first; `given`: consents in force by this text. */
  texts: query({ access: admins, input: nothing, output: z.object({ today: localDate, texts: z.array(consentText.extend({ given: z.int() })) }) }),
  /** A new version of one text. Conflicts: 'consentTextDayTaken' {version}, 'consentTextDayPast'. The same again is the first answer. */
  addText: command({ access: admins, input: z.object({ purpose: consentPurpose, channel: consentChannel, text: consentWords, validFrom: localDate, oldConsents }), output: consentText }),
  /** Takes back one whose day has not come; conflict 'consentTextInForce'. */
  dropText: command({ access: admins, input: z.object({ purpose: consentPurpose, channel: consentChannel, version: z.string().max(20) }), output: nothing }),
  /** The consent as a document of its own, for the signature. */
  form: command({
    access: operators,
    input: z.object({ operationId, ...which, output: sheetOutput }),
    output: sheetGiven,
  }),
}
