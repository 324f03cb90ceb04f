import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import type { RegisterKind } from '../../../../src/shared/contract/registers'
import { createDatabase } from '../../../../src/main/db/database'
import { csvRows, inspectCsv } from '../../../../src/main/features/registers/csv-reader'
import { importRegister } from '../../../../src/main/features/registers/import-register'
import { knownNames } from '../../../../src/main/features/registers/register-columns'
import { trainingOffice, writeRegisters } from '../../../../src/main/training'
import { type Office, registerOffice } from './register-office'

// `OKNO_LOAD=100000 npx vitest run --project main import-load` measures the office of the performance paper.
const accounts = Number(process.env['OKNO_LOAD'] ?? 1000)

let office: Office
let peak = 0
beforeAll(async () => {
  office = await registerOffice(inject('postgres'))
})
afterAll(() => office.close())

const surnames = ['Иванов', 'Петрова', 'Сидоренко', 'Щукин', 'Ёлкина', 'Абдуллаев', 'Мамин-Сибиряк', 'Ким']
const number = (i: number) => String(100000 + i).padStart(8, '0')

/** Row `i` of a register; `registers` says how many there are of each. */
const registers: [RegisterKind, number, string, (i: number) => string][] = [
  ['subscribers', accounts, 'subscriber_id;kind;last_name;first_name;middle_name;birth_date;doc_type;doc_series;doc_number;doc_issued_by;doc_issued_on;phone;email',
    (i) => `S${i};person;${surnames[i % 8]}${i % 997};Анна;Петровна;01.02.1980;21;4510;${String(i).padStart(6, '0')};ОВД г. Миасса;01.02.2010;+7912${String(i).padStart(7, '0')};user${i}@example.org`],
  ['accounts', accounts, 'provider;account;contract;subscriber_id;locality;street;house;flat;area_m2;residents;status;opened_on',
    (i) => `smorodina;${number(i)};Д-${i};S${i};г. Миасс;ул. Улица ${i % 400};${i % 120};${i % 97};54,3;2;active;01.01.2020`],
  ['meters', accounts * 2, 'provider;account;serial;service;digits;decimals;zones;installed_on;verified_until;initial_t1',
    (i) => `smorodina;${number(i >> 1)};${String(i).padStart(9, '0')};${i % 2 ? 'хвс' : 'гвс'};5;3;1;01.01.2024;01.01.2030;0`],
  ['readings', accounts * 2, 'provider;account;serial;taken_on;t1;channel',
    (i) => `smorodina;${number(i >> 1)};${String(i).padStart(9, '0')};20.10.2026;${5 + (i % 90)},533;portal`],
  ['charges', accounts * 3, 'provider;account;period;service;unit;volume;tariff;accrued;opening;paid;closing',
    (i) => `smorodina;${number(Math.floor(i / 3))};10.2026;${['хвс', 'гвс', 'waste'][i % 3]};м3;5,533;48,37;267,63;100;100;267,63`],
  ['payments', accounts, 'provider;account;payment_id;paid_on;amount;channel', (i) => `smorodina;${number(i)};P${i};10.10.2026;300,00;касса`],
]

async function write(kind: string, rows: number, header: string, row: (i: number) => string): Promise<string> {
  const path = join(office.folder, `${kind}.csv`)
  const file = createWriteStream(path)
  file.write(`${header}\r\n`)
  for (let i = 0; i < rows; i += 1) if (!file.write(`${row(i)}\r\n`)) await once(file, 'drain')
  file.end()
  await once(file, 'close')
  return path
}

test('an office of many accounts comes in whole, and again it changes nothing', async () => {
  const figures = []
  for (const round of ['first', 'again'] as const) {
    for (const [kind, rows, header, row] of registers) {
      const path = await write(kind, rows, header, row)
      globalThis.gc?.()
      const since: Record<string, number> = {}
      const verdictPath = join(office.folder, 'verdict.csv')
      const result = await importRegister(office.db, { kind, path, verdictPath, onProgress: ({ phase }) => {
          peak = Math.max(peak, process.memoryUsage().rss)
          since[phase] ??= performance.now()
        } })
      const took = (from: string, to?: string) => Math.round((to ? since[to] ?? 0 : performance.now()) - (since[from] ?? 0))
      expect(result).toMatchObject(round === 'first' ? { accepted: rows, unchanged: 0, refused: 0 } : { accepted: 0, unchanged: rows, refused: 0 })
      figures.push(`${round} ${kind}: ${rows} rows, ${result.ms} ms (read ${took('reading', 'merging')}, merge ${took('merging', 'writingVerdicts')}, verdicts ${took('writingVerdicts')}), peak ${Math.round(peak / 2 ** 20)} MB`)
    }
  }
  if (process.env['OKNO_LOAD']) console.warn(figures.join('\n'))
  expect(peak).toBeLessThan(400 * 2 ** 20)
}, 600_000)

test('the training office comes in as the owner of the database, before there is any staff, and nothing of it is refused', async () => {
  const training = await registerOffice(inject('postgres'))
  const paths = await writeRegisters(training.folder, trainingOffice({ asOf: new Date().toISOString().slice(0, 10), subscribers: 150 }))
  await training.owner.raw('delete from staff')
  const db = createDatabase(training.owner)
  const kinds = Object.keys(paths) as (keyof typeof paths)[]
  for (const kind of kinds) {
    const result = await importRegister(db, { kind, path: paths[kind], verdictPath: join(training.folder, 'verdict.csv') })
    expect(result, kind).toMatchObject({ refused: 0, unchanged: 0 })
    expect(result.accepted, kind).toBeGreaterThan(result.warned)
  }
  await training.close()
})

test('a register of a million rows is read without being held', async () => {
  const path = await write('million', 1_000_000, 'provider;account;payment_id;paid_on;amount;purpose', (i) => `поставщик;${number(i)};P${i};10.10.2026;300,00;за услуги`)
  const file = await inspectCsv(path, knownNames)
  const before = process.memoryUsage().rss
  let most = before
  let rows = 0
  for await (const list of csvRows(path, file)) {
    rows += list.length
    most = Math.max(most, process.memoryUsage().rss)
  }
  expect(rows).toBe(1_000_001)
  expect(most - before).toBeLessThan(150 * 2 ** 20)
}, 60_000)
