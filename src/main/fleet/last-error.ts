import { describeCause, type Log, type LogFields } from '../log'

/** What went wrong last on this window, by codes: never what somebody typed. */
export interface LastError {
  /** 'call broke', 'call broke · 57014', 'databaseUnavailable · serverAway'. */
  code: string
  at: string
}

/** Refusals that are about the machine; the others are somebody's everyday work. */
const ofTheMachine = new Set(['databaseUnavailable', 'schemaMismatch', 'printerUnavailable', 'internal'])

/** The same log, and what it was told of errors last. */
export function rememberErrors(log: Log, now: () => number = Date.now): { log: Log; lastError(): LastError | null } {
  let last: LastError | null = null
  const remember = (...parts: unknown[]): void => {
    last = { code: parts.filter((part) => typeof part === 'string' && part !== '').join(' · ').slice(0, 120), at: new Date(now()).toISOString() }
  }
  return {
    log: {
      info(event: string, fields?: LogFields) {
        const code = fields?.['code']
        if (typeof code === 'string' && ofTheMachine.has(code)) remember(code, fields?.['reason'])
        log.info(event, fields)
      },
      error(event: string, fields?: LogFields) {
        const cause = fields?.cause === undefined ? {} : describeCause(fields.cause)
        remember(event, cause['reason'] ?? cause['code'] ?? cause['name'])
        log.error(event, fields)
      },
    },
    lastError: () => last,
  }
}
