import type { TestProject } from 'vitest/node'
import { startPostgres, type ServerAddress } from './postgres'

declare module 'vitest' {
  export interface ProvidedContext {
    /** The server of this run; each test file makes databases of its own on it. */
    postgres: ServerAddress
  }
}

/** One PostgreSQL for the whole run of the `main` tests. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { stop, ...address } = await startPostgres()
  project.provide('postgres', address)
  return stop
}
