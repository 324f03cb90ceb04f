import { inject, type TestContext } from 'vitest'

/** What desks of this run come through; the server itself where there is no pooler. */
export const deskHost = (): { host: string; port: number } => {
  const { host, port } = inject('pooler') ?? inject('postgres')
  return { host, port }
}

/** A notification goes to the connection that listens, and behind a pooler that shares connections nobody has one of their own: windows look by themselves then (docs/admin.md, PgBouncer). */
export function needsNotifications({ skip }: TestContext): void {
  skip(inject('pooler') !== null, 'notifications do not pass a pooler that shares connections')
}
