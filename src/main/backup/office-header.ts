import { z } from 'zod'

const name = z.string().min(1).max(63)
const bound = /^(DEFAULT|FOR VALUES FROM \((MINVALUE|'[^'\\]*'|-?\d+)\) TO \((MAXVALUE|'[^'\\]*'|-?\d+)\))$/
const whole = z.string().regex(/^-?\d{1,19}$/)

export const officeTable = z.object({
  schema: name,
  name,
  columns: z.array(name).min(1),
  rows: z.int().min(0),
  /** A piece of a partitioned table of the same schema. The bound becomes part of a statement, so only plain ranges pass. */
  partition: z.object({ of: name, bound: z.string().regex(bound) }).nullable(),
})
export type OfficeTable = z.infer<typeof officeTable>

const officeSequence = z.object({
  schema: name,
  name,
  last: whole,
  isCalled: z.boolean(),
  increment: whole,
  min: whole,
  max: whole,
  start: whole,
  cycle: z.boolean(),
})

/** As PostgreSQL makes them of a typed password (RFC 5803): nothing else goes into a statement of a restore. */
export const verifierPattern = String.raw`^SCRAM-SHA-256\$\d{4,7}:[A-Za-z0-9+/=]{20,44}\$[A-Za-z0-9+/=]{44}:[A-Za-z0-9+/=]{44}$`

/** A login of the office with what it may: staff, portals, senders. Never a superuser, and only groups of Okno. */
const officeRole = z.object({
  login: z.string().regex(/^[a-z][a-z0-9_.-]{0,62}$/),
  canLogin: z.boolean(),
  verifier: z.string().regex(new RegExp(verifierPattern)).nullable(),
  connections: z.int().min(-1),
  /** Made by okno_owner, who may therefore alter it. */
  isOwners: z.boolean(),
  mayConnect: z.boolean(),
  /** Not the owner's: a file must not make anybody the owner of the database. */
  groups: z.array(z.object({ name: z.string().regex(/^okno_(?!owner$)[a-z]+$/), byOwner: z.boolean() })),
})
export type OfficeRole = z.infer<typeof officeRole>

/** What a backup says of itself before its rows come. */
export const officeHeader = z.object({
  format: z.literal(1),
  /** Of this copy. */
  id: z.uuid(),
  /** Of the office: the same in all its copies. */
  origin: z.uuid(),
  madeAt: z.iso.datetime(),
  appVersion: z.string().max(40),
  postgres: z.string().max(40),
  migrations: z.array(z.object({ version: z.int(), name: z.string(), checksum: z.string() })).min(1),
  office: z.object({ name: z.string(), isTraining: z.boolean(), timeZone: z.string() }),
  /** Logins that the sign-in screen of a training office shows; null in a real one. */
  trainingStaff: z.string().max(50_000).nullable(),
  holds: z.object({
    subscribers: z.int(), accounts: z.int(), meters: z.int(), readings: z.int(), payments: z.int(), documents: z.int(), staff: z.int(), operations: z.int(),
    lastOperationAt: z.string().nullable(),
  }),
  /** Number of transactions the cluster had seen: what is numbered by them goes on above it. */
  transaction: z.string().regex(/^\d{1,19}$/),
  tables: z.array(officeTable).min(1),
  sequences: z.array(officeSequence),
  roles: z.array(officeRole),
})
export type OfficeHeader = z.infer<typeof officeHeader>

/** What its rows were, told after them: SHA-256 of each table's COPY text. */
export const officeTotals = z.object({ tables: z.record(z.string(), z.object({ rows: z.int(), sha256: z.string().length(64) })) })
export type OfficeTotals = z.infer<typeof officeTotals>

/** An office on its way: into a file, out of one, or straight into another server. Tables come in the header's order; each has to be read to its end. */
export interface OfficeStream {
  header: OfficeHeader
  tables(): AsyncIterable<{ table: OfficeTable; chunks: AsyncIterable<Uint8Array> }>
  /** After the last table. */
  totals(): Promise<OfficeTotals>
}

export const keyOf = ({ schema, name }: { schema: string; name: string }): string => `${schema}.${name}`
export const schemaOf = ({ migrations }: OfficeHeader): number => migrations.at(-1)?.version ?? 0
export const rowsOf = ({ tables }: OfficeHeader): number => tables.reduce((sum, { rows }) => sum + rows, 0)

export type BackupPhase = 'counting' | 'copying' | 'building' | 'checking' | 'replacing'
export interface BackupStep {
  phase: BackupPhase
  /** Rows done and to do; 0 of 0 where a phase has none. */
  rows: number
  of: number
}
