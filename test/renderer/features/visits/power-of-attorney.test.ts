import { powerOfAttorney } from '@renderer/features/visits/power-of-attorney'
import { expect, test } from 'vitest'

const today = '2026-11-22'

test.each([
  ['22.11.2025', '', '2026-11-22', undefined],
  ['21.11.2025', '', '2026-11-21', 'powerOfAttorneyExpired'],
  ['01.02.2020', '22.11.2026', '2026-11-22', undefined],
  ['01.02.2020', '21.11.2026', '2026-11-21', 'powerOfAttorneyExpired'],
  ['29.02.2024', '', '2025-02-28', 'powerOfAttorneyExpired'],
])('made on %s, written until «%s», it is valid until %s', (date, until, validUntil, problem) => {
  const power = powerOfAttorney(date, until, today)
  expect(power.validUntil).toBe(validUntil)
  expect(power.problems.until).toBe(problem)
})

test('a date that has not come and a day that does not exist are told apart', () => {
  expect(powerOfAttorney('23.11.2026', '', today).problems.date).toBe('powerOfAttorneyNotYet')
  expect(powerOfAttorney('31.04.2026', '', today).problems.date).toBe('dateMalformed')
})
