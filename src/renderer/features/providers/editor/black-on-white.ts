/** The place of a logo on paper is 42 × 14 mm; at 300 dpi that is 496 × 165 dots, and more can't be seen. */
const MOST = { width: 496, height: 165 }
/** Darker than this is black. */
const THRESHOLD = 150

/** A picture as a one-bit PNG in base64: transparent is white, the rest is black where it is dark. Throws when the file is no picture. */
export async function blackOnWhitePng(file: Blob): Promise<string> {
  const picture = await createImageBitmap(file)
  const scale = Math.min(1, MOST.width / picture.width, MOST.height / picture.height)
  const [width, height] = [Math.max(1, Math.round(picture.width * scale)), Math.max(1, Math.round(picture.height * scale))]
  const canvas = new OffscreenCanvas(width, height)
  const context = canvas.getContext('2d')
  if (!context) throw new Error('no canvas')
  context.fillStyle = 'white'
  context.fillRect(0, 0, width, height)
  context.drawImage(picture, 0, 0, width, height)
  return oneBitPng(context.getImageData(0, 0, width, height))
}

/** RGBA pixels as a one-bit grayscale PNG without interlacing (PNG specification, colour type 0), in base64. */
export async function oneBitPng({ width, height, data }: { width: number; height: number; data: Uint8ClampedArray }): Promise<string> {
  const rowBytes = Math.ceil(width / 8)
  const rows = new Uint8Array(height * (rowBytes + 1))
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = (y * width + x) * 4
      const light = 0.299 * (data[at] ?? 255) + 0.587 * (data[at + 1] ?? 255) + 0.114 * (data[at + 2] ?? 255)
      // The first byte of a row names its filter: none.
      const byte = y * (rowBytes + 1) + 1 + (x >> 3)
      if (light >= THRESHOLD) rows[byte] = (rows[byte] ?? 0) | (0x80 >> (x & 7))
    }
  }
  const header = new Uint8Array(13)
  const view = new DataView(header.buffer)
  view.setUint32(0, width)
  view.setUint32(4, height)
  header[8] = 1
  const packed = new Uint8Array(await new Response(new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'))).arrayBuffer())
  const bytes = [Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a), chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', new Uint8Array())]
  return btoa(bytes.map((part) => Array.from(part, (byte) => String.fromCharCode(byte)).join('')).join(''))
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const whole = new Uint8Array(12 + data.length)
  const view = new DataView(whole.buffer)
  view.setUint32(0, data.length)
  whole.set(Array.from(name, (letter) => letter.charCodeAt(0)), 4)
  whole.set(data, 8)
  view.setUint32(8 + data.length, crc(whole.subarray(4, 8 + data.length)))
  return whole
}

/** CRC-32 of ISO 3309, bit by bit: a logo is a few thousand bytes. */
function crc(bytes: Uint8Array): number {
  let value = 0xffffffff
  for (const byte of bytes) {
    value ^= byte
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0)
  }
  return (value ^ 0xffffffff) >>> 0
}
