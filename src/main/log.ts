import { chmodSync, closeSync, mkdirSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'

export type LogFields = Record<string, unknown> & { cause?: unknown }

/** The application's own log. Fields are facts about the work (call, duration, code), never input: input is personal data. */
export interface Log {
  info(event: string, fields?: LogFields): void
  error(event: string, fields?: LogFields): void
}

export const silentLog: Log = { info: () => undefined, error: () => undefined }

const daysKept = 14
const logName = /^okno-\d{4}-\d{2}-\d{2}\.log$/

/**
 * JSON lines in `okno-YYYY-MM-DD.log` (UTC day, 0600) of the given folder; the 14 newest days stay.
 * Every process of a data folder appends to the same file: one line is one write, so lines do not mix.
 */
export function openLog(folder: string, now: () => Date = () => new Date()): Log {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  // Kept open for its day: opening it anew costs more than the line, and every call writes one.
  let current: { file: string; descriptor: number } | null = null

  function write(level: 'info' | 'error', event: string, fields: LogFields = {}): void {
    const { cause, ...facts } = fields
    const at = now().toISOString()
    const line = { at, level, pid: process.pid, event, ...facts, ...(cause === undefined ? {} : { cause: describeCause(cause) }) }
    const file = join(folder, `okno-${at.slice(0, 10)}.log`)
    try {
      if (current?.file !== file) current = startDay(file)
      writeSync(current.descriptor, `${toJson(line)}\n`)
    } catch {
      // A log that cannot be written (disk full) must not stop the work it tells about.
    }
  }

  function startDay(file: string): { file: string; descriptor: number } {
    if (current) closeSync(current.descriptor)
    current = null
    const descriptor = openSync(file, 'a', 0o600)
    chmodSync(file, 0o600)
    const days = readdirSync(folder).filter((name) => logName.test(name)).sort()
    for (const name of days.slice(0, -daysKept)) rmSync(join(folder, name), { force: true })
    return { file, descriptor }
  }

  return { info: (event, fields) => write('info', event, fields), error: (event, fields) => write('error', event, fields) }
}

function toJson(line: object): string {
  try {
    return JSON.stringify(line, (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value))
  } catch {
    return JSON.stringify({ event: 'unserializableLogLine' })
  }
}

// Facts of a pg error that name our schema and never hold a value of a row. `detail`, `where` and `message` may hold one.
const safeFields = ['code', 'reason', 'severity', 'schema', 'table', 'column', 'constraint', 'routine', 'syscall'] as const

/**
 * An error without what people typed: name, code, reason, frames. The message is left out because knex and pg put SQL and values into it;
 * only the engine's own TypeError and ReferenceError keep theirs, since they name identifiers of the program.
 */
export function describeCause(cause: unknown, depth = 0): Record<string, unknown> {
  if (!(cause instanceof Error)) return { type: typeof cause }
  const described: Record<string, unknown> = { name: cause.name }
  for (const field of safeFields) {
    const value: unknown = Reflect.get(cause, field)
    if (typeof value === 'string' || typeof value === 'number') described[field] = value
  }
  const isEngineError = (cause.name === 'TypeError' || cause.name === 'ReferenceError') && !('code' in cause)
  if (isEngineError) described['message'] = cause.message
  described['stack'] = frames(cause)
  if (cause.cause !== undefined && depth < 3) described['cause'] = describeCause(cause.cause, depth + 1)
  return described
}

function frames(error: Error): string[] {
  const stack = error.stack ?? ''
  // The message may have several lines, some of them shaped like a frame, so it is cut off whole before frames are looked for.
  const afterMessage = error.message && stack.includes(error.message) ? stack.slice(stack.indexOf(error.message) + error.message.length) : stack
  return afterMessage
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .map((line) => line.trim())
    .slice(0, 20)
}
