import type { UpdateStatus } from '@shared/contract/updates'
import { hasText, t, type TextKey } from './i18n'

/** A reason of a state in words; one that a newer main gives is told by its state alone. */
export function reasonWords(kind: 'off' | 'refused' | 'waitingRollout' | 'failed', reason: string): string {
  const key = `updates.reasons.${kind}.${reason}`
  return t(hasText(key) ? key : (`updates.states.${kind}` satisfies TextKey))
}

/** When a downloaded version goes in, in words. */
export function momentWords(installAt: UpdateStatus['installAt']): string {
  if (installAt === null || installAt === 'quit') return t('updates.moments.quit')
  return installAt === 'lock' ? t('updates.moments.lock') : t('updates.moments.hour', { hour: `${installAt.hour}:00` })
}

/** «идёт обслуживание, не сохранено введённое». */
export const whyWords = (why: readonly string[]): string => why.map((reason) => (hasText(`updates.why.${reason}`) ? t(`updates.why.${reason}` as TextKey) : reason)).join(', ')

/** The whole state in one sentence: the line of the settings page and what a screen reader hears. */
export function stateWords({ state }: UpdateStatus): string {
  switch (state.state) {
    case 'off':
    case 'refused':
    case 'waitingRollout':
    case 'failed':
      return reasonWords(state.state, state.reason)
    case 'downloading':
      return t('updates.states.downloading', { version: state.release.version, percent: state.percent })
    case 'waitingForDesk':
      return t('updates.states.waitingForDesk', { version: state.release.version, why: whyWords(state.why) })
    case 'offered':
    case 'downloaded':
    case 'installing':
      return t(`updates.states.${state.state}`, { version: state.release.version })
    default:
      return t(`updates.states.${state.state}`)
  }
}
