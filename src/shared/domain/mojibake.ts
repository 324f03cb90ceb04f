// Windows-1251 above ASCII, and how KOI8-R orders the letters.
const CP1251 =
  'ЂЃ‚ѓ„…†‡€‰Љ‹ЊЌЋЏђ‘’“”•–—\u0098™љ›њќћџ\u00a0ЎўЈ¤Ґ¦§Ё©Є«¬\u00ad®Ї°±Ііґµ¶·ё№є»јЅѕїАБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯабвгдежзийклмнопрстуфхцчшщъыьэюя'
const KOI8_LETTERS = 'юабцдефгхийклмнопярстужвьызшэщчъЮАБЦДЕФГХИЙКЛМНОПЯРСТУЖВЬЫЗШЭЩЧЪ'
const CP1252 = '€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ'

/**
 * The text and what it was before its bytes were read in a wrong encoding (UTF-8, windows-1251 and KOI8-R taken for each other or for Latin-1):
 * «Ð\u0093Ð¡-2315» and «ГС-2315». The text itself first; the rest only where it gives letters.
 */
export function readableSpellings(text: string): string[] {
  if (!/[^\x20-\x7e]/.test(text)) return [text]
  const found = [text]
  for (const bytes of [bytesOf(text, latin1), bytesOf(text, cp1251)]) {
    if (!bytes) continue
    for (const read of [fromUtf8(bytes), fromTable(bytes, (byte) => CP1251.charAt(byte - 0x80)), fromTable(bytes, (byte) => KOI8_LETTERS.charAt(byte - 0xc0))]) {
      if (read !== null && read !== text && /^[\x20-\x7eА-яЁё№]+$/.test(read)) found.push(read)
    }
  }
  return [...new Set(found)]
}

function latin1(letter: string): number {
  const place = CP1252.indexOf(letter)
  return place >= 0 ? 0x80 + place : (letter.codePointAt(0) ?? 0)
}

function cp1251(letter: string): number {
  const place = CP1251.indexOf(letter)
  return place >= 0 ? 0x80 + place : (letter.codePointAt(0) ?? 0)
}

function bytesOf(text: string, code: (letter: string) => number): number[] | null {
  const bytes = [...text].map(code)
  return bytes.every((byte) => byte < 0x100) ? bytes : null
}

function fromTable(bytes: readonly number[], letter: (byte: number) => string): string {
  return bytes.map((byte) => (byte < 0x80 ? String.fromCharCode(byte) : letter(byte) || '\ufffd')).join('')
}

/** Null when the bytes are no UTF-8 of Russian text, which has one or two bytes a letter. */
function fromUtf8(bytes: readonly number[]): string | null {
  let text = ''
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0
    if (byte < 0x80) text += String.fromCharCode(byte)
    else {
      const next = bytes[++at] ?? 0
      if (byte < 0xc2 || byte > 0xdf || next < 0x80 || next > 0xbf) return null
      text += String.fromCharCode(((byte & 0x1f) << 6) | (next & 0x3f))
    }
  }
  return text
}
