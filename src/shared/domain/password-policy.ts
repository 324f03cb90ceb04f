import { fold } from './fold'
import type { ProviderProfile } from './provider-profile'

export type PasswordPolicy = Pick<ProviderProfile['password'], 'min' | 'max' | 'length' | 'alphabet' | 'requireLetter' | 'requireDigit'>

/** What a password must not repeat: it stands on the same sheet or is known to the neighbours. */
export interface PasswordOwner {
  login?: string | null
  account?: string | null
  lastName?: string | null
  phone?: string | null
}

export type PasswordProblem =
  | 'tooShort' | 'tooLong' | 'unexpectedCharacter' | 'letterMissing' | 'digitMissing' | 'equalsLogin' | 'equalsAccount' | 'equalsLastName' | 'equalsPhone'

/** Whole number from 0 to max - 1, each equally likely; main passes crypto.randomInt. */
export type RandomInt = (max: number) => number

const MOST_ATTEMPTS = 10_000
const GROUP = 4

/** What keeps a password from being accepted by the portal's policy. */
export function passwordProblems(policy: PasswordPolicy, password: string, owner: PasswordOwner = {}): PasswordProblem[] {
  const problems: PasswordProblem[] = []
  const length = [...password].length
  if (length < policy.min) problems.push('tooShort')
  if (length > policy.max) problems.push('tooLong')
  if (![...password].every((character) => policy.alphabet.includes(character))) problems.push('unexpectedCharacter')
  if (policy.requireLetter && !/[a-z]/i.test(password)) problems.push('letterMissing')
  if (policy.requireDigit && !/\d/.test(password)) problems.push('digitMissing')
  const repeats = (value: string | null | undefined) => Boolean(value) && plain(value ?? '') === plain(password)
  if (repeats(owner.login) || repeats(owner.login?.split('@')[0])) problems.push('equalsLogin')
  if (repeats(owner.account)) problems.push('equalsAccount')
  if (repeats(owner.lastName)) problems.push('equalsLastName')
  if (repeatsPhone(owner.phone, password)) problems.push('equalsPhone')
  return problems
}

/**
 * A password of the policy's length, uniform over all passwords that the policy accepts: a draw that lacks a class or repeats
 * the owner's data is thrown away whole, never patched. Throws RangeError when the policy cannot be met.
 */
export function generatePassword(policy: PasswordPolicy, randomInt: RandomInt, owner: PasswordOwner = {}): string {
  const characters = [...policy.alphabet]
  if (characters.length < 2 || new Set(characters).size !== characters.length) throw new RangeError('the alphabet must hold different characters')
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const password = Array.from({ length: policy.length }, () => drawn(characters, randomInt)).join('')
    if (passwordProblems(policy, password, owner).length === 0) return password
  }
  throw new RangeError('no password meets the policy')
}

/**
 * How many bits a generated password is worth: the base-2 logarithm of the number of passwords that the policy accepts, each equally likely.
 * -Infinity when there is none.
 */
export function passwordBits(policy: PasswordPolicy): number {
  const characters = [...new Set(policy.alphabet)]
  const without = (missing: RegExp[]) => characters.filter((character) => !missing.some((one) => one.test(character))).length
  const letter = policy.requireLetter ? [/[a-z]/i] : []
  const digit = policy.requireDigit ? [/\d/] : []
  // Inclusion and exclusion, each as a share of all words of that length: the numbers themselves leave the range of a double.
  const share = (count: number) => (count / characters.length) ** policy.length
  const refused = (letter.length > 0 ? share(without(letter)) : 0) + (digit.length > 0 ? share(without(digit)) : 0) - (letter.length > 0 && digit.length > 0 ? share(without([...letter, ...digit])) : 0)
  return policy.length * Math.log2(characters.length) + Math.log2(Math.max(0, 1 - refused))
}

/** «t7Q» as ['тэ строчная', 'семь', 'ку заглавная']: read out or checked against the sheet. */
export function spellRussian(password: string): string[] {
  return [...password].map((character) => {
    const letter = LETTER_NAMES[character.toLowerCase()]
    if (letter !== undefined) return `${letter} ${character === character.toLowerCase() ? 'строчная' : 'заглавная'}`
    return SIGN_NAMES[character] ?? character
  })
}

/** Groups of four for printing with thin spacing; the spaces are no part of the password. */
export function groups(password: string): string[] {
  const characters = [...password]
  return Array.from({ length: Math.ceil(characters.length / GROUP) }, (_, index) => characters.slice(index * GROUP, (index + 1) * GROUP).join(''))
}

const LETTER_NAMES: Readonly<Record<string, string>> = {
  a: 'а', b: 'бэ', c: 'цэ', d: 'дэ', e: 'е', f: 'эф', g: 'гэ', h: 'аш', i: 'и', j: 'йот', k: 'ка', l: 'эль', m: 'эм', n: 'эн', o: 'о', p: 'пэ', q: 'ку', r: 'эр', s: 'эс',
  t: 'тэ', u: 'у', v: 'вэ', w: 'дубль-вэ', x: 'икс', y: 'игрек', z: 'зет',
}
const SIGN_NAMES: Readonly<Record<string, string>> = {
  0: 'ноль', 1: 'один', 2: 'два', 3: 'три', 4: 'четыре', 5: 'пять', 6: 'шесть', 7: 'семь', 8: 'восемь', 9: 'девять',
  '-': 'дефис', _: 'подчёркивание', '.': 'точка', ',': 'запятая', '!': 'восклицательный знак', '?': 'вопросительный знак', '@': 'собака', '#': 'решётка', $: 'доллар',
  '%': 'процент', '&': 'амперсанд', '*': 'звёздочка', '+': 'плюс', '=': 'равно', '/': 'косая черта', ':': 'двоеточие', ';': 'точка с запятой', '(': 'скобка открывается', ')': 'скобка закрывается',
}

function drawn(characters: readonly string[], randomInt: RandomInt): string {
  const character = characters[randomInt(characters.length)]
  if (character === undefined) throw new RangeError('randomInt left its range')
  return character
}

function plain(text: string): string {
  return fold(text).replace(/[^a-zа-я0-9]/g, '')
}

function repeatsPhone(phone: string | null | undefined, password: string): boolean {
  const digits = phone?.replace(/\D/g, '') ?? ''
  if (digits === '' || /\D/.test(plain(password))) return false
  return plain(password).length >= 7 && digits.endsWith(plain(password).slice(-10))
}
