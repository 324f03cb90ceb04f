import { AppError, type FailureCode } from '@shared/errors'

/**
 * The only place that knows SQLSTATE and the codes of Node's errors. Decides by code, never by text; pg's few errors without a code
 * (a connection that broke off) are recognised by being exactly that.
 */
export function toAppError(cause: unknown): AppError {
  if (cause instanceof AppError) return cause
  const code = textField(cause, 'code')
  if (code !== undefined) {
    const own = ownStates[code]
    if (own) return new AppError(own, messageOf(cause), detailsOf(cause))
    if (code === '23505') return new AppError('conflict', textField(cause, 'constraint'))
    const known = knownStates[code] ?? fileStates[code]
    if (known) return new AppError(...known)
    if (certificateRefused.test(code)) return new AppError('databaseUnavailable', 'certificateRefused')
    if (code === '08P01' && refusedByPooler.test(textField(cause, 'message') ?? '')) return new AppError('notSignedIn', 'sessionEnded')
    if (unreachable.has(code) || code.startsWith('08')) return new AppError('databaseUnavailable', 'unreachable')
    // Class 22: a value that the column's type can't hold; class 23: a rule of the table.
    if (code.startsWith('22') || code.startsWith('23')) return new AppError('invalidInput', textField(cause, 'constraint') ?? 'valueRefused')
  }
  if (textField(cause, 'name') === 'KnexTimeoutError') return new AppError('databaseUnavailable', 'busy')
  if (cause instanceof Error && code === undefined) {
    if (brokenOff.test(cause.message)) return new AppError('databaseUnavailable', 'unreachable')
    if (cause.message.endsWith('The server does not support SSL connections')) return new AppError('databaseUnavailable', 'encryptionMissing')
  }
  return new AppError('internal')
}

/** Raised by our own functions: message = camelCase reason, detail = json. */
const ownStates: Record<string, FailureCode> = { OK400: 'invalidInput', OK403: 'forbidden', OK404: 'notFound', OK409: 'conflict' }

const knownStates: Record<string, [FailureCode, string]> = {
  '42501': ['forbidden', 'rightMissing'],
  // Only reads are answered: a server that repeats another one.
  '25006': ['databaseUnavailable', 'standby'],
  '28000': ['notSignedIn', 'sessionEnded'],
  '28P01': ['notSignedIn', 'sessionEnded'],
  '3D000': ['databaseUnavailable', 'noSuchDatabase'],
  '40001': ['conflict', 'tryAgain'],
  '40P01': ['conflict', 'tryAgain'],
  '53100': ['databaseUnavailable', 'diskFull'],
  '53300': ['databaseUnavailable', 'busy'],
  '57014': ['conflict', 'cancelled'],
  '57P01': ['databaseUnavailable', 'unreachable'],
  '57P02': ['databaseUnavailable', 'unreachable'],
  '57P03': ['databaseUnavailable', 'starting'],
  // A migration of this office lies ahead of or behind the application.
  '42883': ['schemaMismatch', 'functionMissing'],
  '42P01': ['schemaMismatch', 'tableMissing'],
}

/** A file somebody named, or the disk below one. */
const fileStates: Record<string, [FailureCode, string]> = {
  ENOENT: ['notFound', 'file'],
  ENOTDIR: ['notFound', 'file'],
  ENAMETOOLONG: ['notFound', 'file'],
  EISDIR: ['invalidInput', 'file'],
  EACCES: ['forbidden', 'file'],
  EPERM: ['forbidden', 'file'],
  EROFS: ['forbidden', 'file'],
  // Windows: another program holds it.
  EBUSY: ['forbidden', 'file'],
  ENOSPC: ['printerUnavailable', 'fileNotWritten'],
  EDQUOT: ['printerUnavailable', 'fileNotWritten'],
  EFBIG: ['printerUnavailable', 'fileNotWritten'],
}

/** Codes of Node's TLS for a server that isn't who it should be. */
const certificateRefused = /^(?:CERT_|ERR_TLS_CERT|(?:DEPTH_ZERO_)?SELF_SIGNED_CERT|UNABLE_TO_(?:GET_ISSUER_CERT|VERIFY_LEAF_SIGNATURE))/

/** PgBouncer tells a wrong login or password by a code for anything that went wrong, so its words decide. */
const refusedByPooler = /^(?:SASL|password) authentication failed|^no such user/

const unreachable = new Set(['ECONNREFUSED', 'ECONNRESET', 'ETIMEDOUT', 'EPIPE', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'])

// knex puts the statement before it.
const brokenOff =
  /(?:^| - )(?:Connection terminated(?: unexpectedly| due to connection timeout)?|timeout expired|Client (?:has encountered a connection error|was closed) and is not queryable)$/

function textField(cause: unknown, field: string): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  const value: unknown = Reflect.get(cause, field)
  return typeof value === 'string' ? value : undefined
}

// knex puts the statement before the message of the server: "select … - notIdentified".
function messageOf(cause: unknown): string | undefined {
  return /([A-Za-z][A-Za-z0-9]*)$/.exec(textField(cause, 'message') ?? '')?.[1]
}

function detailsOf(cause: unknown): Record<string, unknown> | undefined {
  try {
    const details: unknown = JSON.parse(textField(cause, 'detail') ?? '')
    return typeof details === 'object' && details !== null && Object.keys(details).length > 0 ? { ...details } : undefined
  } catch {
    return undefined
  }
}
