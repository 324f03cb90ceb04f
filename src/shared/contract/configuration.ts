import { z } from 'zod'
import { difference } from '../domain/differences'
import { providerCard } from '../domain/provider-profile'
import { admins, supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { consentWords, oldConsents } from './consents'
import { flagRule } from './flags'
import { requisiteProblems } from './providers'
import { registerKind, registerMapping } from './registers'
import { reportAsk, reportSort } from './report-settings'
import { sheetDraft } from './sheet-templates'
import { instant, localDate, nothing, operationId } from './values'

/** What a configuration is made of, in the order it is taken in. There is no part for staff, secrets, computers, printers, mail servers or anything of subscribers. */
export const configurationParts = ['office', 'providers', 'sheetTemplates', 'consentTexts', 'flagRules', 'liveLimits', 'reportSettings', 'registerMappings'] as const
export const configurationPart = z.enum(configurationParts)
export type ConfigurationPart = z.infer<typeof configurationPart>

/** An office's own: another one is offered them, but has to ask for them. */
export const ownParts: readonly ConfigurationPart[] = ['office']

const words = (most: number) => z.string().trim().max(most)
const timeZone = z.string().regex(/^[A-Za-z][A-Za-z0-9_+/-]{1,60}$/)

/** A card whose requisites agree with their check digits. */
const checkedCard = providerCard.superRefine((card, ctx) => {
  for (const { path, problem } of requisiteProblems(card)) ctx.addIssue({ code: 'custom', path: [path], message: problem })
})

/** A value of each part, as it may be taken in. */
export const configurationValues = {
  office: z.strictObject({ name: words(120).min(1), address: words(300), phone: words(60), hours: words(200), timeZone }),
  providers: checkedCard,
  sheetTemplates: z.strictObject(sheetDraft.shape),
  consentTexts: z.strictObject({ purpose: z.enum(['service', 'advertising']), channel: z.enum(['sms', 'email']), version: z.string().regex(/^[\w.-]{1,20}$/), text: consentWords, validFrom: localDate, oldConsents: oldConsents.default('keep') }),
  flagRules: z.strictObject({ isOn: z.boolean(), params: z.record(z.string().max(30), z.int().min(0).max(99_999)) }),
  liveLimits: z.strictObject({ longMinutes: z.int().min(1).max(240), tooLongMinutes: z.int().min(2).max(480) }).refine(({ longMinutes, tooLongMinutes }) => longMinutes < tooLongMinutes, { path: ['tooLongMinutes'], error: 'limitsOrder' }),
  reportSettings: z.strictObject({ name: words(80).min(1), report: z.string().regex(/^[a-z][A-Za-z0-9]{0,59}$/), filters: reportAsk, sort: reportSort.nullable() }),
  registerMappings: z.strictObject({ kind: registerKind, provider: z.string().max(40).nullable(), ...registerMapping.shape }),
} as const satisfies Record<ConfigurationPart, z.ZodType>

/** What an item is known by in every office. */
export const configurationKeys: Record<ConfigurationPart, z.ZodType<string>> = {
  office: z.literal('office'),
  providers: z.string().regex(/^[a-z][a-z0-9-]{1,29}$/),
  sheetTemplates: z.uuid(),
  consentTexts: z.string().regex(/^(service|advertising)\/(sms|email)\/[\w.-]{1,20}$/),
  flagRules: flagRule,
  liveLimits: z.literal('limits'),
  reportSettings: z.string().min(3).max(150),
  registerMappings: z.string().regex(/^[a-z]+(\/[a-z][a-z0-9-]{1,29})?$/),
}

const item = { part: configurationPart, key: z.string().max(150) }
export const configurationChoice = z.array(z.object(item)).min(1).max(2000)

/** A problem of a value: where in it, the code or the words of its rule, and what the words need. */
export const valueProblem = z.object({ path: z.string(), problem: z.string(), params: z.record(z.string(), z.unknown()) })
export type ValueProblem = z.infer<typeof valueProblem>

/** An item of a file beside what the office has: made, changed, the same, of no use (its value is not in order), or here only. */
export const comparedItem = z.object({
  ...item,
  name: z.string(),
  state: z.enum(['new', 'changed', 'same', 'wrong', 'onlyHere']),
  /** Ticked before anybody has chosen: everything that differs, but not an office's own. */
  isOwn: z.boolean(),
  changes: z.array(difference),
  problems: z.array(valueProblem),
})
export type ComparedItem = z.infer<typeof comparedItem>

export const configurationPreview = z.object({
  fileName: z.string(),
  /** SHA-256 of what the file holds. */
  checksum: z.string(),
  /** What the office had when it was compared. */
  state: z.string(),
  items: z.array(comparedItem),
})
export type ConfigurationPreview = z.infer<typeof configurationPreview>

export const importedConfiguration = z.object({
  id: z.uuid(),
  at: instant,
  staffName: z.string().nullable(),
  fileName: z.string(),
  items: z.array(z.object({ ...item, name: z.string(), isNew: z.boolean(), changes: z.array(difference) })),
  revertedAt: instant.nullable(),
  revertedBy: z.string().nullable(),
})
export type ImportedConfiguration = z.infer<typeof importedConfiguration>

export const configurationState = z.object({
  ...item,
  name: z.string(),
  version: z.int(),
  at: instant,
  /** Null: made with the office, or in the database. */
  staffName: z.string().nullable(),
  /** Kind of operation. */
  how: z.string(),
  isInForce: z.boolean(),
  /** Null: there was nothing before. */
  changes: z.array(difference).nullable(),
  /** What it was, to begin with in a form; null: it was taken away. */
  value: z.unknown(),
})
export type ConfigurationState = z.infer<typeof configurationState>

/**
 * The configuration of the own office as a whole. Failures of a file: invalidInput `configurationTooLarge` {megabytes}, `configurationMalformed`, `configurationForeign` (some other
 * JSON), `configurationDamaged` (its checksum), `configurationNewer` {version}; notFound `configurationFile` (nobody has chosen it in this window).
 */
export const configurationContract = {
  /** Writes the file; conflict `saveCancelled`. Noted in the journal. */
  export: command({ access: admins, input: z.object({ operationId }), output: z.object({ fileName: z.string(), items: z.int(), checksum: z.string() }) }),
  chooseFile: command({ access: admins, input: nothing, output: z.object({ file: z.string(), fileName: z.string() }).nullable() }),
  /** What would become of what; writes nothing. */
  preview: query({ access: admins, input: z.object({ file: z.string().max(4096) }), output: configurationPreview }),
  /**
   * Takes in the chosen items, all or none. conflict `configurationChanged` (the office is not as it was compared), `configurationFileChanged`, `configurationNeedsProvider` {provider, title},
   * `consentTextGiven` {version}, `requestKindTaken`, `reportSettingNameTaken`; invalidInput `configurationWrong` {names} (a chosen value is not in order), `timeZone`.
   */
  import: command({
    access: admins,
    input: z.object({ operationId, file: z.string().max(4096), checksum: z.string().max(64), state: z.string().max(64), choice: configurationChoice }),
    output: z.object({ importId: z.uuid(), items: z.int() }),
  }),
  imports: query({ access: admins, input: nothing, output: z.array(importedConfiguration) }),
  /** What undoing an import would change; `changedSince` names items somebody has changed after it. notFound `configurationImport`. */
  previewRevert: query({
    access: admins,
    input: z.object({ importId: z.uuid() }),
    output: z.object({ items: z.array(z.object({ ...item, name: z.string(), isRemoved: z.boolean(), changes: z.array(difference) })), changedSince: z.array(z.string()) }),
  }),
  /** The whole import back. conflict `configurationReverted` {staffName, at}, `configurationChangedSince` {names}, `configurationInUse` {part, key}. */
  revert: command({ access: admins, input: z.object({ operationId, importId: z.uuid() }), output: z.object({ importId: z.uuid(), items: z.int() }) }),
  /** Newest first; a supervisor asks for `flagRules` and `liveLimits`. */
  history: query({
    access: supervisorsAndAdmins,
    input: z.object({ part: configurationPart.nullable().default(null), key: z.string().max(150).nullable().default(null), limit: z.int().min(1).max(300).default(50) }),
    output: z.array(configurationState),
  }),
  /** What would change if that version were in force again; `current` is the one that is. notFound `configurationVersion`. */
  previewRestore: query({ access: admins, input: z.object({ ...item, version: z.int() }), output: z.object({ current: z.int(), changes: z.array(difference) }) }),
  /** An earlier state in force again. conflict `changedByAnotherDesk` and those of `import`. */
  restore: command({ access: admins, input: z.object({ operationId, ...item, version: z.int(), current: z.int() }), output: nothing }),
}
