import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { Client } from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { addDays, addMonths } from '@shared/domain/dates'
import { normaliseDocument } from '@shared/domain/identity-document'
import { readyProviders } from '../../../src/main/features/providers/ready-profiles'
import type { BenchData } from './rows'
import { fillCabinets } from './cabinets'
import { fillYear } from './year'

type Value = string | number | null
interface Table {
  name: string
  columns: string
  /** Rules and triggers of the table are left out: they would look at each of millions of rows, and the generator keeps the rules. */
  bare?: true
  rows(data: BenchData, providers: ReadonlyMap<string, number>): Iterable<readonly Value[]>
}

const digitsOnly = new Map<string, boolean>(readyProviders.map(({ code, profile }) => [code, profile.accountNumber.digitsOnly]))
const orNull = (text: string) => text || null

function* range(count: number): Generator<number> {
  for (let index = 0; index < count; index++) yield index
}

const tables: Table[] = [
  {
    name: 'subscriber',
    columns: 'id, external_id, kind, last_name, first_name, middle_name, birth_date, org_name, inn, kpp, ogrn, snils',
    *rows({ options, person }) {
      for (const index of range(options.subscribers)) {
        const { externalId, kind, lastName, firstName, middleName, birthDate, organisation, inn, kpp, ogrn, snils } = person(index)
        yield [index + 1, externalId, kind, orNull(lastName), orNull(firstName), orNull(middleName), birthDate, orNull(organisation), orNull(inn), orNull(kpp), orNull(ogrn), orNull(snils)]
      }
    },
  },
  {
    name: 'identity_document',
    columns: 'subscriber_id, type, series, number, key',
    bare: true,
    *rows({ options, person }) {
      for (const index of range(options.subscribers)) {
        const { document } = person(index)
        if (document) yield [index + 1, document.type, orNull(document.series), document.number, normaliseDocument(document.type, document.series, document.number)]
      }
    },
  },
  {
    name: 'subscriber_contact',
    columns: 'subscriber_id, kind, value, key, state, is_current',
    bare: true,
    *rows({ options, person }) {
      for (const index of range(options.subscribers)) {
        const { phone, email } = person(index)
        if (phone) yield [index + 1, 'phone', `+7${phone}`, phone, 'unconfirmed', 't']
        if (email) yield [index + 1, 'email', email, email, 'unconfirmed', 't']
      }
    },
  },
  {
    name: 'address',
    columns: 'id, region, locality, street, house, building, flat',
    *rows({ options, place }) {
      for (const index of range(options.subscribers)) {
        const { locality, street, house, building, flat } = place(index)
        yield [index + 1, 'Энская обл.', locality, street, house, building, flat]
      }
    },
  },
  {
    name: 'account',
    columns: 'id, provider_id, number, number_key, contract, contract_key, subscriber_id, address_id, area_m2, rooms, residents, els, status, opened_on',
    bare: true,
    *rows({ options, account, keys }, providers) {
      for (const index of range(options.accounts)) {
        const { subscriber, provider, number, contract, els, closed } = account(index)
        yield [
          index + 1, providers.get(provider) ?? null, number, keys.account(number, { digitsOnly: digitsOnly.get(provider) ?? true }), orNull(contract), contract ? keys.contract(contract) : null,
          subscriber + 1, subscriber + 1, 30 + (index % 60), 1 + (index % 4), 1 + (index % 5), orNull(els), closed ? 'closed' : 'active', '2012-01-01',
        ]
      }
    },
  },
  {
    name: 'meter',
    columns: 'id, account_id, serial, service, digits, decimals, zones, installed_on, verified_until, initial',
    bare: true,
    *rows({ options, meter }) {
      for (const index of range(options.meters)) {
        const { account, serial, service, decimals, zones, initial } = meter(index)
        yield [index + 1, account + 1, serial, service, 6, decimals, zones, '2019-03-01', addDays(options.asOf, 30 + (index % 1500)), `{${Array.from({ length: zones }, () => initial).join(',')}}`]
      }
    },
  },
  {
    name: 'charge',
    columns: 'account_id, period, service, unit, volume, tariff, accrued, opening, paid, closing',
    bare: true,
    *rows({ options, chargesOf }) {
      for (const index of range(options.accounts)) {
        for (const { period, service, accrued, paid, opening } of chargesOf(index)) yield [index + 1, period, service, 'м³', '3.5', '41.27', accrued, opening, paid, opening + accrued - paid]
      }
    },
  },
  {
    name: 'payment',
    columns: 'provider_id, payment_id, account_id, paid_on, amount, channel',
    bare: true,
    *rows({ options, account, paymentsOf }, providers) {
      for (const index of range(options.accounts)) {
        const provider = providers.get(account(index).provider) ?? null
        for (const [n, { paidOn, amount }] of paymentsOf(index).entries()) yield [provider, `${index}-${n}`, index + 1, paidOn, amount, 'bank']
      }
    },
  },
]

/**
 * Fills the empty tables of a migrated office through COPY, in one transaction that empties them first (new files need no write-ahead log), then brings
 * statistics and the visibility map up to date. Subscribers and addresses go past their triggers, so whatever dictionary search keeps by them is complete.
 * `tell` hears the table that was loaded and the seconds it took. A superuser's connection.
 */
export async function loadData(client: Client, data: BenchData, tell: (what: string, seconds: number) => void): Promise<void> {
  const { rows: found } = await client.query<{ id: number; code: string }>('select id, code from provider')
  const providers = new Map(found.map(({ id, code }) => [code, id]))
  const timed = async (what: string, work: () => Promise<unknown>) => {
    const startedAt = performance.now()
    await work()
    tell(what, (performance.now() - startedAt) / 1000)
  }

  await client.query('begin')
  await client.query(`set local maintenance_work_mem = '1GB'`)
  await client.query(`select set_config('okno.operation', 'bench', true)`)
  await client.query(`truncate ${[...tables.map(({ name }) => name), 'meter_reading'].join(', ')} restart identity cascade`)
  for (const { name, columns, bare, rows } of tables) {
    await timed(name, async () => {
      await client.query(`set local session_replication_role = ${bare ? 'replica' : 'origin'}`)
      const copy = client.query(copyFrom(`copy ${name} (${columns}) from stdin`))
      await pipeline(Readable.from(copyText(rows(data, providers)), { objectMode: true, highWaterMark: 4 }), copy)
      const { rows: sequences } = await client.query<{ name: string | null }>(`select pg_get_serial_sequence($1, attname) as name from pg_attribute where attrelid = $1::regclass and attname = 'id'`, [name])
      const sequence = sequences[0]?.name
      if (sequence && columns.startsWith('id,')) await client.query(`select setval('${sequence}', (select coalesce(max(id), 1) from ${name}))`)
    })
  }
  await timed('meter_reading', () => fillReadings(client, data))
  await timed('a year of visits and operations', () => fillYear(client, data))
  await timed('cabinets, contacts, messages', () => fillCabinets(client, data))
  await timed('commit', () => client.query('commit'))
  await timed('vacuum and analyze', () => client.query('vacuum (analyze)'))
  // The rows went past the triggers that count them.
  await timed('kept for the reports', async () => {
    await client.query('select reading_cells_rebuild()')
    await client.query('select report_fold()')
    await client.query('vacuum (analyze) reading_cell, operation_day, look, report_debt, report_debt_street, report_due, report_house, report_portal_month')
  })
  await client.query('checkpoint')
}

/**
 * The rows of `readingsOf`, a month after the other into its partition: twelve million of them are too many to be written down one by one. What SQL can't know of a meter,
 * what a month adds, is copied before; the first and the last meter are compared with `readingsOf`.
 */
async function fillReadings(client: Client, data: BenchData): Promise<void> {
  const { meters, readings, asOf } = data.options
  await client.query('set local session_replication_role = replica')
  await client.query('create temporary table bench_monthly (meter_id bigint, monthly bigint) on commit drop')
  function* monthly(): Generator<readonly Value[]> {
    for (const index of range(meters)) yield [index + 1, data.meter(index).monthly]
  }
  await pipeline(Readable.from(copyText(monthly()), { objectMode: true, highWaterMark: 4 }), client.query(copyFrom('copy bench_monthly from stdin')))
  await client.query(
    `create temporary table bench_reader on commit drop as select row_number() over (order by id) - 1 as n, id, office_id from staff where 'operator' = any (roles)`,
  )
  const months = Math.ceil(readings / meters)
  await client.query('select reading_partitions_make($1::date, $2::date)', [addMonths(asOf, -months), asOf])
  for (let back = months; back >= 1; back--) {
    // Of a meter with n readings the oldest is n months back; share() of rows.ts says how many each has.
    await client.query(
      `insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, channel, status, entered_at, staff_id, office_id, warnings, reasons)
       select m.id, m.account_id, $1::date + 19 + ((m.id - 1) % 6)::int, $1::date, m.initial[1] + greatest(1, b.monthly / 1000) * 1000 * (c.n - $2::int + 1),
         case when m.zones > 1 then m.initial[2] + greatest(1, b.monthly / 2000) * 1000 * (c.n - $2::int + 1) end, case when (m.id - 1) % 3 = 0 then 'portal' else 'desk' end, 'accepted',
         ($1::date + 19 + ((m.id - 1) % 6)::int)::timestamp at time zone 'UTC' + interval '9 hours', case when (m.id - 1) % 3 <> 0 then w.id end, case when (m.id - 1) % 3 <> 0 then w.office_id end,
         case when m.id % 100 = 0 then array['aboveUsual'] else '{}' end, case when m.id % 100 = 0 and (m.id - 1) % 3 <> 0 then array['confirmedByVisitor'] else '{}' end
       from meter m join bench_monthly b on b.meter_id = m.id join bench_reader w on w.n = m.id % (select count(*) from bench_reader) cross join lateral (select m.id * $3::bigint / $4::bigint - (m.id - 1) * $3::bigint / $4::bigint as n) c
       where c.n >= $2::int order by m.id`,
      [addMonths(asOf, -back), back, readings, meters],
    )
  }
  for (const index of [0, meters - 1]) {
    const { rows } = await client.query<{ takenOn: string; values: string[] }>(`select taken_on::text as "takenOn", array_remove(array[t1, t2], null) as values from meter_reading where meter_id = $1 order by taken_on`, [index + 1])
    const expected = JSON.stringify(data.readingsOf(index))
    const found = JSON.stringify(rows.map(({ takenOn, values }) => ({ takenOn, values: values.map(Number) })))
    if (found !== expected) throw new Error(`the readings of meter ${index + 1} are ${found}, not ${expected}`)
  }
}

function* copyText(rows: Iterable<readonly Value[]>): Generator<string> {
  let text = ''
  for (const row of rows) {
    // The generator makes no tab, line end or backslash.
    text += `${row.map((value) => value ?? '\\N').join('\t')}\n`
    if (text.length < 200_000) continue
    yield text
    text = ''
  }
  if (text) yield text
}
