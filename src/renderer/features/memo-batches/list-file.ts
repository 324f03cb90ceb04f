/** Text of a file in UTF-8 or windows-1251; null when it is none (a spreadsheet, an archive). */
export function textOfFile(bytes: Uint8Array): string | null {
  if (bytes.some((byte) => byte === 0)) return null
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    return new TextDecoder('windows-1251').decode(bytes)
  }
}
