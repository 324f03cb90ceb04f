import type { CallFailure } from './client'

const reasons = new Set(['codeNeeded', 'wrongCode', 'codeUsed', 'codeDelayed'])

/** Whether the password was right and the second factor is what is missing. */
export function isAboutCode(failure: CallFailure | null): boolean {
  return reasons.has(failure?.reason ?? '')
}

/** `pattern` of a field for six digits or a recovery code: a password manager types faster than hands, and is no scanner. */
export const codePattern = '[0-9A-Za-z \\-]{6,40}'
