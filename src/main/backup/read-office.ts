import { createHash, randomUUID } from 'node:crypto'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { clientConfig, type DatabaseAddress, type Login } from '../db/connection'
import { keyOf, officeHeader, rowsOf, verifierPattern, type BackupStep, type OfficeHeader, type OfficeStream, type OfficeTable, type OfficeTotals } from './office-header'

const escape = (...names: string[]): string => names.map((name) => pg.escapeIdentifier(name)).join('.')

/** A connection of its own for hours if need be; the limits that staff have are not for it. */
export async function withOfficeClient<T>(address: DatabaseAddress, login: Login, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...clientConfig(address, login), application_name: 'okno backup' })
  // A server that goes away says so on the connection, too; without a listener that would end the process.
  client.on('error', () => undefined)
  await client.connect()
  try {
    await client.query(`set statement_timeout = 0; set idle_in_transaction_session_timeout = 0; set timezone = 'UTC'; set datestyle = 'ISO, YMD'; set intervalstyle = 'postgres';
      set extra_float_digits = 1; set bytea_output = 'hex'; set client_min_messages = 'error'; set synchronize_seqscans = off`)
    return await work(client)
  } finally {
    await client.end().catch(() => undefined)
  }
}

/**
 * Reads a whole office as one moment saw it while others go on working: tables, sequences and logins, not the schema, which every build can make itself.
 * `login` has to be able to read everything, the passwords' verifiers included: the owner of an embedded database, a superuser elsewhere.
 */
export async function readOffice<T>(
  address: DatabaseAddress,
  login: Login,
  { appVersion, trainingStaff = null, step = () => undefined }: { appVersion: string; trainingStaff?: string | null; step?: ((step: BackupStep) => void) | undefined },
  work: (stream: OfficeStream) => Promise<T>,
): Promise<T> {
  return withOfficeClient(address, login, async (client) => {
    await client.query('begin isolation level repeatable read read only')
    const header = await headerOf(client, appVersion, trainingStaff, step)
    const totals: OfficeTotals = { tables: {} }
    const of = rowsOf(header)
    let rows = 0
    async function* tables() {
      for (const table of header.tables) {
        yield { table, chunks: tableChunks(client, table, totals, (more) => step({ phase: 'copying', rows: (rows += more), of })) }
      }
    }
    return work({ header, tables, totals: () => Promise.resolve(totals) })
  })
}

/** The COPY text of a table; its rows and checksum are added to `totals` when it has been read. */
export async function* tableChunks(client: pg.Client, table: OfficeTable, totals: OfficeTotals, counted: (rows: number) => void): AsyncGenerator<Uint8Array> {
  const hash = createHash('sha256')
  let rows = 0
  const stream = client.query(copyTo(`copy ${escape(table.schema, table.name)} (${table.columns.map((column) => escape(column)).join(', ')}) to stdout`))
  // Where nobody reads on, the end of the connection is an error of the stream that nobody waits for.
  stream.on('error', () => undefined)
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    hash.update(chunk)
    const more = linesOf(chunk)
    rows += more
    counted(more)
    yield chunk
  }
  totals.tables[keyOf(table)] = { rows, sha256: hash.digest('hex') }
}

/** A row of COPY text is a line: what is inside a value is written as \n. */
export function linesOf(chunk: Uint8Array): number {
  let lines = 0
  for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) lines++
  return lines
}

async function headerOf(client: pg.Client, appVersion: string, trainingStaff: string | null, step: (step: BackupStep) => void): Promise<OfficeHeader> {
  step({ phase: 'counting', rows: 0, of: 0 })
  const one = async <T>(sql: string): Promise<T> => ((await client.query<{ v: T }>(sql)).rows[0] as { v: T }).v
  const found = await one<Omit<OfficeTable, 'rows'>[]>(tablesSql)
  // Held until the end: a table can't be taken away while it is being read (pg_dump does the same).
  await client.query(`lock table ${found.map(({ schema, name }) => escape(schema, name)).join(', ')} in access share mode`)
  const tables: OfficeTable[] = []
  for (const table of found) tables.push({ ...table, rows: await one<number>(`select count(*)::int as v from ${escape(table.schema, table.name)}`) })
  const sequences = await one<{ schema: string; name: string }[]>(sequencesSql)
  const states: object[] = []
  for (const sequence of sequences) states.push({ ...sequence, ...(await one<object>(`select jsonb_build_object('last', last_value::text, 'isCalled', is_called) as v from ${escape(sequence.schema, sequence.name)}`)) })
  const counts = new Map(tables.map((table) => [keyOf(table), table.rows]))
  const count = (name: string) => counts.get(`public.${name}`) ?? 0
  const header: OfficeHeader = {
    format: 1,
    id: randomUUID(),
    origin: await one('select origin as v from backup_state'),
    madeAt: await one(`select to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as v`),
    appVersion,
    postgres: await one(`select current_setting('server_version') as v`),
    migrations: await one(`select jsonb_agg(jsonb_build_object('version', version, 'name', name, 'checksum', checksum) order by version) as v from public.schema_migration`),
    office: await one(`select coalesce((select jsonb_build_object('name', name, 'isTraining', is_training, 'timeZone', time_zone) from office order by id limit 1),
      '{"name": "", "isTraining": false, "timeZone": "Europe/Moscow"}') as v`),
    trainingStaff,
    holds: {
      subscribers: count('subscriber'),
      accounts: count('account'),
      meters: count('meter'),
      readings: tables.filter(({ partition }) => partition?.of === 'meter_reading').reduce((sum, { rows }) => sum + rows, 0),
      payments: count('payment'),
      documents: count('payment_document'),
      staff: count('staff'),
      operations: count('operation'),
      lastOperationAt: await one(`select to_char(max(at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') as v from operation`),
    },
    transaction: await one('select pg_snapshot_xmax(pg_current_snapshot())::text as v'),
    tables,
    sequences: states as OfficeHeader['sequences'],
    roles: await one(rolesSql),
  }
  return officeHeader.parse(header)
}

// Ours and durable: what an extension brings comes back with it, what is unlogged is only kept for a while.
const ours = `not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
  and n.nspname !~ '^pg_' and n.nspname <> 'information_schema' and c.relpersistence = 'p'`

const tablesSql = `
  select coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname,
    'columns', (select jsonb_agg(a.attname order by a.attnum) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''),
    'partition', (select jsonb_build_object('of', p.relname, 'bound', pg_get_expr(c.relpartbound, c.oid)) from pg_inherits i join pg_class p on p.oid = i.inhparent where i.inhrelid = c.oid and c.relispartition))
    order by n.nspname, c.relname), '[]') as v
  from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where c.relkind = 'r' and ${ours} and c.relname <> 'schema_migration'`

const sequencesSql = `
  select coalesce(jsonb_agg(jsonb_build_object('schema', n.nspname, 'name', c.relname, 'increment', s.seqincrement::text, 'min', s.seqmin::text, 'max', s.seqmax::text,
    'start', s.seqstart::text, 'cycle', s.seqcycle) order by n.nspname, c.relname), '[]') as v
  from pg_class c join pg_namespace n on n.oid = c.relnamespace join pg_sequence s on s.seqrelid = c.oid where ${ours}`

/**
 * Passwords of a session are left out: whoever has a second factor comes in through the door, which keeps the password that is typed (0037-staff-and-offices.sql). The door of somebody
 * who is blocked may not sign in and belongs to the office all the same.
 */
const rolesSql = `
  select coalesce(jsonb_agg(jsonb_build_object('login', r.rolname, 'canLogin', r.rolcanlogin, 'verifier', case when not has_door(r.rolname) and r.rolpassword ~ '${verifierPattern}' then r.rolpassword end, 'connections', r.rolconnlimit,
    'isOwners', exists (select from pg_auth_members m join pg_roles o on o.oid = m.member where m.roleid = r.oid and o.rolname = 'okno_owner' and m.admin_option)
      or current_setting('server_version_num')::int < 160000 and exists (select from staff s where r.rolname in (s.login, door_of(s.login))),
    'mayConnect', exists (select from pg_database d, aclexplode(d.datacl) x where d.datname = current_database() and x.grantee = r.oid and x.privilege_type = 'CONNECT'),
    'groups', coalesce(g.groups, '[]')) order by r.rolname), '[]') as v
  from pg_authid r
  left join lateral (
    select jsonb_agg(distinct jsonb_build_object('name', g.rolname, 'byOwner', m.grantor = 'okno_owner'::regrole)) as groups
    from pg_auth_members m join pg_roles g on g.oid = m.roleid where m.member = r.oid and g.rolname ~ '^okno_' and not g.rolcanlogin) g on true
  where not r.rolsuper and r.rolname !~ '^pg_' and (g.groups is not null or exists (select from staff s where s.login = r.rolname))
    and not (r.rolname ~ '^okno_' and not r.rolcanlogin and not exists (select from staff s where door_of(s.login) = r.rolname))`
