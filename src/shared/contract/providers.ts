import { z } from 'zod'
import { isBankAccount, isInn, isOgrn, isOgrnip, isPersonInn } from '../domain/checksums'
import { difference } from '../domain/differences'
import { providerCard, type ProviderCard } from '../domain/provider-profile'
import { admins, anyStaff } from '../roles'
import { command, query } from './call'
import { id, instant, nothing, pdf } from './values'

export const providerRecord = providerCard.safeExtend({ id, version: z.int() })

/** What check digits have against the requisites of a card (`domain.md` §1.3–1.5), by field; a number that is not even long enough is the schema's to refuse. */
export function requisiteProblems({ inn, ogrn, bic, settlementAccount, correspondentAccount }: Pick<ProviderCard, 'inn' | 'ogrn' | 'bic' | 'settlementAccount' | 'correspondentAccount'>): { path: string; problem: string }[] {
  const isAccount = (account: string) => /^\d{20}$/.test(account) && /^\d{9}$/.test(bic)
  return [
    ...(/^(\d{10}|\d{12})$/.test(inn) && !isInn(inn) ? [{ path: 'inn', problem: 'innWrong' }] : []),
    ...(ogrn !== null && /^(\d{13}|\d{15})$/.test(ogrn) && !(isPersonInn(inn) ? isOgrnip(ogrn) : isOgrn(ogrn)) ? [{ path: 'ogrn', problem: 'ogrnWrong' }] : []),
    ...(isAccount(settlementAccount) && !isBankAccount(settlementAccount, bic, 'client') ? [{ path: 'settlementAccount', problem: 'accountKeyWrong' }] : []),
    ...(isAccount(correspondentAccount) && !isBankAccount(correspondentAccount, bic, 'correspondent') ? [{ path: 'correspondentAccount', problem: 'accountKeyWrong' }] : []),
  ]
}

/**
 * A card as it may be saved: its numbers agree with their check digits. Only here: a card that came otherwise must still be listed, to be put right.
 * Without `version` it makes a provider.
 */
export const savedProvider = providerCard.safeExtend({ version: z.int().optional() }).superRefine((card, ctx) => {
  for (const { path, problem } of requisiteProblems(card)) ctx.addIssue({ code: 'custom', path: [path], message: problem })
})

const anything = z.string().max(300)
/** For a memo the requisites of payment need not be there yet. */
const memoCard = z.object({ ...providerCard.shape, code: anything, inn: anything, bankName: anything, bic: anything, settlementAccount: anything, correspondentAccount: anything })

/** A card to begin with: a blank one lacks what only the provider's papers tell, so it is no valid card yet. */
const draft = z.custom<ProviderCard>((value) => typeof value === 'object' && value !== null && 'profile' in value)

export const savedVersion = z.object({
  version: z.int(),
  at: instant,
  /** Null: made with the office. */
  staffName: z.string().nullable(),
  /** Kind of operation: providers.save, readings.tuneRules, direct.update. */
  how: z.string(),
  /** What differs from the version before; null: there is none, or it is older than what is listed. */
  changes: z.array(difference).nullable(),
})
export type SavedVersion = z.infer<typeof savedVersion>

export const providersContract = {
  list: query({ access: anyStaff, input: nothing, output: z.array(providerRecord) }),
  /** Creates a provider, or replaces the card of the one with this code when `version` agrees; without a version that one is never overwritten. */
  save: command({ access: admins, input: savedProvider, output: providerRecord }),
  /** Ready profiles, and a blank one of each kind. */
  templates: query({ access: admins, input: nothing, output: z.object({ ready: z.array(draft), blank: z.object({ utility: draft, internet: draft }) }) }),
  /** Saved versions, newest first, at most 30. */
  history: query({ access: admins, input: z.object({ code: z.string().max(30) }), output: z.array(savedVersion) }),
  /** The card as it was in a version. */
  version: query({ access: admins, input: z.object({ code: z.string().max(30), version: z.int().positive() }), output: providerCard }),
  /** A memo of values that nobody has saved, for a subscriber there isn't, marked «Образец». */
  previewMemo: query({ access: admins, input: z.object({ card: memoCard, large: z.boolean(), format: z.enum(['a4', 'a5']) }), output: z.object({ pdf }) }),
  /** A payment document of a card that nobody has saved, with something in every section, marked «ОБРАЗЕЦ». */
  previewDocument: query({ access: admins, input: z.object({ card: savedProvider }), output: z.object({ pdf }) }),
}
