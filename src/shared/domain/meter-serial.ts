import { lookAlikesToCyrillic } from './look-alikes'

/** The form factory numbers of meters are compared in. Leading zeros stay, letters are retyped from the dial in any layout. */
export function serialKey(text: string): string {
  const written = text.normalize('NFC').toUpperCase().replaceAll('Ё', 'Е')
  return lookAlikesToCyrillic(written.replace(/[\s№\-\u2010-\u2015\u2212.,_/\\]/gu, ''))
}
