import type { CallFailure } from './client'

const reasons = new Set(['codeNeeded', 'wrongCode', 'codeUsed', 'codeDelayed'])

/** Whether the password was right and the second factor is what is missing. */
export function isAboutCode(failure: CallFailure | null): boolean {
  return reasons.has(failure?.reason ?? '')
}
