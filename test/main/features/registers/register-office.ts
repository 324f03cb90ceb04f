import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { connect } from '../../../../src/main/db/connection'
import { createDatabase, type Database } from '../../../../src/main/db/database'
import { migrate } from '../../../../src/main/db/migrate'
import type { ImportOptions } from '../../../../src/main/features/registers/import-register'
import { importRegister } from '../../../../src/main/features/registers/import-register'
import { readyProviders } from '../../../../src/main/features/providers/ready-profiles'
import { csvSplitter } from '../../../../src/main/features/registers/csv-reader'
import { deskHost } from '../../../support/pooler'
import type { ServerAddress } from '../../../support/postgres'
import type { RegisterImport, RegisterKind } from '../../../../src/shared/contract/registers'

export type Office = Awaited<ReturnType<typeof registerOffice>>

interface Template {
  name: string
  logins: { admin: string; operator: string }
}
let template: Promise<Template> | undefined

/** Migrated once a test file: one administrator, one operator, the ready providers. */
async function prepared({ host, port, user, password }: ServerAddress): Promise<Template> {
  const suffix = randomBytes(5).toString('hex')
  const name = `registers_${suffix}`
  const logins = { admin: `admin${suffix}`, operator: `oper${suffix}` }
  const server = connect({ host, port, database: 'postgres' }, { user, password }, { max: 1 })
  await server.raw(`create database ${name}`)
  const owner = connect({ host, port, database: name }, { user, password }, { max: 1 })
  await migrate(owner, { appVersion: 'test' })
  await owner.raw(`insert into office (code, name) values ('test', 'Тестовый офис')`)
  for (const [role, login] of Object.entries(logins)) {
    await owner.raw(`insert into staff (login, full_name, roles, office_id, must_change_password) values (?, 'Тест', array[?], (select id from office), false)`, [login, role])
    await owner.raw(`create role ${login} login password 'registers'`)
    await owner.raw(`grant okno_staff, okno_${role} to ${login}`)
    await owner.raw('select staff_mark_password(?)', [login])
  }
  for (const card of readyProviders) await createDatabase(owner).call('provider_save', { card })
  await Promise.all([owner.destroy(), server.destroy()])
  return { name, logins }
}

/** An office of its own for a test, and a folder for files. */
export async function registerOffice(address: ServerAddress) {
  template ??= prepared(address)
  const { name, logins } = await template
  const { host, port, user, password } = address
  const database = `${name}_${randomBytes(4).toString('hex')}`
  const server = connect({ host, port, database: 'postgres' }, { user, password }, { max: 1 })
  await server.raw(`create database ${database} template ${name} strategy file_copy`)
  for (const login of Object.values(logins)) await server.raw(`grant connect on database ${database} to ${login}`)
  const owner = connect({ host, port, database }, { user, password })
  // Those who import come as a desk does, through the pooler where there is one.
  const deskAddress = { database, ...deskHost() }
  const admin = connect(deskAddress, { user: logins.admin, password: 'registers' })
  const operator = connect(deskAddress, { user: logins.operator, password: 'registers' })
  const db = createDatabase(admin)
  const folder = mkdtempSync(join(tmpdir(), 'okno-registers-'))

  function write(name: string, content: string | Buffer, encoding: 'utf-8' | 'windows-1251' = 'utf-8'): string {
    const path = join(folder, name)
    writeFileSync(path, typeof content === 'string' && encoding === 'windows-1251' ? iconv.encode(content, 'win1251') : content)
    return path
  }

  return {
    database,
    folder,
    logins,
    owner,
    db,
    operatorDb: createDatabase(operator),
    connectAs: (login: string) => connect(deskAddress, { user: login, password: 'registers' }, { max: 2 }),
    write,
    /** Imports rows given as text; answers the counts and the verdict lines without the header. */
    async take(kind: RegisterKind, content: string | Buffer, options: Partial<ImportOptions> & { encoding?: 'windows-1251'; as?: Database } = {}) {
      const { encoding, as = db, ...rest } = options
      const path = rest.path ?? write(`${kind}.csv`, content, encoding)
      const verdictPath = join(folder, `${kind}-verdict.csv`)
      rmSync(verdictPath, { force: true })
      const result: RegisterImport = await importRegister(as, { kind, path, verdictPath, ...rest })
      const file = readFileSync(verdictPath, 'utf8')
      return { ...result, file, rows: verdictRows(file) }
    },
    async rows(table: string, order = '1'): Promise<Record<string, unknown>[]> {
      return (await owner.raw(`select * from ${table} order by ${order}`)).rows
    },
    async count(table: string): Promise<number> {
      return (await owner.raw(`select count(*)::int as n from ${table}`)).rows[0].n
    },
    /** Everything an import may touch, to compare before and after. */
    async contents(): Promise<unknown> {
      const tables = ['subscriber', 'identity_document', 'subscriber_contact', 'address', 'account', 'meter', 'meter_reading', 'charge', 'payment', 'import_batch', 'register_verdict', 'audit_event']
      const contents: Record<string, unknown> = {}
      for (const table of tables) contents[table] = (await owner.raw(`select coalesce(jsonb_agg(to_jsonb(t) order by to_jsonb(t)), '[]') as rows from ${table} t`)).rows[0].rows
      return contents
    },
    async close() {
      await Promise.all([admin.destroy(), operator.destroy(), owner.destroy()])
      await server.raw(`drop database ${database} with (force)`)
      await server.destroy()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** [line, verdict, reasons] of each row. */
function verdictRows(file: string): [number, string, string][] {
  const reader = csvSplitter(';')
  const rows = [...reader.push(file), ...reader.end()]
  return rows.slice(1).map(({ fields }) => [Number(fields[0]), fields.at(-2) ?? '', fields.at(-1) ?? ''])
}
