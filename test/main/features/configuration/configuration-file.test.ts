import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { readyProviders } from '../../../../src/main/features/providers/ready-profiles'
import { checkValue, readConfiguration, writeConfiguration } from '../../../../src/main/features/configuration/configuration-file'

const bytes = (text: string) => new TextEncoder().encode(text)

test('what is written is read again as it was, whatever the order it came in', () => {
  const items = readyProviders.map((value) => ({ part: 'providers' as const, key: value.code, value }))
  const { text, checksum } = writeConfiguration(items)
  expect(writeConfiguration([...items].reverse()).text).toBe(text)
  const read = readConfiguration(bytes(text))
  expect(read.checksum).toBe(checksum)
  expect(writeConfiguration(read.items).text).toBe(text)
  expect(read.items.map(checkValue).filter(({ problems }) => problems.length > 0)).toEqual([])
})

test('a file of an older version goes through every step to the newest, and a card from before a rule gets the usual one', () => {
  const items = [{ key: 'limits', part: 'liveLimits', value: { minutes: 9 } }]
  const old = JSON.stringify({ format: 'okno-configuration', version: 1, checksum: createHash('sha256').update(JSON.stringify(items)).digest('hex'), items })
  const steps = {
    1: (given: unknown) => (given as typeof items).map((one) => ({ ...one, value: { longMinutes: one.value.minutes } })),
    2: (given: unknown) => (given as { value: object }[]).map((one) => ({ ...one, value: { ...one.value, tooLongMinutes: 30 } })),
  }
  expect(readConfiguration(bytes(old), steps, 3).items).toEqual([{ part: 'liveLimits', key: 'limits', value: { longMinutes: 9, tooLongMinutes: 30 } }])

  const card = structuredClone(readyProviders[0]!) as unknown as { code: string; profile: Record<string, unknown> }
  const { safety, identification } = card.profile
  delete card.profile['safety']
  delete card.profile['identification']
  expect(safety).toBeDefined()
  const read = checkValue({ part: 'providers', key: card.code, value: card })
  expect(read.problems).toEqual([])
  expect(Object.keys((read.value as typeof card).profile)).toEqual(expect.arrayContaining(['safety', 'identification']))
  expect(identification).toBeDefined()
})

test('a card under the key of another one is not taken for it', () => {
  const [first, second] = readyProviders
  expect(checkValue({ part: 'providers', key: second!.code, value: first }).problems).toMatchObject([{ problem: 'keyOfAnother' }])
})
