import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Knex } from 'knex'
import type { DocumentFilter } from '@shared/contract/document-batches'

export const provider = 'enser'
export const period = '2026-10'

/** Every bill of the period but those somebody has got already, unless told otherwise. */
export const filter = (more: Partial<DocumentFilter> = {}) => ({ provider, period, street: 'ул. Пакетная', ...more })

/**
 * A house of ул. Пакетная in Энск where each flat has an account with charges of the period; accounts are 'П<house>-<flat>'. The flats come in no order.
 * Flats in `email` have chosen bills by e-mail long ago and have a confirmed address; `debt` is what each of them owes from before, in kopecks.
 */
export async function house(owner: Knex, number: string, flats: string[], { email = [], debt = 0 }: { email?: string[]; debt?: number } = {}): Promise<void> {
  await owner.transaction(async (trx) => {
    await trx.raw(`select set_config('okno.operation', gen_random_uuid()::text, true)`)
    await trx.raw(
      `with flats as (select flat, ? || '-' || flat as key from unnest(?::text[]) flat),
       people as (insert into subscriber (external_id, kind, last_name, first_name, middle_name) select 'P' || key, 'person', 'Пакетов', 'Иван', 'Петрович' from flats returning id, external_id),
       places as (insert into address (region, locality, street, house, building, flat) select 'Энская обл.', 'г. Энск', 'ул. Пакетная', split_part(?, ' корп. ', 1), split_part(?, ' корп. ', 2), flat from flats returning id, flat),
       accounts as (insert into account (provider_id, number, number_key, subscriber_id, address_id, flat_as_printed, opened_on, bill_delivery)
         select (select id from provider where code = ?), 'П' || f.key, 'П' || f.key, p.id, l.id, 'кв. ' || f.flat, '2020-01-01', case when f.flat = any(?::text[]) then 'email' else 'paper' end
         from flats f join people p on p.external_id = 'P' || f.key join places l on l.flat = f.flat returning id, subscriber_id, bill_delivery)
       , letters as (insert into subscriber_contact (subscriber_id, kind, value, key, state, is_current, confirmed_at)
         select subscriber_id, 'email', 'p' || id || '@example.org', 'p' || id || '@example.org', 'confirmed', true, now() from accounts where bill_delivery = 'email')
       insert into charge (account_id, period, service, unit, volume, tariff, accrued, opening, paid, closing)
         select id, ?::date, 'electricity', 'кВт·ч', 100, 5.5, 55000, ?, 0, 55000 + ? from accounts`,
      [number, flats, number, number, provider, email, `${period}-01`, debt, debt],
    )
  })
}

/** Flats 1 to `count` of a house. */
export const flats = (count: number): string[] => Array.from({ length: count }, (_, index) => String(count - index))

/** What stands on the pages of a PDF, in order: the account of a bill or the title of a separator, and the number of its sheet. */
export function pagesOf(pdf: Uint8Array): { account: string | null; sheet: number | null; text: string }[] {
  const folder = mkdtempSync(join(tmpdir(), 'okno-pages-'))
  try {
    writeFileSync(join(folder, 'a.pdf'), pdf)
    const text = execFileSync('pdftotext', ['-layout', join(folder, 'a.pdf'), '-'], { encoding: 'utf8', maxBuffer: 512 * 1024 * 1024 })
    return text.split('\f').slice(0, -1).map((page) => ({ account: /П\d[^\s-]*-\d+[А-Я]?(?![\d-])/.exec(page)?.[0] ?? null, sheet: Number(/лист\s+(\d+)/.exec(page)?.[1] ?? 0) || null, text: page }))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
