// The same physical keys under the English (QWERTY) and the Russian (ЙЦУКЕН) layout of Windows.
const ENGLISH = '`qwertyuiop[]asdfghjkl;\'zxcvbnm,.~QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>/?|@#$^&'
const RUSSIAN = 'ёйцукенгшщзхъфывапролджэячсмитьбюЁЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮ.,/"№;:?'

const russianKeys = keys(ENGLISH, RUSSIAN)
const englishKeys = keys(RUSSIAN, ENGLISH)

/** What the same keys give under the Russian layout: «bdfyjd» is «иванов». */
export function toRussianLayout(text: string): string {
  return retyped(text, russianKeys)
}

/** What the same keys give under the English layout: «еуые"ьфшдюкг» is «test@mail.ru». */
export function toEnglishLayout(text: string): string {
  return retyped(text, englishKeys)
}

function keys(from: string, to: string): ReadonlyMap<string, string> {
  return new Map([...from].map((key, index) => [key, to.charAt(index)]))
}

function retyped(text: string, layout: ReadonlyMap<string, string>): string {
  return [...text.normalize('NFC')].map((key) => layout.get(key) ?? key).join('')
}
