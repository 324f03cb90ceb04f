/** How a call can end badly. A closed list: each code has words in the renderer, and a test checks that. */
export const failureCodes = [
  'notSignedIn',
  'forbidden',
  'invalidInput',
  'notFound',
  'conflict',
  'databaseUnavailable',
  'schemaMismatch',
  'printerUnavailable',
  'internal',
] as const

export type FailureCode = (typeof failureCodes)[number]

/** What crosses the process boundary instead of an exception. `reason` is a camelCase fact; `details` never hold personal data or secrets. */
export type Failure = { code: FailureCode; reason?: string | undefined; details?: FailureDetails | undefined }
export type FailureDetails = Record<string, unknown>

export type Result<T> = { ok: true; value: T } | { ok: false; failure: Failure }

/** A normal, expected way for a call to end: shown to people in words, logged at info. */
export class AppError extends Error {
  constructor(
    readonly code: FailureCode,
    readonly reason?: string,
    readonly details?: FailureDetails,
  ) {
    super(reason ? `${code}: ${reason}` : code)
    this.name = 'AppError'
  }
}
