import type { Failure } from '@shared/errors'
import { formatDate, isLocalDate } from '@shared/domain/dates'
import { hasText, t, type TextKey, type TextValues } from './i18n'

export interface FailureWords {
  /** What happened. */
  what: string
  /** What was kept. */
  kept: string | null
  /** What to do. */
  todo: string | null
}

type Told = Pick<Failure, 'code' | 'reason' | 'details'>

/** The only way a failure becomes words; the texts stand in `i18n/<language>/failures.ts`. An unknown reason gets the words of its code. */
export function failureWords({ code, reason, details }: Told): FailureWords {
  const path = reason && hasText(`failures.reasons.${reason}.what`) ? `failures.reasons.${reason}` : `failures.codes.${code}`
  const values = shown(details)
  const words = (part: string) => (hasText(`${path}.${part}`) ? t(`${path}.${part}` as TextKey, values) : null)
  return { what: words('what') ?? t('failures.codes.internal.what'), kept: words('kept'), todo: words('todo') }
}

/** The same in one line, for a small place. */
export function failureText(failure: Told): string {
  const { what, kept, todo } = failureWords(failure)
  return [what, kept, todo].filter(Boolean).join(' ')
}

function shown(details: Told['details']): TextValues {
  const values: TextValues = {}
  for (const [name, value] of Object.entries(details ?? {})) {
    if (typeof value === 'number') values[name] = value
    if (typeof value === 'string') values[name] = isLocalDate(value) ? formatDate(value) : value
  }
  return values
}
