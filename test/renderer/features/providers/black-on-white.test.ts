import { pngSize } from '@shared/domain/document-layout'
import { oneBitPng } from '@renderer/features/providers/editor/black-on-white'
import { expect, test } from 'vitest'

test('a picture becomes one bit a pixel: dark is black, light and half-dark grey paper white', async () => {
  const pixels = [0, 90, 149, 150, 255, 0, 255, 0, 255, 0].flatMap((grey) => [grey, grey, grey, 255])
  const base64 = await oneBitPng({ width: 10, height: 1, data: Uint8ClampedArray.from(pixels) })
  expect(pngSize(base64)).toEqual({ width: 10, height: 1 })
  const file = Uint8Array.from(atob(base64), (sign) => sign.charCodeAt(0))
  const text = new TextDecoder('latin1').decode(file)
  const length = new DataView(file.buffer).getUint32(33)
  expect(text.slice(37, 41)).toBe('IDAT')
  const unpacked = new Blob([file.slice(41, 41 + length)]).stream().pipeThrough(new DecompressionStream('deflate'))
  // Filter byte, then a set bit for each white pixel.
  expect([...new Uint8Array(await new Response(unpacked).arrayBuffer())]).toEqual([0, 0b00011010, 0b10000000])
  // The check of the empty last chunk is known to everybody.
  expect([...file.slice(-8)]).toEqual([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82])
})
