const plain = new Map<string, readonly [string, string]>([
  ['Backquote', ['`', '~']],
  ['Minus', ['-', '_']],
  ['Equal', ['=', '+']],
  ['BracketLeft', ['[', '{']],
  ['BracketRight', [']', '}']],
  ['Backslash', ['\\', '|']],
  ['Semicolon', [';', ':']],
  ['Quote', ["'", '"']],
  ['Comma', [',', '<']],
  ['Period', ['.', '>']],
  ['Slash', ['/', '?']],
  ['Space', [' ', ' ']],
])
const SHIFTED_DIGITS = ')!@#$%^&*('

/** The character of a place (`event.code`) on a US keyboard, whatever the layout and Caps Lock are; null for keys without one. */
export function usCharacter(code: string, shift: boolean): string | null {
  const [, letter, digit] = /^(?:Key([A-Z])|Digit(\d))$/.exec(code) ?? []
  if (letter) return shift ? letter : letter.toLowerCase()
  if (digit) return shift ? SHIFTED_DIGITS.charAt(Number(digit)) : digit
  return plain.get(code)?.[shift ? 1 : 0] ?? null
}
