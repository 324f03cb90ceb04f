const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/**
 * A PNG of one grey bit a dot as a mask of a PDF: its compressed rows go over as they are, since both use the same packing (PNG 1.2, ISO 32000-1 7.4.4.4). Throws RangeError for other pictures.
 */
export function pngMask(png: Uint8Array): { dictionary: string; data: Buffer } {
  const bytes = Buffer.from(png.buffer, png.byteOffset, png.byteLength)
  const isPng = bytes.length > 33 && bytes.subarray(0, 8).equals(signature)
  // Depth 1, grey, the one compression and filter method, not interlaced.
  if (!isPng || bytes.toString('hex', 24, 29) !== '0100000000') throw new RangeError('The picture is no PNG of one grey bit a dot')
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)]
  const rows: Buffer[] = []
  for (let at = 8; at + 12 <= bytes.length; at += 12 + bytes.readUInt32BE(at)) {
    if (bytes.toString('latin1', at + 4, at + 8) === 'IDAT') rows.push(bytes.subarray(at + 8, at + 8 + bytes.readUInt32BE(at)))
  }
  return { dictionary: `/Width ${width}/Height ${height}/Filter/FlateDecode/DecodeParms<</Predictor 15/BitsPerComponent 1/Columns ${width}>>`, data: Buffer.concat(rows) }
}
