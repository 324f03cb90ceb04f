// A verdict is a code with figures; words for it are in the catalogues of the renderer and of the register verdicts.

export type ReadingLevel = 'block' | 'warn' | 'inform'

export const readingRules = [
  'zonesMissing', 'invalidValue', 'exceedsCapacity', 'tooManyDecimals', 'dateInFuture', 'beforeInstallation', 'meterRemoved', 'periodClosed', 'automaticMeter', 'sealBroken',
  'controlReadingRequired', 'verificationExpired', 'belowControl', 'belowPrevious', 'rollover', 'aboveNext', 'aboveUsual', 'aboveMaximum', 'looksMistyped', 'looksSwapped',
  'zeroConsumptionRepeated', 'secondInPeriod', 'longSilence', 'zeroConsumption', 'belowUsual', 'sameAsAccepted', 'outsideWindow', 'verificationEndsSoon', 'firstReading',
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
