/**
 * Widths of the bars and gaps of a Code 128 symbol (ISO/IEC 15417), in modules, the first one a bar; without its quiet zones.
 * bwip-js is BWIPP, the reference encoder; it is two megabytes, hence loaded when the first slip is drawn.
 */
export async function code128(text: string): Promise<number[]> {
  // The named export `raw` of its ESM build is a symbology of that name, the encoder is the default's.
  const { default: bwip } = await import('bwip-js/node')
  const [symbol] = bwip.raw({ bcid: 'code128', text })
  if (!symbol || !('sbs' in symbol)) throw new Error('Code 128 was not made')
  return [...symbol.sbs]
}
