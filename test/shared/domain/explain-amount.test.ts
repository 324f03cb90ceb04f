import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { AmountFacts } from '@shared/contract/desk'
import { explainAmount, explanationOf } from '@shared/domain/explain-amount'
import { formatMoney, multiplyRounded } from '@shared/domain/money'

const none: AmountFacts = {
  period: '2026-09', kind: 'utility', service: 'cold_water', name: 'Холодная вода', unit: 'м³', volume: '5.533', volumeCommon: null, tariff: '45.27', opening: 0, accrued: 25_048, accruedCommon: 0,
  recalculated: 0, recalculationReason: null, benefit: 0, penalty: 0, paid: 0, closing: 25_048, meters: [], payments: [], services: [],
}
const dial = (takenOn: string | null, ...values: number[]) => ({ takenOn, values })
const meter = (serial: string, previous: AmountFacts['meters'][number]['previous'], current: AmountFacts['meters'][number]['current'], ratio = '1', decimals = 3) => ({ serial, decimals, ratio, previous, current })
/** As it is read: a break that holds is written as a space here. */
const read = (facts: Partial<AmountFacts>) => explainAmount({ ...none, ...facts }).map((sentence) => sentence.replaceAll('\u00a0', ' '))

test('a whole story of one service', () => {
  expect(
    read({
      meters: [meter('1', dial('2026-08-25', 1_028_467), dial('2026-09-25', 1_034_000))],
      volumeCommon: '0.218', accruedCommon: 987, recalculated: -1200, recalculationReason: 'Отсутствие холодной воды 3 дня.', benefit: 5000, penalty: 104, opening: 30_000, paid: 25_000,
      payments: [{ paidOn: '2026-09-10', amount: 25_000, channel: 'банк' }], closing: 25_048 + 987 - 1200 - 5000 + 104 + 30_000 - 25_000,
    }),
  ).toEqual([
    'Холодная вода за сентябрь 2026 г.: 5,533 м³ × 45,27 ₽ = 250,48 ₽.',
    'Показания: 1 028,467 на 25 августа, 1 034,000 на 25 сентября.',
    'На общедомовые нужды: 0,218 м³ × 45,27 ₽ = 9,87 ₽.',
    'Перерасчёт −12,00 ₽: отсутствие холодной воды 3 дня.',
    'Льгота −50,00 ₽.',
    'Пени за просрочку 1,04 ₽.',
    'Долг на начало месяца 300,00 ₽.',
    'Оплачено 10 сентября 250,00 ₽.',
    'Итого на 30 сентября 2026 г.: к оплате 249,39 ₽.',
  ])
})

describe('the accrued sum', () => {
  test('is billing’s where volume × tariff is another one', () => {
    expect(read({ accrued: 25_050, closing: 25_050 })[0]).toBe('Холодная вода за сентябрь 2026 г.: начислено 250,50 ₽. 5,533 м³ × 45,27 ₽ = 250,48 ₽, начислено на 0,02 ₽ больше: верна сумма поставщика.')
    expect(read({ accrued: 20_000, closing: 20_000 })[0]).toContain('начислено на 50,48 ₽ меньше')
  })
  test('without a meter comes from billing’s volume, and that is said', () => {
    expect(read({})).toContain('Прибора учёта по этой услуге нет: объём посчитал поставщик, обычно это норматив.')
  })
  test('of a service that never has a meter says nothing of one', () => {
    expect(read({ service: 'maintenance', name: 'Содержание жилья', unit: 'м²', volume: '54.3', tariff: '28.5', accrued: 154_755, closing: 154_755 })).toEqual([
      'Содержание жилья за сентябрь 2026 г.: 54,3 м² × 28,50 ₽ = 1 547,55 ₽.', 'Итого на 30 сентября 2026 г.: к оплате 1 547,55 ₽.',
    ])
  })
  test('of the internet is a fee; a part of a month is counted', () => {
    const internet = { kind: 'internet' as const, service: 'internet', name: 'Доступ в интернет', unit: 'мес.', tariff: '550' }
    expect(read({ ...internet, volume: '1', accrued: 55_000, closing: 55_000 })[0]).toBe('Доступ в интернет за сентябрь 2026 г.: абонентская плата 550,00 ₽.')
    expect(read({ ...internet, volume: '0.5', accrued: 27_500, closing: 27_500 })[0]).toBe('Доступ в интернет за сентябрь 2026 г.: 0,5 мес. × 550,00 ₽ = 275,00 ₽.')
  })
  test('of nothing is told as nothing', () => {
    expect(read({ volume: '0', accrued: 0, closing: 0 })).toEqual(['Холодная вода за сентябрь 2026 г.: начислений нет.', 'Итого на 30 сентября 2026 г.: долга нет.'])
    expect(read({ volume: null, tariff: null, accrued: 0, closing: 0 })[0]).toBe('Холодная вода за сентябрь 2026 г.: начислений нет.')
  })
  test('with half of its facts shows the half', () => {
    expect(read({ tariff: null })[0]).toBe('Холодная вода за сентябрь 2026 г.: начислено 250,48 ₽. Объём 5,533 м³.')
    expect(read({ volume: null })[0]).toBe('Холодная вода за сентябрь 2026 г.: начислено 250,48 ₽. Тариф 45,27 ₽ за м³.')
  })
  test('keeps a tariff as it is', () => {
    expect(read({ tariff: '4.8125', volume: '100', accrued: 48_125, closing: 48_125 })[0]).toContain('100 м³ × 4,8125 ₽ = 481,25 ₽')
  })
})

describe('readings', () => {
  test('of two meters are told one by one and together', () => {
    const meters = [meter('А-1', dial('2026-08-25', 10_000), dial('2026-09-25', 13_000)), meter('А-2', dial('2026-08-25', 5_000), dial('2026-09-25', 7_533))]
    expect(read({ meters }).slice(1, 4)).toEqual(['Прибор № А-1: 10,000 на 25 августа, 13,000 на 25 сентября.', 'Прибор № А-2: 5,000 на 25 августа, 7,533 на 25 сентября.', 'Вместе 5,533 м³.'])
  })
  test('that do not give billing’s volume are told beside it', () => {
    expect(read({ meters: [meter('1', dial('2026-08-25', 10_000), dial('2026-09-25', 16_000))] })).toContain('По показаниям расход 6 м³, поставщик принял 5,533 м³.')
  })
  test('of a zone are the zone’s', () => {
    const facts = { service: 'electricity_t2', name: 'Электроэнергия, ночь', unit: 'кВт·ч', volume: '31', tariff: '2.9', accrued: 8990, closing: 8990 }
    const zones = [meter('1', dial('2026-08-22', 14_200_000, 6_800_000), dial('2026-09-22', 14_300_000, 6_831_000), '1', 0)]
    expect(read({ ...facts, meters: zones })[1]).toBe('Показания: 6 800 на 22 августа, 6 831 на 22 сентября.')
    expect(read({ ...facts, service: 'electricity', volume: '131', accrued: 37_990, closing: 37_990, meters: zones })[1]).toBe('Показания: Т1 14 200 и Т2 6 800 на 22 августа, Т1 14 300 и Т2 6 831 на 22 сентября.')
  })
  test('behind transformers are multiplied', () => {
    const meters = [meter('1', dial('2026-08-22', 100_000), dial('2026-09-22', 112_000), '30', 0)]
    expect(read({ service: 'electricity', unit: 'кВт·ч', volume: '360', tariff: '5', accrued: 180_000, closing: 180_000, meters })).toContain('Расход с коэффициентом трансформации 30: 360 кВт·ч.')
  })
  test('that are missing are not invented', () => {
    expect(read({ meters: [meter('1', dial('2026-08-25', 10_000), null)] }).slice(1, 3)).toEqual([
      'Прибор учёта: показаний за этот месяц нет, последние 10,000 на 25 августа.', 'Без показаний объём посчитал поставщик: по среднему расходу или нормативу.',
    ])
  })
  test('that went round the dial give no usage', () => {
    const told = read({ meters: [meter('1', dial('2026-08-25', 99_998_000), dial('2026-09-25', 3_531))] })
    expect(told.join(' ')).not.toContain('По показаниям расход')
  })
  test('of another year have the year', () => {
    expect(read({ period: '2026-01', meters: [meter('1', dial('2025-12-25', 10_000), dial('2026-01-25', 15_533))] })[1]).toBe('Показания: 10,000 на 25 декабря 2025 г., 15,533 на 25 января.')
  })
})

describe('payments and corrections', () => {
  const payments = [{ paidOn: '2026-09-10', amount: 60_000, channel: null }, { paidOn: '2026-09-20', amount: 40_000, channel: null }]
  test('several payments are listed', () => {
    expect(read({ paid: 100_000, closing: -74_952, payments })).toContain('Оплачено 1 000,00 ₽: 10 сентября 600,00 ₽, 20 сентября 400,00 ₽.')
  })
  test('a part of the account’s payments is told as the service’s', () => {
    expect(read({ paid: 20_000, closing: 5_048, payments })).toContain('Оплачено по этой услуге 200,00 ₽ (платежи по счёту в этом месяце: 10 сентября 600,00 ₽, 20 сентября 400,00 ₽).')
  })
  test('a refund, an overpayment and a recalculation without a reason', () => {
    const told = read({ paid: -1000, opening: -5000, recalculated: 300, closing: 25_048 + 1000 - 5000 + 300 })
    expect(told).toEqual(expect.arrayContaining(['Возвращено 10,00 ₽.', 'Переплата на начало месяца 50,00 ₽.', 'Перерасчёт 3,00 ₽, причина поставщиком не указана.']))
  })
  test('an overpayment at the end', () => {
    expect(read({ opening: -50_000, closing: -24_952 }).at(-1)).toBe('Итого на 30 сентября 2026 г.: переплата 249,52 ₽.')
  })
  test('lines of billing that do not add up to its sum are told, and its sum stands', () => {
    expect(read({ closing: 25_000 })).toContain('По этим строкам получается 250,48 ₽, в счёте поставщика на 0,48 ₽ меньше: верна сумма поставщика.')
  })
})

test('the whole account says what its sum consists of', () => {
  const service = (name: string, accrued: number, recalculated = 0) => ({ service: name, name, unit: null, volume: null, tariff: null, opening: 0, accrued, recalculated, benefit: 0, penalty: 0, paid: 0, closing: accrued + recalculated })
  expect(read({ service: null, name: 'ЭнСер', unit: null, volume: null, tariff: null, accrued: 123_400, recalculated: -12_400, closing: 111_000, services: [service('Отопление', 98_352, -12_400), service('ТКО', 25_048)] })).toEqual([
    'ЭнСер, всего начислено за сентябрь 2026 г. 1 234,00 ₽: отопление 983,52 ₽, ТКО 250,48 ₽.',
    'Перерасчёт −124,00 ₽ (отопление −124,00 ₽).',
    'Итого на 30 сентября 2026 г.: к оплате 1 110,00 ₽.',
  ])
})

const money = fc.integer({ min: -10_000_000, max: 10_000_000 })
const decimal = fc.tuple(fc.integer({ min: 0, max: 100_000 }), fc.integer({ min: 0, max: 999_999 })).map(([whole, part]) => `${whole}.${String(part).padStart(6, '0')}`.replace(/\.?0+$/, ''))
const reading = fc.record({ takenOn: fc.constantFrom('2026-08-25', '2026-09-25', null), values: fc.array(fc.integer({ min: 0, max: 99_999_999 }), { minLength: 1, maxLength: 3 }) })
const anyFacts: fc.Arbitrary<AmountFacts> = fc.record({
  period: fc.constantFrom('2026-01', '2026-09', '2024-02'),
  kind: fc.constantFrom('utility' as const, 'internet' as const),
  service: fc.constantFrom('cold_water', 'electricity_t2', 'maintenance', 'internet', null),
  name: fc.constantFrom('Холодная вода', 'ТКО'),
  unit: fc.constantFrom('м³', null),
  volume: fc.option(decimal), volumeCommon: fc.option(decimal), tariff: fc.option(decimal),
  opening: money, accrued: money, accruedCommon: money, recalculated: money, recalculationReason: fc.option(fc.string({ maxLength: 30 })), benefit: money, penalty: money, paid: money, closing: money,
  meters: fc.array(fc.record({ serial: fc.constant('А'), decimals: fc.integer({ min: 0, max: 3 }), ratio: fc.constantFrom('1', '30', '1.5', '0.3333'), previous: fc.option(reading), current: fc.option(reading) }), { maxLength: 3 }),
  payments: fc.array(fc.record({ paidOn: fc.constantFrom('2026-09-10', '2025-12-31'), amount: money, channel: fc.constant(null) }), { maxLength: 3 }),
  services: fc.constant([]),
})

describe('whatever billing sends', () => {
  test('the lines add up to billing’s sum, and each amount stands in its sentence', () => {
    fc.assert(fc.property(anyFacts, (facts) => {
      const lines = explanationOf(facts)
      expect(lines.reduce((sum, { amount }) => sum + (amount ?? 0), 0)).toBe(facts.closing)
      for (const { text, amount } of lines) if (amount) expect(text).toContain(formatMoney(Math.abs(amount)))
      expect(lines.at(-1)?.text).toContain(facts.closing === 0 ? 'долга нет' : formatMoney(Math.abs(facts.closing)))
    }))
  })
  test('an equation is only written where it is true', () => {
    fc.assert(fc.property(anyFacts, (facts) => {
      if (facts.service === null || facts.volume === null || facts.tariff === null) return
      const first = explanationOf(facts)[0]!.text
      if (first.includes(' = ')) expect(first).toContain(` = ${formatMoney(multiplyRounded(facts.volume, facts.tariff))}`)
    }))
  })
  test('every line is one or more ended sentences without a break that tears a number', () => {
    fc.assert(fc.property(anyFacts.map((facts) => ({ ...facts, recalculationReason: null })), (facts) => {
      for (const sentence of explainAmount(facts)) {
        expect(sentence).toMatch(/[^.]\.$/)
        expect(sentence).not.toMatch(/undefined|null|NaN|-\d|\d ₽|\d \d{3}(?!\d)/)
      }
    }))
  })
})
