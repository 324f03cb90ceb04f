import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { addDays, addMonths, addMonthsToPeriod, periodOf } from '@shared/domain/dates'
import { meteredServices, type ReadingPolicy, type ReadingRuleOverride } from '@shared/domain/provider-profile'
import { readingReasons, unanswered } from '@shared/domain/reading-reasons'
import { meterTypes, ruleBook, ruleSettings } from '@shared/domain/reading-rule-book'
import { judgeReading, type PastReading, type ReadingToJudge, type ReadingVerdict } from '@shared/domain/reading-rules'
import { judgeSheet } from '@shared/domain/readings-sheet'
import { readingLevels, readingRules } from '@shared/domain/reading-verdict'
import { openTestOffice, type TestOffice } from '../../../support/test-app'

// The page hints and a portal answers by reading-rules.ts; the desk and registers are decided by SQL. Both must say the same of the same reading.

let office: TestOffice
beforeAll(async () => {
  office = await openTestOffice()
})
afterAll(() => office.close())

const ask = async <T>(sql: string, values: unknown[] = []): Promise<T[]> => (await office.owner.raw(sql, values as string[])).rows
/** Planned once a connection: the judge is a long statement over many partitions. */
const askAgain = async <T>(sql: string, values: unknown[]): Promise<T[]> => (await office.owner.raw(sql, values as string[]).options({ name: 'judge' })).rows

test('the book of rules and the reasons are the same in the database', async () => {
  const [row] = await ask<{ book: Record<string, unknown>; reasons: unknown }>('select reading_rule_book() as book, reading_reasons() as reasons')
  const expected = Object.fromEntries(readingRules.map((rule) => {
    const { levels, thresholds, except, fixed } = ruleBook[rule]
    return [rule, { levels: [levels.desk, levels.portal, levels.register], ...(Object.keys(thresholds).length > 0 ? { thresholds } : {}), ...(except ? { except } : {}), ...(fixed ? { fixed } : {}) }]
  }))
  expect(row!.book).toEqual(expected)
  expect(row!.reasons).toEqual(readingReasons)
})

const level = fc.constantFrom(...readingLevels, 'off' as const)
const override: fc.Arbitrary<ReadingRuleOverride> = fc.record(
  {
    rule: fc.constantFrom(...readingRules), service: fc.constantFrom(null, ...meteredServices), meterType: fc.constantFrom(null, ...meterTypes), desk: level, portal: level, register: level,
    thresholds: fc.dictionary(fc.constantFrom('factor', 'shareOfCap', 'periods', 'months', 'acts', 'days', 'monthly', 'from', 'nonsense'), fc.integer({ min: 1, max: 9 })),
  },
  { requiredKeys: ['rule'] },
)
const policies: fc.Arbitrary<ReadingPolicy> = fc.record({
  windowFromDay: fc.integer({ min: 1, max: 31 }), windowToDay: fc.integer({ min: 1, max: 31 }), graceDays: fc.integer({ min: 0, max: 10 }), acceptDecimals: fc.constant(3),
  expiredVerification: fc.constantFrom('inform' as const, 'warn' as const, 'block' as const), averageFactor: fc.integer({ min: 2, max: 5 }),
  maxMonthly: fc.constant({ cold_water: 40_000, hot_water: 30_000, electricity: 900_000, gas: 500_000, heat: 15_000 }),
  windows: fc.array(fc.record({ service: fc.constantFrom(...meteredServices), fromDay: fc.integer({ min: 1, max: 31 }), toDay: fc.integer({ min: 1, max: 31 }), graceDays: fc.integer({ min: 0, max: 5 }) }), { maxLength: 2 }),
  normMonthly: fc.constantFrom({}, { cold_water: 4_000, gas: 12_000 }),
  rules: fc.array(override, { maxLength: 6 }),
})

test('settings of every kind of meter under random policies are the same in the database', async () => {
  await fc.assert(fc.asyncProperty(policies, async (policy) => {
    const rows = await ask<Record<string, unknown> & { service: (typeof meteredServices)[number]; meter_type: (typeof meterTypes)[number] }>('select * from reading_settings_of(?)', [JSON.stringify(policy)])
    expect(rows).toHaveLength(15)
    for (const row of rows) {
      const settings = ruleSettings(policy, row.service, row.meter_type)
      for (const audience of ['desk', 'portal', 'register'] as const) {
        expect(row[`${audience}_levels`]).toEqual(Object.fromEntries(readingRules.map((rule) => [rule, settings[rule][audience]])))
      }
      expect([row['monthly'], row['factor'], row['share_of_cap'], row['below_factor'], row['zero_periods'], row['silence_months'], row['acts_needed'], row['soon_days'], row['rollover_from']]).toEqual([
        settings.aboveMaximum.thresholds['monthly'], settings.aboveUsual.thresholds['factor'], settings.aboveUsual.thresholds['shareOfCap'], settings.belowUsual.thresholds['factor'],
        settings.zeroConsumptionRepeated.thresholds['periods'], settings.longSilence.thresholds['months'], settings.controlReadingRequired.thresholds['acts'],
        settings.verificationEndsSoon.thresholds['days'], settings.rollover.thresholds['from'],
      ])
    }
  }), { numRuns: 30 })
})

/** `rule|zone|details` in the order of the book, as SQL writes it. */
const written = ({ rule, zone, details }: ReadingVerdict) => [rule, zone ?? '', ...ruleBook[rule].details.map((name) => details[name])].join('|')

interface Account { policy: ReadingPolicy; residents: number | null; closed: string | null; takenOn: string; audience: 'desk' | 'portal' | 'register'; meters: RandomMeter[] }
interface RandomMeter { reading: ReadingToJudge; acts: number; initial: number[] | null; stored: PastReading[]; expected: number[] }

describe('what the database says of a reading is what the pure rules say', () => {
  const today = '2026-11-22'
  /** Deterministic pseudo-random numbers, so that a case that fails can be made again. */
  function dice(seed: number) {
    let state = seed
    const next = () => {
      state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
      return state / 2_147_483_648
    }
    return { upTo: (most: number) => Math.floor(next() * (most + 1)), chance: (share: number) => next() < share, of: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)]! }
  }

  function randomAccount(seed: number, policy: ReadingPolicy): Account {
    const { upTo, chance, of } = dice(seed)
    const past = addDays(today, -upTo(chance(0.2) ? 400 : 30) + (chance(0.03) ? 3 : 0))
    const takenOn = seed % 30 === 0 ? addDays(today, 2) : past
    const audience = of(['desk', 'desk', 'portal', 'register'] as const)
    const closed = audience !== 'register' && chance(0.7) ? addMonthsToPeriod(periodOf(takenOn), -1 + (chance(0.2) ? 1 : 0)) : null
    const residents = chance(0.7) ? upTo(5) : null
    const isControl = chance(0.1)
    const pair = chance(0.5)
    const meters = (pair ? (['cold_water', 'hot_water'] as const) : [of(meteredServices)]).map((service): RandomMeter => {
      const zones = !pair && chance(0.3) ? 1 + upTo(2) : 1
      const digits = 3 + upTo(3)
      const decimals = pair ? 3 : upTo(3)
      const step = 10 ** (3 - decimals)
      const cap = 10 ** digits * 1000
      const fit = (value: number) => (((Math.round(value / step) * step) % cap) + cap) % cap
      const monthly = of([0, 100, 3_000, 12_000, 200_000])
      const start = chance(0.25) ? cap - of([5_000, 60_000, 300_000]) : upTo(Math.floor(cap / 2000)) * 1000
      const installedOn = chance(0.05) ? addDays(takenOn, 5) : chance(0.8) ? addMonths(takenOn, -upTo(30)) : null
      const history: PastReading[] = []
      const count = of([0, 1, 2, 6, 13, 20])
      let values = Array.from({ length: zones }, (_, zone) => fit(start + zone * 7_000))
      const last = values
      for (let index = count; index >= 1; index--) {
        const on = addDays(addMonths(takenOn, -index - (chance(0.1) ? upTo(3) : 0)), upTo(6) - 3)
        if (chance(0.1) || history.some((past) => past.takenOn === on)) continue
        values = values.map((value) => (chance(0.05) ? fit(value - upTo(9_000)) : chance(0.15) ? value : fit(value + (monthly * (50 + upTo(100))) / 100)))
        history.push({ takenOn: on, values, isControl: chance(0.08), ...(chance(0.06) ? { isDisputed: true } : {}) })
      }
      if (chance(0.15)) history.push({ takenOn: addDays(takenOn, 1 + upTo(20)), values: values.map((value) => fit(value + of([-3_000, 2_000, 30_000]))), isControl: false })
      if (chance(0.15)) history.push({ takenOn, values: values.map((value) => fit(value + of([0, 1_000]))), isControl: chance(0.3) })
      const initial = installedOn && chance(0.6) && !history.some((past) => past.takenOn === installedOn) ? last : null
      const usual = values.map((value) => value + monthly)
      const typed = usual.map((value) => {
        const expected = fit(value)
        const text = String(expected / step)
        return of([
          expected, expected, fit(value + monthly * 2), fit(value + monthly * 8), values[0]!, fit(value - upTo(20_000)), Number(text.slice(1) || '0') * step, Number(`${text}0`) * step,
          Number(text.slice(0, 2) + of(['1', '7']) + text.slice(2)) * step, fit(value) + (chance(0.3) ? 1 : 0), upTo(40) * step,
        ])
      })
      if (chance(0.03)) typed.push(1_000)
      return {
        acts: chance(0.1) ? upTo(3) : 0,
        initial,
        stored: history,
        expected: usual.map(fit),
        reading: {
          meter: {
            service, digits, decimals, zones, ratio: of([1, 1, 1, 1.5, 20]), installedOn, removedOn: chance(0.05) ? addDays(takenOn, upTo(20) - 10) : null,
            verifiedUntil: chance(0.7) ? addDays(takenOn, upTo(400) - 100) : null, isAutomatic: chance(0.08), isCommissioned: !chance(0.05), sealBrokenOn: chance(0.05) ? addDays(takenOn, upTo(20) - 10) : null,
          },
          values: typed, takenOn, today, channel: audience === 'register' ? 'import' : audience, isControl, policy, closedThrough: closed, residents,
          history: initial ? [...history, { takenOn: installedOn!, values: initial, isControl: false }] : history,
        },
      }
    })
    if (pair && chance(0.3)) {
      const [cold, hot] = meters as [RandomMeter, RandomMeter]
      cold.reading.values = hot.expected
      hot.reading.values = cold.expected
    }
    for (const one of meters) one.reading.noAccessActs = one.acts
    return { policy, residents, closed, takenOn, audience, meters }
  }

  /** Accounts under each of twelve policies; a change of the rules is worth OKNO_JUDGE_ACCOUNTS=500. */
  const accountsEach = Number(process.env['OKNO_JUDGE_ACCOUNTS'] ?? 45)

  test('of random meters with random pasts', async () => {
    const [{ provider, subscriber, address, staff }] = (await ask<{ provider: number; subscriber: number; address: number; staff: number }>(
      'select (select min(id) from provider) as provider, (select min(id) from subscriber) as subscriber, (select min(id) from address) as address, (select min(id) from staff) as staff',
    )) as [{ provider: number; subscriber: number; address: number; staff: number }]
    const seen = new Map<string, number>()
    const samples = fc.sample(policies, { numRuns: 12, seed: 20_261_122 })
    let compared = 0
    for (const [round, policy] of samples.entries()) {
      await ask(`update provider set profile = jsonb_set(profile, '{readings}', ?::jsonb) where id = ?`, [JSON.stringify(policy), provider])
      const accounts = Array.from({ length: accountsEach }, (_, index) => randomAccount(round * 1_000 + index + 1, policy))
      const rows = await store(accounts, { provider, subscriber, address, staff }, round)
      for (const [index, account] of accounts.entries()) {
        const ids = rows[index]!
        const judged = judgeSheet(new Map(account.meters.map(({ reading }, place) => [ids[place]!, reading])))
        const said = await askAgain<{ n: number; consumption: string[] | null; counts_for: string; blocks: string[]; warns: string[]; informs: string[] }>(
          `select ordinality::int as n, consumption, to_char(counts_for, 'YYYY-MM') as counts_for, blocks, warns, informs
           from unnest(reading_judge_entries(?::jsonb, ?::date, ?, ?::date, ?, ?::date)) with ordinality`,
          [
            JSON.stringify(account.meters.map(({ reading }, place) => ({ meterId: ids[place], values: reading.values }))), account.takenOn, account.audience,
            account.closed && `${account.closed}-01`, account.meters[0]!.reading.isControl ?? false, today,
          ],
        )
        for (const [place, { reading }] of account.meters.entries()) {
          const { verdicts, consumption, countsFor } = judged.get(ids[place]!)!
          const row = said.find(({ n }) => n === place + 1)!
          const ofLevel = (level: string) => verdicts.filter((verdict) => verdict.level === level).map(written).sort()
          expect({ block: [...row.blocks].sort(), warn: [...row.warns].sort(), inform: [...row.informs].sort(), consumption: row.consumption?.map(Number) ?? null, countsFor: row.counts_for }, JSON.stringify(reading))
            .toEqual({ block: ofLevel('block'), warn: ofLevel('warn'), inform: ofLevel('inform'), consumption, countsFor })
          for (const { rule } of verdicts) seen.set(rule, (seen.get(rule) ?? 0) + 1)
          compared++
        }
      }
    }
    expect(compared).toBeGreaterThan(12 * accountsEach)
    // A comparison proves nothing of a rule that never spoke. Fractions and no numbers do not reach SQL as whole thousandths.
    const silent = readingRules.filter((rule) => !seen.has(rule) && rule !== 'invalidValue')
    expect(silent).toEqual([])
  }, 60_000 + 12 * accountsEach * 1_000)

  test('of a register, where the rows of one meter are each other’s past', async () => {
    const [{ provider, subscriber, address, staff }] = (await ask<{ provider: number; subscriber: number; address: number; staff: number }>(
      'select (select min(id) from provider) as provider, (select min(id) from subscriber) as subscriber, (select min(id) from address) as address, (select min(id) from staff) as staff',
    )) as [{ provider: number; subscriber: number; address: number; staff: number }]
    const seen = new Map<string, number>()
    let compared = 0
    for (const [round, policy] of fc.sample(policies, { numRuns: 6, seed: 20_261_123 }).entries()) {
      await ask(`update provider set profile = jsonb_set(profile, '{readings}', ?::jsonb) where id = ?`, [JSON.stringify(policy), provider])
      const accounts = Array.from({ length: accountsEach }, (_, index) => randomAccount(900_000 + round * 1_000 + index + 1, policy))
        // What stands there on the same day is replaced before the judge comes, and of tomorrow only the real today knows.
        .filter(({ takenOn, meters }) => takenOn <= today && meters.every(({ reading, stored }) => reading.values.length <= 3 && stored.every((past) => past.takenOn !== takenOn)))
      const rows = await store(accounts, { provider, subscriber, address, staff }, 100 + round)
      const lines: { meterId: number; reading: ReadingToJudge }[] = []
      const expected: ReturnType<typeof judgeSheet>[] = []
      for (const [index, { meters }] of accounts.entries()) {
        const ids = rows[index]!
        const earlier = addDays(accounts[index]!.takenOn, -8)
        const judged = new Map<number, ReadingToJudge>()
        for (const [place, { reading, stored }] of meters.entries()) {
          const asRegister: ReadingToJudge = { ...reading, channel: 'import', closedThrough: null }
          const isFree = reading.meter.zones === reading.values.length && stored.every(({ takenOn }) => takenOn !== earlier) && asRegister.history.every(({ takenOn }) => takenOn !== earlier)
          if (index % 3 === 0 && isFree && stored[0]) {
            // Two rows of one meter.
            const before: ReadingToJudge = { ...asRegister, takenOn: earlier, values: stored[0].values, history: [...asRegister.history, { takenOn: reading.takenOn, values: reading.values, isControl: reading.isControl ?? false }] }
            asRegister.history = [...asRegister.history, { takenOn: earlier, values: before.values, isControl: before.isControl ?? false }]
            lines.push({ meterId: ids[place]!, reading: before })
            expected.push(new Map([[ids[place]!, judgeReading(before)]]))
          }
          judged.set(ids[place]!, asRegister)
        }
        const sheet = judgeSheet(judged)
        for (const [meterId, reading] of judged) {
          lines.push({ meterId, reading })
          expected.push(sheet)
        }
      }
      const said = await judgedAsRegister(lines)
      for (const [index, { meterId, reading }] of lines.entries()) {
        const row = said.find(({ line }) => line === index + 2)!
        const { verdicts, countsFor } = expected[index]!.get(meterId)!
        const ofLevel = (level: string) => verdicts.filter((verdict) => verdict.level === level && verdict.rule !== 'looksSwapped').map(written).sort()
        const told = (list: string[]) => list.filter((text) => !text.startsWith('looksSwapped')).sort()
        // Cold and hot are compared with all rows of their day, and a second row of the account may lie there.
        expect({ block: told(row.blocks), warn: told(row.warns), countsFor: row.counts_for }, JSON.stringify(reading)).toEqual({ block: ofLevel('block'), warn: ofLevel('warn'), countsFor })
        for (const { rule } of verdicts) seen.set(rule, (seen.get(rule) ?? 0) + 1)
        compared++
      }
    }
    expect(compared).toBeGreaterThan(6 * accountsEach)
    for (const rule of ['belowPrevious', 'aboveUsual', 'aboveNext', 'rollover', 'zonesMissing', 'zeroConsumptionRepeated'] as const) expect([rule, seen.has(rule)]).toEqual([rule, true])
  }, 60_000 + 6 * accountsEach * 1_000)

  /** The judge of a merge with these rows staged, taken back at once. Lines from 2 on, as in a file. */
  async function judgedAsRegister(lines: { meterId: number; reading: ReadingToJudge }[]) {
    const takenBack = new Error('taken back')
    let said: { line: number; counts_for: string; blocks: string[]; warns: string[] }[] = []
    await office.owner.transaction(async (trx) => {
      await trx.raw(`select set_config('okno.batch', gen_random_uuid()::text, true)`)
      for (const [index, { meterId, reading: { takenOn, values, isControl } }] of lines.entries()) {
        await trx('register_stage_readings').insert({ line: index + 2, taken_on: takenOn, t1: values[0], t2: values[1] ?? null, t3: values[2] ?? null, channel: isControl ? 'act' : null })
        await trx('register_verdict').insert({ line: index + 2, target_id: meterId, changed: true, refused: [], warnings: [] })
      }
      await trx.raw('analyze register_stage_readings')
      await trx.raw('analyze register_verdict')
      await trx.raw('select register_judge_readings((select min(taken_on) from register_stage_readings))')
      said = (await trx.raw(`select line, to_char(counts_for, 'YYYY-MM') as counts_for, blocks, warns from register_judged`)).rows
      throw takenBack
    }).catch((cause: unknown) => {
      if (cause !== takenBack) throw cause
    })
    return said
  }

  async function store(accounts: Account[], { provider, subscriber, address, staff }: { provider: number; subscriber: number; address: number; staff: number }, round: number): Promise<number[][]> {
    const rows = accounts.map(({ residents, meters }, index) => ({
      number: `judge-${round}-${index}`, residents,
      meters: meters.map(({ reading: { meter }, acts, initial, stored }, place) => ({ ...meter, serial: `S${place}`, acts, initial, history: stored })),
    }))
    const found = await ask<{ index: number; ids: number[] }>(
      `with given as (select e, n from jsonb_array_elements(?::jsonb) with ordinality x(e, n)),
       a as (insert into account (provider_id, number, number_key, subscriber_id, address_id, status, residents)
         select ?, e ->> 'number', e ->> 'number', ?, ?, 'active', (e ->> 'residents')::int from given returning id, number),
       m as (insert into meter (account_id, serial, service, digits, decimals, zones, ratio, installed_on, removed_on, verified_until, is_automatic, is_commissioned, seal_broken_on, initial)
         select a.id, m ->> 'serial', m ->> 'service', (m ->> 'digits')::int, (m ->> 'decimals')::int, (m ->> 'zones')::int, (m ->> 'ratio')::numeric, (m ->> 'installedOn')::date, (m ->> 'removedOn')::date,
           (m ->> 'verifiedUntil')::date, (m ->> 'isAutomatic')::boolean, (m ->> 'isCommissioned')::boolean, (m ->> 'sealBrokenOn')::date,
           case when jsonb_typeof(m -> 'initial') = 'array' then array(select v::bigint from jsonb_array_elements_text(m -> 'initial') v) end
         from given join a on a.number = e ->> 'number', jsonb_array_elements(e -> 'meters') m returning id, account_id, serial),
       r as (insert into meter_reading (meter_id, account_id, taken_on, period, t1, t2, t3, channel, is_control, review, status)
         select m.id, a.id, (h ->> 'takenOn')::date, date_trunc('month', (h ->> 'takenOn')::date), (h -> 'values' ->> 0)::bigint, (h -> 'values' ->> 1)::bigint, (h -> 'values' ->> 2)::bigint, 'portal',
           (h ->> 'isControl')::boolean, case when (h ->> 'isDisputed')::boolean then 'controlOrdered' end, 'calculated'
         from given join a on a.number = e ->> 'number', jsonb_array_elements(e -> 'meters') g join m on true, jsonb_array_elements(g -> 'history') h
         where m.account_id = a.id and m.serial = g ->> 'serial'),
       t as (insert into meter_act (meter_id, account_id, kind, number, act_on, staff_id, operation_id)
         select m.id, a.id, 'noAccess', k::text, '2026-01-01', ?, gen_random_uuid()
         from given join a on a.number = e ->> 'number', jsonb_array_elements(e -> 'meters') g join m on true, generate_series(1, (g ->> 'acts')::int) k where m.account_id = a.id and m.serial = g ->> 'serial')
       select (n - 1)::int as index, array_agg(m.id::int order by m.serial) as ids from given join a on a.number = e ->> 'number' join m on m.account_id = a.id group by n`,
      [JSON.stringify(rows), provider, subscriber, address, staff],
    )
    return found.sort((left, right) => left.index - right.index).map(({ ids }) => ids)
  }
})

test('what a reason answers is the same in the database', async () => {
  await fc.assert(fc.asyncProperty(fc.subarray([...readingRules]), fc.subarray(Object.keys(readingReasons) as (keyof typeof readingReasons)[]), async (rules, reasons) => {
    const soft = rules.filter((rule) => !ruleBook[rule].fixed)
    const [row] = await ask<{ left: string[] }>('select reading_unanswered(?::text[], ?::text[]) as left', [soft, reasons])
    expect(row!.left).toEqual(unanswered(soft.map((rule) => ({ rule, level: 'warn', details: {} })), reasons).map(({ rule }) => rule))
  }), { numRuns: 60 })
})
