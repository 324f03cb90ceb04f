import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { feminine } from '../../../src/main/training/names'
import { isInn, isSnils } from '@shared/domain/checksums'
import { documentProblems } from '@shared/domain/identity-document'
import { queriesOf, queryKinds, slip } from '../queries'
import { random } from '../../../src/main/training/random'
import { benchData, type BenchData, type DataOptions } from './rows'
import { surnameMaker } from './surnames'

const options: DataOptions = { seed: 1, asOf: '2026-11-01', subscribers: 3000, accounts: 3600, meters: 6000, readings: 15_000, charges: 9000, payments: 3000, operations: 4000 }

const rowsOf = ({ person, place, account, meter, readingsOf, chargesOf, paymentsOf }: BenchData, count: number) =>
  Array.from({ length: count }, (_, index) => [person(index), place(index), account(index), meter(index), readingsOf(index), chargesOf(index), paymentsOf(index)])
const hashOf = (value: unknown) => createHash('sha256').update(JSON.stringify(value)).digest('hex')

describe('the rows of the bench', () => {
  test('are the same for the same seed, and others for another', () => {
    expect(hashOf(rowsOf(benchData(options), 500))).toBe(hashOf(rowsOf(benchData({ ...options }), 500)))
    expect(hashOf(rowsOf(benchData(options), 500))).not.toBe(hashOf(rowsOf(benchData({ ...options, seed: 2 }), 500)))
  })

  test('an office of ten times the people has the same first ones', () => {
    const [few, many] = [benchData(options), benchData({ ...options, subscribers: 30_000 })]
    for (const index of [0, 7, 2999]) expect(many.person(index)).toEqual(few.person(index))
  })

  test('keys that must not repeat do not', () => {
    const { person, place, account } = benchData(options)
    const all = <T>(read: (index: number) => T, count: number) => Array.from({ length: count }, (_, index) => read(index))
    for (const values of [
      all((index) => JSON.stringify(place(index)), options.subscribers),
      all((index) => `${account(index).provider} ${account(index).number}`, options.accounts),
      all((index) => person(index).phone, options.subscribers).filter(Boolean),
      all((index) => person(index).email, options.subscribers).filter(Boolean),
      all((index) => person(index).snils, options.subscribers).filter(Boolean),
    ]) expect(new Set(values).size).toBe(values.length)
  })

  test('numbers pass the checks of the registers', () => {
    const { person } = benchData(options)
    for (let index = 0; index < 1000; index++) {
      const { inn, snils, document } = person(index)
      if (inn) expect(isInn(inn), inn).toBe(true)
      if (snils) expect(isSnils(snils), snils).toBe(true)
      if (document) expect(documentProblems(document, '2026-11-22').filter(({ level }) => level === 'error'), JSON.stringify(document)).toEqual([])
    }
  })

  test('as many readings and charges as asked for, readings growing, none after the month that is not billed', () => {
    const { readingsOf, chargesOf } = benchData(options)
    const readings = Array.from({ length: options.meters }, (_, index) => readingsOf(index))
    expect(readings.flat().length).toBe(options.readings)
    expect(Array.from({ length: options.accounts }, (_, index) => chargesOf(index).length).reduce((sum, count) => sum + count)).toBe(options.charges)
    for (const list of readings) {
      for (const [n, { takenOn, values }] of list.entries()) {
        expect(takenOn < options.asOf).toBe(true)
        const before = list[n - 1]
        if (before) expect(values[0]! > before.values[0]! && takenOn > before.takenOn).toBe(true)
      }
    }
  })

  test('51,000 surnames and 2,400 streets at a million people', () => {
    const { men } = surnameMaker(1)
    const both = new Set(men.flatMap((surname) => [surname, feminine(surname)]))
    expect(both.size).toBeGreaterThan(51_000)
    expect(benchData(options).streets).toBeGreaterThanOrEqual(2_400)
  })
})

describe('the questions of the bench', () => {
  test('there are enough of each kind, the same every time', () => {
    const data = benchData(options)
    for (const kind of Object.keys(queryKinds)) {
      const texts = queriesOf(kind, data, 20).map(({ text }) => text)
      expect(texts.every((text) => text.length > 3), kind).toBe(true)
      expect(queriesOf(kind, benchData(options), 20).map(({ text }) => text)).toEqual(texts)
    }
  })

  test('a slip is one letter out, in, wrong, or two swapped', () => {
    const r = random('slips')
    for (let count = 0; count < 200; count++) {
      const slipped = slip('соколова', r)
      expect(slipped).not.toBe('соколова')
      expect(Math.abs(slipped.length - 8)).toBeLessThanOrEqual(1)
    }
  })
})
