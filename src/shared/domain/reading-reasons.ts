import { ruleBook } from './reading-rule-book'
import type { ReadingRule, ReadingVerdict } from './reading-verdict'

/** Why an operator takes a reading in spite of a warning, and which warnings the reason answers. Supervisors see the reasons. */
export const readingReasons = {
  rollover: ['rollover', 'belowPrevious', 'aboveNext', 'longSilence'],
  meterReplaced: ['belowPrevious', 'aboveNext', 'aboveUsual', 'aboveMaximum', 'aboveNorm', 'looksMistyped', 'longSilence', 'previousDisputed'],
  previousEntryWrong: ['belowPrevious', 'aboveNext', 'aboveUsual', 'aboveMaximum', 'looksMistyped', 'secondInPeriod', 'zeroConsumptionRepeated', 'longSilence', 'previousDisputed'],
  adjustment: ['belowPrevious', 'aboveNext', 'aboveUsual', 'aboveMaximum', 'looksMistyped', 'secondInPeriod', 'longSilence'],
  reversedMeter: ['belowPrevious', 'aboveNext', 'looksMistyped', 'longSilence'],
  confirmedByVisitor: [
    'rollover', 'aboveUsual', 'aboveMaximum', 'aboveNorm', 'looksMistyped', 'zeroConsumptionRepeated', 'secondInPeriod', 'longSilence', 'looksSwapped', 'verificationExpired',
    'previousDisputed',
  ],
  controllerChecked: [
    'rollover', 'belowPrevious', 'aboveNext', 'aboveUsual', 'aboveMaximum', 'aboveNorm', 'looksMistyped', 'zeroConsumptionRepeated', 'secondInPeriod', 'longSilence', 'looksSwapped',
    'verificationExpired', 'previousDisputed',
  ],
  nobodyLivesThere: ['zeroConsumptionRepeated', 'longSilence'],
  verificationInProgress: ['verificationExpired', 'longSilence'],
} as const satisfies Record<string, readonly ReadingRule[]>

export type ReadingReason = keyof typeof readingReasons

export function reasonAnswers(reason: ReadingReason, rule: ReadingRule): boolean {
  if ((readingReasons[reason] as readonly ReadingRule[]).includes(rule)) return true
  // A rule that only tells may be made one that asks: then those who looked at the dial answer for it.
  return (reason === 'confirmedByVisitor' || reason === 'controllerChecked') && !ruleBook[rule].fixed && !mentioned.has(rule)
}

const mentioned = new Set<ReadingRule>(Object.values(readingReasons).flat())

/** Reasons that may answer a warning, in the order of the list at the desk. */
export function reasonsAnswering(rule: ReadingRule): ReadingReason[] {
  return (Object.keys(readingReasons) as ReadingReason[]).filter((reason) => reasonAnswers(reason, rule))
}

/** Reasons that answer every warning at once; all of them when there is no warning, none when something blocks. */
export function reasonsFor(verdicts: readonly ReadingVerdict[]): ReadingReason[] {
  if (verdicts.some(({ level }) => level === 'block')) return []
  return (Object.keys(readingReasons) as ReadingReason[]).filter((reason) => unanswered(verdicts, [reason]).length === 0)
}

/** What still keeps a reading from being taken with these reasons: everything that blocks, and warnings none of them answers. */
export function unanswered(verdicts: readonly ReadingVerdict[], reasons: readonly ReadingReason[]): ReadingVerdict[] {
  return verdicts.filter(({ rule, level }) => level === 'block' || (level === 'warn' && !reasons.some((reason) => reasonAnswers(reason, rule))))
}
