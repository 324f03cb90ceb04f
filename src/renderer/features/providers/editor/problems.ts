import { hasText, t } from '@renderer/i18n'
import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** A problem that a rule of ours names, in words. */
export function textOfProblem(code: string): string {
  const key = `providers.problem.${code}`
  return hasText(key) ? t(key) : t('providers.problem.wrong')
}

/** What the schema has against a value, in words: by the code that a rule of ours names, else by the kind of the rule. */
export function problemText(issue: Issue): string {
  const own = `providers.problem.${issue.message}`
  if (/^[a-z]\w*$/i.test(issue.message) && hasText(own)) {
    const name = issue.code === 'custom' && typeof issue.params?.['name'] === 'string' ? issue.params['name'] : '{ }'
    return t(own, { name })
  }
  const field = `providers.format.${String(issue.path.at(-1))}`
  switch (issue.code) {
    case 'too_small':
      if (issue.origin === 'string') return t('providers.problem.required')
      if (issue.origin === 'array') return t('providers.problem.listEmpty')
      return t('providers.problem.atLeast', { n: String(issue.minimum) })
    case 'too_big':
      if (issue.origin === 'string') return t('providers.problem.tooLong', { n: String(issue.maximum) })
      if (issue.origin === 'array') return t('providers.problem.listTooLong', { n: String(issue.maximum) })
      return t('providers.problem.atMost', { n: String(issue.maximum) })
    case 'invalid_type':
      return t(issue.expected === 'int' || issue.expected === 'number' ? 'providers.problem.number' : 'providers.problem.required')
    default:
      return hasText(field) ? t(field) : t('providers.problem.wrong')
  }
}
