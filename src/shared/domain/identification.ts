import { z } from 'zod'
import { addMonths, fullYears, type LocalDate } from './dates'

/** What a visitor may want that a provider may ask a paper for. Codes are the keys of the provider's matrix and of `visit_allow`. */
export const visitActions = ['changeEmail', 'changePhone', 'portalPassword', 'portalLinks', 'unmask', 'readings', 'paymentDocument', 'statement', 'requests', 'notes', 'consents'] as const
export const visitAction = z.enum(visitActions)
export type VisitAction = z.infer<typeof visitAction>

/**
 * How a visitor can be known, as a provider tells them apart. A power of attorney certified by a notary, or equal to that (ГК РФ ст. 185.1 п. 2),
 * is another thing than one on plain paper or certified by an employer. Organisations come by their head or a proxy.
 */
export const identificationKinds = ['document', 'notarialPower', 'simplePower', 'parent', 'guardian', 'head', 'proxy', 'notIdentified'] as const
export const identificationKind = z.enum(identificationKinds)
export type IdentificationKind = z.infer<typeof identificationKind>

/** Whom somebody who acts for another shows to be. */
export const representations = ['power', 'parent', 'guardian', 'head', 'proxy'] as const
export type Representation = (typeof representations)[number]

/**
 * Who certified a power of attorney: a notary; somebody whose stamp is equal to a notary's (chief of a hospital, of a military unit, of a colony:
 * ГК РФ ст. 185.1 п. 2); an organisation (employer, school, house management, hospital: п. 3); nobody.
 */
export const powerForms = ['notary', 'equalToNotary', 'organisation', 'plain'] as const
export type PowerForm = (typeof powerForms)[number]

/** Without knowing who somebody is, these can be done; nothing of them changes anything of the subscriber's own. */
const openToEverybody: readonly VisitAction[] = ['readings', 'paymentDocument', 'notes']

const everyKind = [...identificationKinds]
const known = identificationKinds.filter((kind) => kind !== 'notIdentified')
const withoutPlainPowers = known.filter((kind) => kind !== 'simplePower')

/** What suffices for what; an organisation also hands in a signed application for `organisationApplication`. */
export const identificationRules = z
  .object({
    sufficient: z.record(visitAction, z.array(identificationKind).max(identificationKinds.length)),
    organisationApplication: z.array(visitAction).max(visitActions.length),
  })
  .superRefine(({ sufficient }, ctx) => {
    const problem = (action: VisitAction, message: string) => ctx.addIssue({ code: 'custom', path: ['sufficient', action], message })
    for (const action of visitActions) {
      const kinds = sufficient[action]
      if (!kinds.includes('document')) problem(action, 'ownDocumentMissing')
      if (kinds.includes('simplePower') && !kinds.includes('notarialPower')) problem(action, 'strongerPowerMissing')
      if (kinds.includes('proxy') && !kinds.includes('head')) problem(action, 'headMissing')
      if (kinds.includes('notIdentified') && !openToEverybody.includes(action)) problem(action, 'identificationNeeded')
      if (new Set(kinds).size !== kinds.length) problem(action, 'repeatedKind')
    }
  })
export type IdentificationRules = z.infer<typeof identificationRules>

/** Where a provider says nothing. The same stands in `identification_default()` of 0014-visits.sql; a test compares them. */
export const defaultIdentification: IdentificationRules = {
  sufficient: {
    changeEmail: withoutPlainPowers,
    changePhone: withoutPlainPowers,
    portalPassword: withoutPlainPowers,
    portalLinks: withoutPlainPowers,
    unmask: known,
    readings: everyKind,
    paymentDocument: everyKind,
    statement: known,
    requests: known,
    notes: everyKind,
    consents: withoutPlainPowers,
  },
  organisationApplication: [],
}

/** Until when a power of attorney is valid, that day included; without a term for one year (ГК РФ ст. 186 п. 1). */
export function powerValidUntil(madeOn: LocalDate, until: LocalDate | null): LocalDate {
  return until ?? addMonths(madeOn, 12)
}

export type PowerProblem = 'powerOfAttorneyNotYet' | 'powerOfAttorneyExpired' | 'powerOfAttorneyTermBeforeDate'

/** Why a power of attorney can't be accepted on a day, or null. The same reasons as the database gives. */
export function powerProblem(power: { madeOn: LocalDate; until: LocalDate | null }, today: LocalDate): PowerProblem | null {
  if (power.madeOn > today) return 'powerOfAttorneyNotYet'
  if (power.until !== null && power.until < power.madeOn) return 'powerOfAttorneyTermBeforeDate'
  return powerValidUntil(power.madeOn, power.until) < today ? 'powerOfAttorneyExpired' : null
}

/** Why a parent can't act for this subscriber, or null: parents represent children until 18 (СК РФ ст. 64, ГК РФ ст. 21). */
export function parentProblem(birthDate: LocalDate | null, today: LocalDate): 'birthDateUnknown' | 'subscriberOfAge' | null {
  if (birthDate === null) return 'birthDateUnknown'
  return fullYears(birthDate, today) >= 18 ? 'subscriberOfAge' : null
}

/** Younger than 14 nobody acts for themselves (ГК РФ ст. 28): a parent or guardian comes. */
export function mustBeRepresented(birthDate: LocalDate | null, today: LocalDate): boolean {
  return birthDate !== null && fullYears(birthDate, today) < 14
}
