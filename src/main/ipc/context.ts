import type { Contract, FeatureName, Handlers } from '@shared/contract'
import type { StaffMember } from '@shared/contract/session'
import type { Database } from '../db/database'

/** Who asks, and the database as that person may use it. Both come from the session in main, never from input. */
export interface Context {
  actor: StaffMember
  db: Database
}

/** Calls of the session itself, and restoring an office, work before anybody has signed in. */
export interface OpenContext {
  actor: StaffMember | null
  db: Database | null
}

export type Service<Feature extends FeatureName> = Handlers<Contract[Feature], Feature extends 'session' | 'backups' | 'connection' ? OpenContext : Context>

/** A feature without a service does not compile. */
export type Services = { [Feature in FeatureName]: Service<Feature> }
