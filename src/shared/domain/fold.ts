/**
 * One spelling for comparing words: NFC, lower case, ё as е.
 * Equal to SQL `translate(lower(normalize(t)), 'ё', 'е')` under any collation that knows Cyrillic (not "C").
 */
export function fold(text: string): string {
  return text.normalize('NFC').toLowerCase().replaceAll('ё', 'е')
}
