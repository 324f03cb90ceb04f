import type { ZodType } from 'zod'
import { contract } from '@shared/contract'
import type { Call } from '@shared/contract/call'
import type { StaffMember } from '@shared/contract/session'
import { AppError, type Result } from '@shared/errors'
import type { Role } from '@shared/roles'
import type { Database } from '../db/database'
import type { Log } from '../log'
import type { OpenContext, Services } from './context'
import { toAppError } from './to-app-error'

export type Dispatch = (name: string, input: unknown) => Promise<Result<unknown>>

export interface RouterOptions {
  services: Services
  session: {
    current(): { actor: StaffMember; db: Database } | null
    isLocked(): boolean
    /** Told of every failure: a login that was disabled ends the session. */
    noticeFailure(failure: AppError): void
  }
  /** Brings a lost database back if that is in our power, or throws why it can't; then a query is asked once more. */
  recover(): Promise<void>
  log: Log
}

interface Route {
  call: Call
  handler: (input: unknown, context: OpenContext) => unknown
}

/** find → authorise → validate → run → check the output → log → map the error. Nothing else answers the page. */
export function createRouter({ services, session, recover, log }: RouterOptions): Dispatch {
  // A Map, so that `__proto__` and `constructor` are not routes.
  const routes = new Map<string, Route>()
  for (const [feature, calls] of Object.entries(contract)) {
    const service: Record<string, unknown> = { ...services[feature as keyof Services] }
    for (const [name, call] of Object.entries(calls)) {
      routes.set(`${feature}.${name}`, { call, handler: service[name] as Route['handler'] })
    }
  }

  async function run({ call, handler }: Route, input: unknown, context: OpenContext): Promise<unknown> {
    try {
      return await handler(input, context)
    } catch (cause) {
      // A query changes nothing, so it may be asked again; a command may not.
      const { code, reason } = toAppError(cause)
      // A database that says it has no room is there: whoever starts it anew meets the same disk.
      if (code !== 'databaseUnavailable' || reason === 'diskFull') throw cause
      if (call.kind === 'query') {
        await recover()
        return handler(input, context)
      }
      // A command is not repeated by us, but its database is brought back for the person who repeats it; or they hear why it can't be.
      if (reason === 'unreachable' || reason === 'starting') await recover()
      throw cause
    }
  }

  return async function dispatch(name, input) {
    const startedAt = performance.now()
    const current = session.current()
    // Input is personal data: who called what and how it ended is logged, never the body.
    const fields = () => ({ call: routes.has(name) ? name : 'unknown', staffId: current?.actor.id, ms: Math.round(performance.now() - startedAt) })
    try {
      const route = routes.get(name)
      if (!route) throw new AppError('notFound', 'unknownCall')
      authorise(name, route.call, current?.actor ?? null, session.isLocked())
      // What everybody may ask is answered at a locked desk as to a stranger.
      const known = session.isLocked() && route.call.access === 'everyone' ? null : current
      const output = await run(route, validated(route.call.input, input), { actor: known?.actor ?? null, db: known?.db ?? null })
      const value = route.call.output.parse(output)
      log.info('call', fields())
      return { ok: true, value }
    } catch (cause) {
      const failure = toAppError(cause)
      session.noticeFailure(failure)
      const { code, reason, details } = failure
      if (code === 'internal') log.error('call broke', { ...fields(), cause })
      else log.info('call refused', { ...fields(), code, reason })
      return { ok: false, failure: { code, reason, details } }
    }
  }
}

const openWhileLocked = new Set(['session.status', 'session.unlock', 'session.signOut'])

// Before validation: a stranger learns nothing about shapes.
function authorise(name: string, { access }: Call, actor: StaffMember | null, locked: boolean): void {
  if (access === 'everyone') return
  if (!actor) throw new AppError('notSignedIn')
  if (locked && !openWhileLocked.has(name)) throw new AppError('notSignedIn', 'locked')
  if (access === 'signedIn') return
  if (actor.mustChangePassword) throw new AppError('forbidden', 'passwordChangeRequired')
  if (actor.factor === 'due') throw new AppError('forbidden', 'factorRequired')
  if (!access.some((role: Role) => actor.roles.includes(role))) throw new AppError('forbidden', 'roleMissing', { roles: [...access] })
}

function validated(schema: ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input)
  if (parsed.success) {
    const path = pathOfNul(parsed.data)
    if (path === null) return parsed.data
    throw new AppError('invalidInput', 'shape', { fields: [{ path: path.join('.'), problem: 'nul' }] })
  }
  // Where and what kind, never the value.
  throw new AppError('invalidInput', 'shape', { fields: parsed.error.issues.slice(0, 20).map((issue) => ({ path: issue.path.join('.'), problem: issue.code })) })
}

/** A zero byte ends a text early in C, in a start message of PostgreSQL for one; nobody types it. */
function pathOfNul(value: unknown): string[] | null {
  if (typeof value === 'string') return value.includes('\0') ? [] : null
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return null
  for (const [key, part] of Object.entries(value)) {
    const rest = pathOfNul(part)
    if (rest) return [key, ...rest]
  }
  return null
}
