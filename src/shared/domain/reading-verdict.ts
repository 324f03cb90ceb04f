// A verdict is a code with figures; the rules with their levels, limits and words are in reading-rule-book.ts.

export const readingLevels = ['block', 'warn', 'inform'] as const
export type ReadingLevel = (typeof readingLevels)[number]

export const readingRules = [
  'zonesMissing', 'invalidValue', 'exceedsCapacity', 'tooManyDecimals', 'dateInFuture', 'beforeInstallation', 'meterRemoved', 'notCommissioned', 'automaticMeter', 'sealBroken',
  'controlReadingRequired', 'controlSameDay', 'verificationExpired', 'belowControl', 'belowPrevious', 'rollover', 'aboveNext', 'aboveUsual', 'aboveMaximum', 'aboveNorm',
  'looksMistyped', 'looksSwapped', 'previousDisputed', 'zeroConsumptionRepeated', 'secondInPeriod', 'longSilence', 'zeroConsumption', 'belowUsual', 'sameAsAccepted', 'periodClosed',
  'outsideWindow', 'verificationEndsSoon', 'firstReading',
] as const
export type ReadingRule = (typeof readingRules)[number]

export interface ReadingVerdict {
  rule: ReadingRule
  level: ReadingLevel
  /** 0 is T1; absent when the verdict is about the whole reading. */
  zone?: number
  /** Values and consumption in thousandths; days, periods, digits as they are; dates and periods as strings. */
  details: Record<string, string | number>
}
