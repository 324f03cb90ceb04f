import { inflateSync } from 'node:zlib'
import { pngSize } from '@shared/domain/document-layout'
import { oneBitPng } from '@renderer/features/providers/editor/black-on-white'
import { expect, test } from 'vitest'

test('a picture becomes one bit a pixel: dark is black, light and half-dark grey paper white', async () => {
  const pixels = [0, 90, 149, 150, 255, 0, 255, 0, 255, 0].flatMap((grey) => [grey, grey, grey, 255])
  const base64 = await oneBitPng({ width: 10, height: 1, data: Uint8ClampedArray.from(pixels) })
  expect(pngSize(base64)).toEqual({ width: 10, height: 1 })
  const file = Buffer.from(base64, 'base64')
  const length = file.readUInt32BE(33)
  expect(file.toString('latin1', 37, 41)).toBe('IDAT')
  // Filter byte, then a set bit for each white pixel.
  expect([...inflateSync(file.subarray(41, 41 + length))]).toEqual([0, 0b00011010, 0b10000000])
  expect(file.toString('latin1').endsWith('IEND\xaeB`\x82')).toBe(true)
})
