import type { SignedIn } from '@shared/contract/session'
import type { Result } from '@shared/errors'
import type { App } from '../app'
import { askCode } from './password'

/**
 * Signs in for a command. A member with a second factor gives the code in OKNO_CODE (good once, so a list of processes betrays nothing) or at the prompt;
 * OKNO_END_OTHER=yes ends a session of the same member elsewhere instead of refusing.
 */
export async function signIn(app: Pick<App, 'dispatch'>, { login, password }: { login: string; password: string }, env: NodeJS.ProcessEnv): Promise<Result<unknown>> {
  const attempt = (code: string | undefined) => app.dispatch('session.signIn', { login, password, ...(code ? { code } : {}), endOther: env['OKNO_END_OTHER'] === 'yes' }) as Promise<Result<SignedIn>>
  const first = await attempt(env['OKNO_CODE'])
  if (first.ok || first.failure.reason !== 'codeNeeded') return first
  const code = await askCode(`Code of ${login}`)
  return code === null ? first : attempt(code)
}
