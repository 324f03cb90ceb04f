import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { AppError } from '@shared/errors'
import { keyOf, rowsOf, type BackupStep, type OfficeHeader, type OfficeRole, type OfficeStream, type OfficeTable, type OfficeTotals } from './office-header'
import { linesOf, tableChunks } from './read-office'
import { damagedBackup } from './tar'

const escape = (...names: string[]): string => names.map((name) => pg.escapeIdentifier(name)).join('.')

/** Fewer rows are put into indexes as they come; for more it is quicker to make the index afterwards. */
const manyRows = 20_000

interface Doing {
  step?: ((step: BackupStep) => void) | undefined
  signal?: AbortSignal | undefined
}

/**
 * Puts an office into a database that has been migrated to its schema and holds nothing yet: all of it in one transaction, or nothing.
 * The login has to be a superuser: rows come as they were, past triggers and foreign keys, with their logins. Returns what was counted on the way in.
 *
 * AppError conflict 'databaseNotEmpty', 'loginTaken' {login}; forbidden 'ownerNeedsSuperuser'; schemaMismatch 'migrationChanged' {version, name};
 * invalidInput 'backupDamaged' {table}.
 */
export async function writeOffice(client: pg.Client, stream: OfficeStream, { step = () => undefined, signal }: Doing = {}): Promise<OfficeTotals> {
  const { header } = stream
  await checkTarget(client, header)
  await client.query('begin')
  try {
    await client.query(`set local session_replication_role = replica`)
    await makeRoles(client, header.roles)
    await fitPartitions(client, header.tables)
    // Before the rows: some of them name a sequence.
    await setSequences(client, header.sequences)
    const existing = await tablesOf(client)
    for (const table of header.tables) {
      const columns = existing.get(keyOf(table))
      if (!columns || table.columns.some((column) => !columns.includes(column))) throw new AppError('invalidInput', 'backupDamaged', { table: table.name })
    }
    await client.query(`truncate ${[...existing.keys()].map((key) => escape(...key.split('.'))).join(', ')} cascade`)
    const indexes = await dropIndexes(client, header.tables)
    const totals = await copyTables(client, stream, step, signal)
    compare(totals, await stream.totals())
    signal?.throwIfAborted()
    step({ phase: 'building', rows: 0, of: indexes.length })
    for (const [done, definition] of indexes.entries()) {
      await client.query(definition)
      step({ phase: 'building', rows: done + 1, of: indexes.length })
      signal?.throwIfAborted()
    }
    await client.query('commit')
    await client.query('analyze')
    return totals
  } catch (cause) {
    await client.query('rollback').catch(() => undefined)
    signal?.throwIfAborted()
    throw cause
  }
}

async function checkTarget(client: pg.Client, header: OfficeHeader): Promise<void> {
  const { rows } = await client.query<{ isSuper: boolean; isEmpty: boolean; taken: string | null }>(
    `select (select rolsuper from pg_roles where rolname = session_user) as "isSuper", not exists (select from staff) and not exists (select from subscriber) as "isEmpty",
      (select min(rolname) from pg_roles where rolname = any($1)) as taken`,
    [header.roles.map(({ login }) => login)],
  )
  const [found] = rows
  if (!found?.isSuper) throw new AppError('forbidden', 'ownerNeedsSuperuser')
  if (!found.isEmpty) throw new AppError('conflict', 'databaseNotEmpty')
  if (found.taken !== null) throw new AppError('conflict', 'loginTaken', { login: found.taken })
  const { rows: applied } = await client.query<{ version: number; name: string; checksum: string }>('select version, name, checksum from public.schema_migration order by version')
  const other = header.migrations.find(({ version, checksum }, index) => applied[index]?.version !== version || applied[index].checksum !== checksum) ?? (applied.length > header.migrations.length ? applied.at(-1) : undefined)
  if (other) throw new AppError('schemaMismatch', 'migrationChanged', { version: other.version, name: other.name })
}

/** Whoever made a login may alter it and take its groups back (PostgreSQL 16), so each is made by whom it was made. */
async function makeRoles(client: pg.Client, roles: OfficeRole[]): Promise<void> {
  const database = (await client.query<{ name: string }>('select current_database() as name')).rows[0]?.name ?? ''
  for (const { login, canLogin, verifier, connections, isOwners, mayConnect, groups } of roles) {
    if (isOwners) await client.query('set local role okno_owner')
    await client.query(`create role ${escape(login)} ${canLogin ? 'login' : 'nologin'} connection limit ${connections}${verifier === null ? '' : ` password '${verifier}'`}`)
    await client.query('reset role')
    for (const group of groups) {
      if (group.byOwner) await client.query('set local role okno_owner')
      await client.query(`grant ${escape(group.name)} to ${escape(login)}`)
      await client.query('reset role')
    }
    if (mayConnect) {
      await client.query('set local role okno_owner')
      await client.query(`grant connect on database ${escape(database)} to ${escape(login)}`)
      await client.query('reset role')
    }
  }
}

/**
 * Which pieces a partitioned table has depends on the days it was used: they become those of the copy. Triggers and storage settings that every piece has of its own
 * are taken from one that the migrations made, never from the file.
 */
async function fitPartitions(client: pg.Client, tables: OfficeTable[]): Promise<void> {
  const { rows } = await client.query<{ schema: string; name: string; of: string; bound: string; settings: string[]; triggers: string[] }>(
    `select n.nspname as schema, c.relname as name, p.relname as of, pg_get_expr(c.relpartbound, c.oid) as bound, coalesce(c.reloptions, '{}') as settings,
       array(select pg_get_triggerdef(t.oid) from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal and t.tgparentid = 0) as triggers
     from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_inherits i on i.inhrelid = c.oid join pg_class p on p.oid = i.inhparent
     where c.relispartition and c.relkind = 'r' and n.nspname !~ '^pg_'`,
  )
  const wanted = new Map(tables.flatMap((table) => (table.partition ? [[keyOf(table), { ...table, partition: table.partition }] as const] : [])))
  for (const piece of rows) {
    if (wanted.get(keyOf(piece))?.partition.bound === piece.bound) wanted.delete(keyOf(piece))
    else await client.query(`drop table ${escape(piece.schema, piece.name)}`)
  }
  await client.query('set local role okno_owner')
  for (const { schema, name, partition } of wanted.values()) {
    const like = rows.filter((piece) => piece.schema === schema && piece.of === partition.of)
    const sample = like.find(({ bound }) => bound !== 'DEFAULT') ?? like[0]
    await client.query(`create table ${escape(schema, name)} partition of ${escape(schema, partition.of)} ${partition.bound}`)
    if (sample?.settings.length) await client.query(`alter table ${escape(schema, name)} set (${sample.settings.join(', ')})`)
    for (const trigger of sample?.triggers ?? []) await client.query(trigger.replace(` ON ${sample?.schema}.${sample?.name} `, ` ON ${escape(schema, name)} `))
  }
  await client.query('reset role')
}

async function tablesOf(client: pg.Client): Promise<Map<string, string[]>> {
  const { rows } = await client.query<{ schema: string; name: string; columns: string[] }>(
    `select n.nspname as schema, c.relname as name, array_agg(a.attname::text) as columns from pg_class c join pg_namespace n on n.oid = c.relnamespace
     join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
     where c.relkind = 'r' and c.relpersistence = 'p' and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relname <> 'schema_migration'
       and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') group by 1, 2`,
  )
  return new Map(rows.map((row) => [keyOf(row), row.columns]))
}

/** Plain indexes of large tables, and the statements that make them again. Those that keep rows unique stay: they are part of the rules. */
async function dropIndexes(client: pg.Client, tables: OfficeTable[]): Promise<string[]> {
  const rowsBy = new Map<string, number>()
  for (const table of tables) {
    const key = keyOf({ schema: table.schema, name: table.partition?.of ?? table.name })
    rowsBy.set(key, (rowsBy.get(key) ?? 0) + table.rows)
  }
  const large = [...rowsBy].flatMap(([key, rows]) => (rows >= manyRows ? [key] : []))
  const { rows } = await client.query<{ schema: string; name: string; definition: string }>(
    `select n.nspname as schema, i.relname as name, pg_get_indexdef(i.oid) as definition
     from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid join pg_namespace n on n.oid = t.relnamespace
     where n.nspname || '.' || t.relname = any($1) and not x.indisunique and not i.relispartition order by t.relname, i.relname`,
    [large],
  )
  for (const { schema, name } of rows) await client.query(`drop index ${escape(schema, name)}`)
  // A partitioned index is told without its pieces; made plainly it makes them.
  return rows.map(({ definition }) => definition.replace(' ON ONLY ', ' ON '))
}

async function copyTables(client: pg.Client, stream: OfficeStream, step: (step: BackupStep) => void, signal: AbortSignal | undefined): Promise<OfficeTotals> {
  const totals: OfficeTotals = { tables: {} }
  const of = rowsOf(stream.header)
  let done = 0
  for await (const { table, chunks } of stream.tables()) {
    const hash = createHash('sha256')
    let rows = 0
    async function* counted(): AsyncGenerator<Uint8Array> {
      for await (const chunk of chunks) {
        hash.update(chunk)
        const more = linesOf(chunk)
        rows += more
        done += more
        step({ phase: 'copying', rows: done, of })
        yield chunk
      }
    }
    const target = client.query(copyFrom(`copy ${escape(table.schema, table.name)} (${table.columns.map((column) => escape(column)).join(', ')}) from stdin`))
    await pipeline(Readable.from(counted(), { objectMode: false }), target, signal ? { signal } : {})
    totals.tables[keyOf(table)] = { rows, sha256: hash.digest('hex') }
  }
  return totals
}

async function setSequences(client: pg.Client, sequences: OfficeHeader['sequences']): Promise<void> {
  for (const { schema, name, last, isCalled, increment, min, max, start, cycle } of sequences) {
    const sequence = escape(schema, name)
    const { rows } = await client.query<{ exists: boolean }>('select to_regclass($1) is not null as exists', [sequence])
    if (!rows[0]?.exists) {
      await client.query('set local role okno_owner')
      await client.query(`create sequence ${sequence} increment ${increment} minvalue ${min} maxvalue ${max} start ${start} ${cycle ? '' : 'no '}cycle`)
      await client.query('reset role')
    }
    await client.query('select setval($1::regclass, $2, $3)', [sequence, last, isCalled])
  }
}

/** AppError invalidInput 'backupDamaged' {table} for the first table that is not what it was. */
function compare(found: OfficeTotals, expected: OfficeTotals): void {
  for (const [key, { rows, sha256 }] of Object.entries(expected.tables)) {
    const has = found.tables[key]
    if (has?.rows !== rows || has.sha256 !== sha256) throw new AppError('invalidInput', 'backupDamaged', { table: key })
  }
  if (Object.keys(found.tables).length !== Object.keys(expected.tables).length) throw damagedBackup()
}

/** Reads every table back from the database it was put into: same number of rows, same text to the byte. AppError invalidInput 'backupDamaged' {table}. */
export async function checkOffice(client: pg.Client, header: OfficeHeader, expected: OfficeTotals, { step = () => undefined, signal }: Doing = {}): Promise<void> {
  const totals: OfficeTotals = { tables: {} }
  const of = rowsOf(header)
  let done = 0
  for (const table of header.tables) {
    const chunks = tableChunks(client, table, totals, (rows) => step({ phase: 'checking', rows: (done += rows), of }))
    while (!(await chunks.next()).done) signal?.throwIfAborted()
  }
  compare(totals, expected)
}
