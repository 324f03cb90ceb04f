import { generatePassword } from '@shared/domain/password-policy'

/** Told by voice across a room and typed once: lower case only, without look-alikes in either alphabet (`domain.md` §4.2); 62 bits. */
const told = { min: 10, max: 128, length: 12, alphabet: 'dfghjkmnqrstuvwz23456789', requireLetter: true, requireDigit: true }

export function firstPassword(): string {
  return generatePassword(told, randomInt)
}

/** Numbers above the last whole multiple of `max` are drawn again: without that some characters would come more often. */
function randomInt(max: number): number {
  const limit = 2 ** 32 - (2 ** 32 % max)
  const drawn = new Uint32Array(1)
  do crypto.getRandomValues(drawn)
  while ((drawn[0] ?? limit) >= limit)
  return (drawn[0] ?? 0) % max
}
