/**
 * Ids for calls that change data. A repeat of the same thing (a second press, a retry after a lost answer) carries the same id and gets the
 * first result; anything typed differently is another operation and gets a new one.
 */
export function operationIds() {
  let id = ''
  let subject = ''
  return {
    /** The id for doing exactly this. */
    of(input: unknown): string {
      const now = JSON.stringify(input)
      if (!id || now !== subject) {
        id = newOperationId()
        subject = now
      }
      return id
    },
    /** It is done: the same thing again would be a new operation. */
    done() {
      id = ''
    },
  }
}

export function newOperationId(): string {
  return crypto.randomUUID()
}
