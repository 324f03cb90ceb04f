import { generatePassword } from '@shared/domain/password-policy'
import type { ProviderProfile } from '@shared/domain/provider-profile'

/** A password as this provider's memo would show it; made on the screen and meant for nobody. Null when the policy cannot be met. */
export function examplePassword(policy: ProviderProfile['password']): string | null {
  try {
    return generatePassword(policy, (max) => (crypto.getRandomValues(new Uint32Array(1))[0] ?? 0) % max)
  } catch (cause) {
    if (cause instanceof RangeError) return null
    throw cause
  }
}
