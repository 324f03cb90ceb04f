import { expect, test } from 'vitest'
import { serialKey } from '@shared/domain/meter-serial'

test.each([['№ 009876543', '009876543'], ['CBK-15 123/456', 'СВК15123456'], ['свк15123456', 'СВК15123456'], ['12\u00a0345-678', '12345678']])(
  'the meter %s is looked up as %s', (text, key) => expect(serialKey(text)).toBe(key),
)
