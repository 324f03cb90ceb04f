import './without-eval'
import type { Bridge } from '@shared/bridge'
import { contract, type Api } from '@shared/contract'
import type { Call } from '@shared/contract/call'
import type { FailureCode, FailureDetails, Result } from '@shared/errors'

/** How a call ended badly, as an exception the page can show: `failureText` has its words. */
export class CallFailure extends Error {
  constructor(
    readonly code: FailureCode,
    readonly reason?: string,
    readonly details?: FailureDetails,
  ) {
    super(reason ? `${code}: ${reason}` : code)
    this.name = 'CallFailure'
  }
}

/**
 * One method per call of the contract: `client.contacts.change(input)`. Input is checked by the schema that main enforces,
 * which also leaves Vue's proxies behind (they cannot cross the process boundary). Throws `CallFailure`, and nothing else of its own.
 */
export function createClient(bridge: Pick<Bridge, 'call'>): Api {
  const features = Object.entries(contract).map(([feature, calls]) => {
    const methods = Object.entries(calls as Record<string, Call>).map(([name, call]) => [name, (input: unknown) => send(bridge, `${feature}.${name}`, call, input)])
    return [feature, Object.fromEntries(methods)]
  })
  return Object.fromEntries(features) as Api
}

async function send(bridge: Pick<Bridge, 'call'>, name: string, call: Call, input: unknown): Promise<unknown> {
  const parsed = call.input.safeParse(input)
  if (!parsed.success) {
    // Paths and codes only: a message or a value could hold what was typed.
    throw new CallFailure('invalidInput', undefined, { fields: parsed.error.issues.map((issue) => issue.path.join('.')) })
  }
  const result = (await bridge.call(name, parsed.data)) as Result<unknown>
  if (result.ok) return result.value
  const { code, reason, details } = result.failure
  throw new CallFailure(code, reason, details)
}
