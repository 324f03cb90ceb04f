import type { ProviderProfile } from '@shared/domain/provider-profile'

/** Paper of a memo: A5 where the profile says so, A4 always for the large print. */
export function memoMedia(memo: { provider: { memo: Partial<Pick<ProviderProfile['memo'], 'format'>> } }, large = false): 'A4' | 'A5' {
  return memo.provider.memo.format === 'a5' && !large ? 'A5' : 'A4'
}
