import { z } from 'zod'
import { documentLayout, quartersWithoutNotice, sectionsByLaw } from './document-layout'
import { unknownMemoPlaceholders } from './memo-text'
import { messageTemplates, wordsProblem, type MessageTemplate } from './message-templates'
import { readingRules } from './reading-verdict'
import { defaultIdentification, identificationRules } from './identification'
import { requestRules } from './request-kinds'

/** Services that have a meter. Everything else a provider charges for is in its own list (`ProviderCard.services`). */
export const meteredServices = ['cold_water', 'hot_water', 'electricity', 'gas', 'heat'] as const
export const meteredService = z.enum(meteredServices)
export type MeteredService = z.infer<typeof meteredService>

/** What an expired verification of a meter means for a reading: tell, ask for a reason, or refuse (ПП 354 п. 81(12); level is the provider's choice). */
export const verificationLevel = z.enum(['inform', 'warn', 'block'])

const text = (max: number) => z.string().trim().min(1).max(max)
const httpsUrl = z.url({ protocol: /^https$/, error: 'httpsUrlExpected' }).max(300)
const phone = z.string().regex(/^[+0-9][0-9 ()\-\u00A0]{4,24}$/, { error: 'phoneExpected' })
const day = z.int().min(1).max(31)

/** Words of a memo: what stands in braces must be something that a memo knows. */
const memoWords = (max: number) =>
  text(max).superRefine((words, ctx) => {
    const [name] = unknownMemoPlaceholders(words)
    if (name !== undefined || /[{}]/.test(words.replace(/\{[^{}]*\}/g, ''))) ctx.addIssue({ code: 'custom', message: 'placeholderUnknown', params: { name } })
  })

/** How an address or a telephone is confirmed: a link that the subscriber follows, a code that the subscriber reads out at the desk or types on the portal. */
export const confirmationWays = ['link', 'emailCode', 'smsCode'] as const
export const confirmationWay = z.enum(confirmationWays)
export type ConfirmationWay = z.infer<typeof confirmationWay>

/** What somebody must know of another person's account to link it to their own portal user. */
export const accountProofs = ['number', 'surname', 'password'] as const
export const accountProof = z.enum(accountProofs)

export const noticeChannels = ['email', 'sms'] as const
const channels = z.array(z.enum(noticeChannels)).max(noticeChannels.length)

/** Ways a password leaves the desk. */
export const passwordDeliveries = ['paper', 'email', 'sms'] as const
export type PasswordDelivery = (typeof passwordDeliveries)[number]

const repeats = (values: readonly unknown[]) => new Set(values).size !== values.length

/** «https://lk.example.org/confirm#{token}»: behind the # nothing reaches the logs of the portal's web server. */
const confirmUrl = httpsUrl.regex(/^[^#{}]+#[^#{}]*\{token\}[^#{}]*$/, { error: 'confirmUrlToken' })

const portal = z
  .object({
    /** Name of the portal as the memo prints it. */
    name: text(120),
    url: httpsUrl,
    /** What the subscriber types as the login: e-mail, account number (digits), contract number without spaces. */
    scheme: z.enum(['email', 'account', 'contract']),
    /** Steps of the memo, in the portal's own words, with the placeholders of `memo-text.ts`. */
    firstSteps: z.array(memoWords(400)).min(1).max(12),
    /** The portal knows sign-in through Госуслуги: the card shows links and can undo them. */
    esia: z.boolean(),
    /** The full version of the cabinet opens by a PIN that the subscriber asks for. */
    pin: z.boolean(),
    pinDigits: z.int().min(4).max(8).default(6),
    /** Hours a PIN can be used. */
    pinHours: z.int().min(1).max(720).default(72),
    /** How addresses and telephones are confirmed, the preferred way first. */
    confirmations: z.array(confirmationWay).min(1, { error: 'confirmationMissing' }).max(confirmationWays.length).default(['emailCode']),
    /** Where links of letters lead, with `{token}` after `#`; null: the portal takes no links, letters hold none. */
    confirmUrl: confirmUrl.nullable().default(null),
    /** Minutes a link of a letter works. */
    linkMinutes: z.int().min(5).max(10_080).default(1440),
    /** Minutes a code works. */
    codeMinutes: z.int().min(3).max(60).default(10),
    /** What suffices to link somebody else's account to one's own portal user; empty: only own accounts are linked. */
    accountProofs: z.array(accountProof).max(accountProofs.length).default([]),
    /** «Вместе с тем пропадёт возможность использования личного кабинета»: access ends with the contract, or stays. */
    accessAfterClosing: z.enum(['ends', 'stays']).default('stays'),
  })
  .superRefine((portal, ctx) => {
    const problem = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
    if (repeats(portal.confirmations)) problem('confirmations', 'repeatedWay')
    if (repeats(portal.accountProofs)) problem('accountProofs', 'repeatedWay')
    if (portal.confirmations.includes('link') && portal.confirmUrl === null) problem('confirmUrl', 'confirmUrlMissing')
    // The login is the address itself: nobody could ever sign in by one that can't be confirmed.
    if (portal.scheme === 'email' && portal.confirmations.every((way) => way === 'smsCode')) problem('confirmations', 'emailWayMissing')
  })

const password = z
  .object({
    /** Bounds of the portal, in characters. */
    min: z.int().min(4).max(128),
    max: z.int().min(4).max(128),
    /** Length of a password generated at the desk. */
    length: z.int().min(4).max(128),
    /** Explicit characters a generated password is made of. */
    alphabet: z.string().regex(/^[\x21-\x7e]{10,94}$/, { error: 'alphabetExpected' }),
    requireLetter: z.boolean(),
    requireDigit: z.boolean(),
    /** Must be changed at the first sign-in. */
    oneTime: z.boolean(),
    /** Hours a generated password lives unless it is used; null: until it is changed. */
    ttlHours: z.int().min(1).max(8760).nullable(),
    /** How a password may leave the desk; paper always may. */
    deliverBy: z.array(z.enum(passwordDeliveries)).max(passwordDeliveries.length).default(['paper']),
    /** Whose the password is: the office's, or the subscriber's own, to which the generated one only opens the door. */
    chosenBy: z.enum(['office', 'subscriber']).default('office'),
  })
  .superRefine((policy, ctx) => {
    const problem = (path: string, message: string) => ctx.addIssue({ code: 'custom', path: [path], message })
    if (policy.max < policy.min) problem('max', 'maxBelowMin')
    if (policy.length < policy.min) problem('length', 'lengthBelowMin')
    if (policy.length > policy.max) problem('length', 'lengthAboveMax')
    if (new Set(policy.alphabet).size !== policy.alphabet.length) problem('alphabet', 'repeatedCharacter')
    if (policy.requireLetter && !/[A-Za-z]/.test(policy.alphabet)) problem('alphabet', 'letterMissing')
    if (policy.requireDigit && !/[0-9]/.test(policy.alphabet)) problem('alphabet', 'digitMissing')
    if (!policy.deliverBy.includes('paper')) problem('deliverBy', 'paperMissing')
    if (repeats(policy.deliverBy)) problem('deliverBy', 'repeatedWay')
    if (policy.chosenBy === 'subscriber' && !policy.oneTime) problem('oneTime', 'oneTimeNeeded')
  })

const accountNumber = z
  .object({
    /** Only digits count when numbers are compared: «А-123456» is found by 123456 (the letter index is dropped). */
    digitsOnly: z.boolean(),
    /** Bounds of the number as it is compared (digits when `digitsOnly`, otherwise characters without spaces). */
    minLength: z.int().min(1).max(30),
    maxLength: z.int().min(1).max(30),
    /** Russian hint under the field. */
    hint: text(200),
  })
  .refine((format) => format.maxLength >= format.minLength, { path: ['maxLength'], error: 'maxBelowMin' })

const ruleLevel = z.enum(['block', 'warn', 'inform', 'off'])

/** A change of one rule of `reading-rule-book.ts` for all meters, a service, a type of meter. The most specific one wins. */
export const readingRuleOverride = z.object({
  rule: z.enum(readingRules),
  service: meteredService.nullable().default(null),
  meterType: z.enum(['general', 'zones', 'automatic']).nullable().default(null),
  desk: ruleLevel.optional(),
  portal: ruleLevel.optional(),
  register: ruleLevel.optional(),
  /** Limits by their names in the book; unknown ones are not read. */
  thresholds: z.record(z.string().max(40), z.number().min(0).max(1e12)).optional(),
  /** The provider's words for the rule, with the placeholders of the book. */
  text: text(300).optional(),
})

/** How this provider takes readings (`domain.md` §3). */
export const readingPolicy = z.object({
  /** Days of the month readings are taken in; a window whose last day is before its first one runs over the end of the month (15–3). */
  windowFromDay: day,
  windowToDay: day,
  /** Decimals the provider takes; further digits are cut, not rounded (a meter never shows a rounded value). */
  acceptDecimals: z.int().min(0).max(3),
  expiredVerification: verificationLevel,
  /** Absolute cap of consumption per 30 days, thousandths of the service's unit. */
  maxMonthly: z.record(meteredService, z.int().positive()),
  /** A reading above the usual consumption times this factor is asked about. */
  averageFactor: z.number().min(1).max(100),
  /** Days after the window in which an operator's entry still counts to the period. */
  graceDays: z.int().min(0).max(10).default(0),
  /** Windows of single services that differ from the general one. */
  windows: z.array(z.object({ service: meteredService, fromDay: day, toDay: day, graceDays: z.int().min(0).max(10).default(0) })).max(5).default([]),
  /** Norm of consumption per person and 30 days, thousandths: what a meter without own history is compared with. */
  normMonthly: z.partialRecord(meteredService, z.int().positive()).default({}),
  rules: z.array(readingRuleOverride).max(200).default([]),
})

const safety = z.object({
  /** Hours in which a change of contacts can be taken back, from the card and from the link in the letter to the old address. */
  revertHours: z.int().min(1).max(72),
  /** A password asked for soon after a change of contacts: supervisors see it, or one of them must approve it first. */
  reissueAfterContactChange: z.enum(['flag', 'approve']),
  /** How long a change of contacts counts as recent. */
  recentHours: z.int().min(1).max(720),
})

/** By which channels the subscriber is told; a change of contacts is told to the OLD address and telephone. */
const notices = z
  .object({
    contactChanged: channels,
    passwordIssued: channels,
    /** Links of accounts and Госуслуги, blocking. */
    accessChanged: channels,
  })
  .superRefine((told, ctx) => {
    for (const [name, list] of Object.entries(told)) if (repeats(list)) ctx.addIssue({ code: 'custom', path: [name], message: 'repeatedWay' })
  })

const messages = z
  .partialRecord(
    z.enum(messageTemplates as [MessageTemplate, ...MessageTemplate[]]),
    z.strictObject({ subject: z.string().max(150).optional(), text: z.string().max(4000).optional(), sms: z.string().max(480).optional() }),
  )
  .superRefine((own, ctx) => {
    for (const template of messageTemplates) {
      for (const [field, words] of Object.entries(own[template] ?? {})) {
        const found = words === undefined ? null : wordsProblem(template, field as 'subject' | 'text' | 'sms', words)
        if (found) ctx.addIssue({ code: 'custom', path: [template, field], message: found.problem, params: { name: found.name } })
      }
    }
  })

const memo = z.object({
  title: text(120),
  /** Printed under the title when the memo is a part of another document: «приложение к договору». */
  appendixTo: text(120).nullable(),
  /** The sheet has lines for the name and password of the home Wi-Fi network, filled in by hand. */
  wifi: z.boolean(),
  securityNote: memoWords(600),
  howToPay: z.array(memoWords(400)).min(1).max(8),
  /** How readings are sent; the days themselves are printed from `readings`. */
  readings: z.array(memoWords(400)).max(6).default([]),
  /** «Важно знать»: promised payment, the cabinet of debtors, Госуслуги. */
  notes: z.array(memoWords(400)).max(8).default([]),
  terms: z.array(memoWords(600)).max(12).default([]),
  /** What stands below the cut line; with terms there the receipt has a page of its own. */
  lowerHalf: z.enum(['receipt', 'terms']).default('receipt'),
  /** Which layout is drawn; by default that of the payment document. */
  design: z.enum(['utility', 'internet']).optional(),
  format: z.enum(['a4', 'a5']).default('a4'),
  /** Lines about the connection on the sheet of an internet provider: name and password of PPPoE are filled in by hand, settings are printed. */
  connection: z.object({ pppoe: z.boolean(), settings: z.array(memoWords(200)).max(8) }).nullable().default(null),
})

/**
 * Key rate for пени by days of payment (ЖК РФ ст. 155 ч. 14): `basisPoints` are hundredths of a per cent. Until 01.01.2027 it is the lower of 9,5 % and the current
 * one (ПП 26.03.2022 № 474 as amended by ПП 18.03.2025 № 329); on a day that no row covers nothing is reckoned.
 */
const penaltyRate = z
  .object({ since: z.iso.date(), until: z.iso.date().nullable().default(null), basisPoints: z.int().min(0).max(10_000) })
  .refine(({ since, until }) => until === null || until >= since, { path: ['until'], error: 'untilBeforeSince' })
export type PenaltyRate = z.infer<typeof penaltyRate>
export const usualPenaltyRates: PenaltyRate[] = [{ since: '2022-02-28', until: '2026-12-31', basisPoints: 950 }]

const paymentDocument = z
  .object({
    /** «в т. ч. НДС 22 %», «НДС не облагается»; null prints nothing. */
    vatNote: text(120).nullable(),
    /** Encoding of the payment QR (ГОСТ Р 56042-2014): header ST00012 or ST00011. */
    qrEncoding: z.enum(['utf-8', 'windows-1251']),
    /** Kind of payment in the QR: 02 utilities, 09 internet and TV. */
    techCode: z.enum(['02', '09']),
    /** Section «Уведомление» (ПП 354 п. 69, at least once a quarter). */
    notice: text(2000).nullable(),
    kind: z.enum(['utility', 'internet']),
    layout: documentLayout.prefault({}),
    penaltyRates: z.array(penaltyRate).max(40).default(usualPenaltyRates),
  })
  .superRefine(({ kind, notice, layout }, ctx) => {
    const problem = (path: string[], message: string, params?: Record<string, unknown>) => ctx.addIssue({ code: 'custom', path, message, ...(params ? { params } : {}) })
    if (repeats(layout.hidden)) problem(['layout', 'hidden'], 'repeatedWay')
    if (kind === 'internet') return
    if (layout.hidden.some((section) => sectionsByLaw.utility.includes(section))) problem(['layout', 'hidden'], 'sectionByLaw')
    if (notice === null) problem(['notice'], 'noticeByLaw')
    if (quartersWithoutNotice(layout.noticeMonths).length > 0) problem(['layout', 'noticeMonths'], 'noticeEveryQuarter')
  })

/** A price as a decision of the regulator or a price list has it: at most six digits after the point, never rounded. */
const price = z.string().overwrite((typed) => typed.trim().replace(',', '.')).regex(/^\d{1,7}(\.\d{1,6})?$/, { error: 'priceExpected' })

/**
 * A price of a service from one day on: of a unit of what is metered or billed, or of a month of a tariff plan of an internet provider. Billing charges by its own; this is what
 * the desk tells visitors and offers them. A later row of the same service, plan and zone takes the place of an earlier one.
 */
export const tariff = z.object({
  /** Code of the provider's service. */
  service: z.string().max(40),
  /** Tariff plan as contracts call it («Домашний 300»); null: the service has one price for all. */
  name: text(60).nullable().default(null),
  /** Zone of the day of a meter with several; null: all day. */
  zone: z.int().min(1).max(3).nullable().default(null),
  /** Roubles. */
  price,
  since: z.iso.date({ error: 'dateExpected' }),
  /** «Постановление РЭК от 12.12.2025 № 84/1» */
  basis: text(200).nullable().default(null),
})
export type Tariff = z.infer<typeof tariff>

/**
 * Everything by which one provider differs from another at the desk. It is data: a new provider needs no code.
 * Stored as jsonb in `provider.profile`. Sources: manuals of the portals, `domain.md` §3 and §4, ПП 354 п. 69.
 */
export const providerProfile = z
  .object({
    portal,
    password,
    safety: safety.default({ revertHours: 24, reissueAfterContactChange: 'flag', recentHours: 24 }),
    notices: notices.default({ contactChanged: ['email', 'sms'], passwordIssued: ['email'], accessChanged: ['email'] }),
    /** The provider's own words of messages; what is left out keeps those of `message-templates.ts`. */
    messages: messages.default({}),
    accountNumber,
    readings: readingPolicy,
    memo,
    paymentDocument,
    /** Which identification suffices for what; a provider saved before there was a matrix gets the usual one. */
    identification: identificationRules.default(defaultIdentification),
    /** Requests that this provider takes by other rules than the usual ones. */
    requests: requestRules.optional(),
    tariffs: z.array(tariff).max(200).optional(),
    phones: z.array(z.object({ label: text(80), phone })).min(1).max(10),
    hours: text(200),
    emergency: text(120).nullable(),
    /** ПП 354 п. 69 «б» names it among what a bill tells of the provider; few have one. */
    fax: text(60).optional(),
  })
  .transform((profile) => ({ ...profile, memo: { ...profile.memo, design: profile.memo.design ?? profile.paymentDocument.kind } }))
  .superRefine(({ memo }, ctx) => {
    if (memo.connection && memo.design === 'utility') ctx.addIssue({ code: 'custom', path: ['memo', 'connection'], message: 'connectionNotPrinted' })
    if (memo.lowerHalf === 'terms' && memo.terms.length === 0) ctx.addIssue({ code: 'custom', path: ['memo', 'terms'], message: 'termsMissing' })
  })

export type ProviderProfile = z.infer<typeof providerProfile>
/** The rules of readings as a profile may hold them: what was added later may be missing in a stored one. */
export type ReadingPolicy = z.input<typeof readingPolicy>
export type ReadingRuleOverride = z.input<typeof readingRuleOverride>

/** A service a provider charges for: code used in registers, printed name, printed unit. */
export const providerService = z.object({
  code: z.string().regex(/^[a-z][a-z0-9_]{1,39}$/, { error: 'serviceCodeExpected' }),
  name: text(120),
  unit: text(20).nullable(),
})
export type ProviderService = z.infer<typeof providerService>

/**
 * A provider with its requisites, services and profile, as an administrator edits it and as ready profiles hold it.
 * Lengths are checked here, checksums of ИНН, ОГРН and accounts by the rules of `domain.md` §1 where the card is edited.
 */
export const providerCard = z
  .object({
    code: z.string().regex(/^[a-z][a-z0-9-]{1,29}$/, { error: 'providerCodeExpected' }),
    name: text(80),
    /** Name in the payment QR: at most 160 characters by the standard. */
    legalName: text(160),
    inn: z.string().regex(/^(\d{10}|\d{12})$/),
    kpp: z.string().regex(/^\d{4}[0-9A-Z]{2}\d{3}$/).nullable(),
    ogrn: z.string().regex(/^(\d{13}|\d{15})$/).nullable(),
    bankName: text(120),
    bic: z.string().regex(/^\d{9}$/),
    settlementAccount: z.string().regex(/^\d{20}$/),
    correspondentAccount: z.string().regex(/^(0|\d{20})$/),
    address: text(300),
    phone,
    email: z.email().max(254).nullable(),
    site: httpsUrl.nullable(),
    services: z.array(providerService).min(1).max(60),
    profile: providerProfile,
  })
  .superRefine((card, ctx) => {
    const codes = card.services.map((service) => service.code)
    if (new Set(codes).size !== codes.length) ctx.addIssue({ code: 'custom', path: ['services'], message: 'repeatedService' })
    const seen = new Set<string>()
    for (const [index, { service, name, zone, since }] of (card.profile.tariffs ?? []).entries()) {
      const key = JSON.stringify([service, name, zone, since])
      if (!codes.includes(service)) ctx.addIssue({ code: 'custom', path: ['profile', 'tariffs', index, 'service'], message: 'tariffOfNoService' })
      else if (seen.has(key)) ctx.addIssue({ code: 'custom', path: ['profile', 'tariffs', index, 'since'], message: 'repeatedTariff' })
      seen.add(key)
    }
  })

export type ProviderCard = z.infer<typeof providerCard>
