import { z } from 'zod'
import { supervisorsAndAdmins } from '../roles'
import { command, query } from './call'
import { id, instant, localDate, nothing, operationId } from './values'

/** What a day may have that somebody should explain; the order is that of 0036-live-desk.sql. */
export const flagRule = z.enum([
  'contactThenPassword', 'reissueWithoutSignIn', 'ownAccount', 'massLookups', 'lookupsRefused', 'lookupsNothing', 'lookupsNotOpened', 'cardsWithoutVisit', 'unmasking', 'offHours', 'overrides', 'duplicates',
])
export type FlagRule = z.infer<typeof flagRule>

/** new → looked → explained; either back to new with a comment, or by itself when what was counted has doubled. */
export const flagState = z.enum(['new', 'looked', 'explained'])

export const flag = z.object({
  id,
  rule: flagRule,
  /** Of the office. */
  day: localDate,
  state: flagState,
  version: z.int(),
  /** What was counted; 1 where one thing is enough. */
  n: z.int(),
  /** Thresholds of that moment and what else is known, by name: {count, share, of, usual, minutes, change, sameVisit …}. */
  facts: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  raisedAt: instant,
  /** Whom it is about. */
  staff: z.object({ id, fullName: z.string(), login: z.string(), window: z.string().nullable() }),
  office: z.string(),
  subscriberId: id.nullable(),
  visitId: id.nullable(),
  account: z.string().nullable(),
  provider: z.string().nullable(),
  /** About whoever asks: another person decides. */
  isOwn: z.boolean(),
  history: z.array(z.object({ at: instant, kind: z.enum(['raised', 'grew', 'looked', 'explained', 'reopened']), n: z.int().nullable(), comment: z.string().nullable(), staffName: z.string().nullable() })),
})
export type Flag = z.infer<typeof flag>

const params = z.record(z.string(), z.int())

export const flagRuleSetting = z.object({
  rule: flagRule,
  isOn: z.boolean(),
  params,
  /** What the thresholds are where the office says nothing. */
  defaults: params,
  version: z.int(),
  changedBy: z.string().nullable(),
  changedAt: instant.nullable(),
})
export type FlagRuleSetting = z.infer<typeof flagRuleSetting>

export const flagsContract = {
  /** Newest days first; recorded. `rules` and `staff` count what the other narrowing leaves. */
  list: query({
    access: supervisorsAndAdmins,
    input: z.object({
      state: z.enum(['open', 'new', 'looked', 'explained', 'all']).default('open'),
      rule: flagRule.nullable().default(null),
      staffId: id.nullable().default(null),
      from: localDate.nullable().default(null),
      to: localDate.nullable().default(null),
      limit: z.int().min(1).max(500).default(100),
    }),
    output: z.object({
      total: z.int(),
      rules: z.record(z.string(), z.int()),
      staff: z.array(z.object({ id, fullName: z.string(), n: z.int() })),
      flags: z.array(flag),
    }),
  }),
  /**
   * explained and reopened need words ('flagCommentMissing'). forbidden 'flagAboutYourself'; conflict 'flagChanged' {staffName, at, kind}, 'flagStateAlready'.
   */
  decide: command({
    access: supervisorsAndAdmins,
    input: z.object({ operationId, flagId: id, version: z.int(), decision: z.enum(['looked', 'explained', 'reopened']), comment: z.string().trim().max(500).nullable() }),
    output: flag,
  }),
  /** Looks for what is due since the last time; does nothing within five minutes after it unless `now`. */
  check: command({ access: supervisorsAndAdmins, input: z.object({ now: z.boolean().default(false) }), output: z.object({ raised: z.int() }) }),
  rules: query({ access: supervisorsAndAdmins, input: nothing, output: z.array(flagRuleSetting) }),
  /** Thresholds of the own office, in force from the next check. Conflict 'flagRuleChanged' {staffName, at}. */
  tune: command({ access: supervisorsAndAdmins, input: z.object({ operationId, rule: flagRule, isOn: z.boolean(), params, version: z.int() }), output: z.array(flagRuleSetting) }),
  /** How much waits, a thousand at most of each; null: not for this role. */
  attention: query({
    access: supervisorsAndAdmins,
    input: nothing,
    output: z.object({
      flags: z.object({ new: z.int(), looked: z.int() }),
      approvals: z.int().nullable(),
      readings: z.int().nullable(),
      requestsOverdue: z.int().nullable(),
      deadLetters: z.int(),
      /** 1: the embedded database has no backup that it should have. */
      backups: z.int().nullable().default(null),
    }),
  }),
}
