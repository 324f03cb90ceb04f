import type { Knex } from 'knex'

/** What a search or a card begins with, the most asked for first. */
export const searchIndexes = [
  'account_by_number', 'account_pkey', 'account_subscriber', 'subscriber_pkey', 'subscriber_name', 'surname_word_pkey', 'surname_word_k1', 'surname_count_pkey', 'identity_document_by_key',
  'subscriber_contact_by_key', 'place_word_pkey', 'place_word_k1', 'address_street', 'account_address', 'organisation_word_pkey', 'account_by_contract', 'meter_by_serial', 'subscriber_snils', 'subscriber_inn',
]

/**
 * Reads the indexes of the search into memory: without it the first searches after a cold start wait for the disk, hundreds of milliseconds each at a million subscribers.
 * Those that fill more than half of the server's own memory are left to the system's. Needs the extension pg_prewarm and the right to create it.
 * Returns how many were read, 0 when the server has no such extension.
 */
export async function warmUp(owner: Knex): Promise<number> {
  const { rows: found } = await owner.raw<{ rows: unknown[] }>(`select from pg_available_extensions where name = 'pg_prewarm'`)
  if (found.length === 0) return 0
  // A schema of its own, which nobody else may use: functions of an extension are granted to everybody.
  await owner.raw('create schema if not exists okno_warm_up')
  await owner.raw('create extension if not exists pg_prewarm schema okno_warm_up')
  const { rows } = await owner.raw<{ rows: { index: string; mode: string }[] }>(
    `select n.name as index, case when sum(pg_relation_size(c.oid)) over (order by n.place) < pg_size_bytes(current_setting('shared_buffers')) / 2 then 'buffer' else 'read' end as mode
     from unnest(?::text[]) with ordinality n(name, place) join pg_class c on c.oid = to_regclass('public.' || n.name) order by n.place`,
    [searchIndexes],
  )
  // One statement each: a sign-in waits for none of them.
  for (const { index, mode } of rows) await owner.raw('select okno_warm_up.pg_prewarm(?::regclass, ?)', [`public.${index}`, mode])
  return rows.length
}
