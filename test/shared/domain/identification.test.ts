import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { addDays, addMonths, type LocalDate } from '@shared/domain/dates'
import { defaultIdentification, identificationRules, mustBeRepresented, parentProblem, powerProblem, powerValidUntil, visitActions } from '@shared/domain/identification'

const date = fc.integer({ min: 0, max: 40_000 }).map((days) => addDays('1990-01-01', days))

describe('a power of attorney', () => {
  test('without a term is good for one year to the day (ГК РФ ст. 186)', () => {
    fc.assert(
      fc.property(date, (madeOn) => {
        const last = powerValidUntil(madeOn, null)
        expect(last).toBe(addMonths(madeOn, 12))
        expect(powerProblem({ madeOn, until: null }, last)).toBeNull()
        expect(powerProblem({ madeOn, until: null }, addDays(last, 1))).toBe('powerOfAttorneyExpired')
      }),
    )
  })

  test('is good from its date to the end of its term, both days included, and never outside', () => {
    fc.assert(
      fc.property(date, fc.nat(5000), fc.integer({ min: -400, max: 5400 }), (madeOn, term, offset) => {
        const [until, today] = [addDays(madeOn, term), addDays(madeOn, offset)]
        expect(powerProblem({ madeOn, until }, today)).toBe(offset < 0 ? 'powerOfAttorneyNotYet' : offset > term ? 'powerOfAttorneyExpired' : null)
      }),
    )
  })

  test('whose term ends before it begins is none', () => {
    expect(powerProblem({ madeOn: '2026-03-05', until: '2026-03-04' }, '2026-03-05')).toBe('powerOfAttorneyTermBeforeDate')
  })
})

describe('a parent', () => {
  const after = (born: LocalDate, years: number) => addMonths(born, 12 * years)
  test('acts until the day the child is 18, and the child not alone until 14', () => {
    fc.assert(
      fc.property(date.filter((born) => !born.endsWith('02-29')), (born) => {
        expect(parentProblem(born, addDays(after(born, 18), -1))).toBeNull()
        expect(parentProblem(born, after(born, 18))).toBe('subscriberOfAge')
        expect(mustBeRepresented(born, addDays(after(born, 14), -1))).toBe(true)
        expect(mustBeRepresented(born, after(born, 14))).toBe(false)
      }),
    )
  })

  test('of a child born on 29 February acts until 1 March', () => {
    expect(parentProblem('2008-02-29', '2026-02-28')).toBeNull()
    expect(parentProblem('2008-02-29', '2026-03-01')).toBe('subscriberOfAge')
  })

  test('does not act where the birth date is not known', () => {
    expect(parentProblem(null, '2026-11-22')).toBe('birthDateUnknown')
    expect(mustBeRepresented(null, '2026-11-22')).toBe(false)
  })
})

describe('what suffices for what', () => {
  const problems = (change: Partial<(typeof defaultIdentification)['sufficient']>) => identificationRules.safeParse({ ...defaultIdentification, sufficient: { ...defaultIdentification.sufficient, ...change } }).error?.issues.map(({ message }) => message)

  test('the usual rules hold together', () => {
    expect(problems({})).toBeUndefined()
  })

  test.each([
    ['the subscriber must not be less than a representative', { readings: ['parent'] as const }, 'ownDocumentMissing'],
    ['a notary is not less than plain paper', { requests: ['document', 'simplePower'] as const }, 'strongerPowerMissing'],
    ['the head is not less than a proxy', { statement: ['document', 'proxy'] as const }, 'headMissing'],
    ['nobody gets a password without a document', { portalPassword: ['document', 'notIdentified'] as const }, 'identificationNeeded'],
    ['a kind stands once', { unmask: ['document', 'document'] as const }, 'repeatedKind'],
  ])('%s', (_what, change, problem) => {
    expect(problems(Object.fromEntries(Object.entries(change).map(([action, kinds]) => [action, [...kinds]])))).toEqual([problem])
  })

  test('a rule for every action is needed', () => {
    for (const action of visitActions) {
      const { [action]: _, ...rest } = defaultIdentification.sufficient
      expect(identificationRules.safeParse({ ...defaultIdentification, sufficient: rest }).success).toBe(false)
    }
  })
})
