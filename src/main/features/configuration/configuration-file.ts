import { createHash } from 'node:crypto'
import { z } from 'zod'
import { configurationKeys, configurationPart, configurationParts, configurationValues, type ConfigurationPart, type ValueProblem } from '@shared/contract/configuration'
import { AppError } from '@shared/errors'

/**
 * The file of a configuration: JSON `{format, version, checksum, items: [{part, key, value}]}`. The same configuration is the same file to the byte: keys are sorted, items too, and
 * nothing tells when, where or by whom it was made (its name does). The checksum finds damage; it is no signature, so the differences are always shown before anything is taken in.
 */
export interface ConfigurationItem {
  part: ConfigurationPart
  key: string
  value: unknown
}

const FORMAT = 'okno-configuration'
const VERSION = 1
/** A logo of 24 kB a provider, a thousand forms: a real one is below a megabyte. */
export const MOST_BYTES = 16 * 1024 * 1024
const MOST_DEPTH = 24
export const tooLarge = (): AppError => new AppError('invalidInput', 'configurationTooLarge', { megabytes: MOST_BYTES / 1024 / 1024 })

/** How a file of an older version becomes one of the next: `upgrades[1]` makes version 2 of version 1. Values are upgraded apart, by the defaults of their schemas. */
export type Upgrades = Readonly<Record<number, (items: unknown) => unknown>>
const upgrades: Upgrades = {}

const head = z.looseObject({ format: z.literal(FORMAT), version: z.int().min(1) })
const body = z.strictObject({ format: z.literal(FORMAT), version: z.int(), checksum: z.string().regex(/^[0-9a-f]{64}$/), items: z.array(z.unknown()).max(5000) })
const itemShape = z.strictObject({ part: configurationPart, key: z.string(), value: z.unknown() })

/** The file of these items, and its checksum. A value its schema knows how to read is written as the schema has it, so that defaults of today are said. */
export function writeConfiguration(items: readonly ConfigurationItem[]): { text: string; checksum: string } {
  const written = sorted(items.map(({ part, key, value }) => ({ part, key, value: configurationValues[part].safeParse(value).data ?? value })))
  const checksum = checksumOf(written)
  return { text: `${JSON.stringify(ordered({ format: FORMAT, version: VERSION, checksum, items: written }), null, 2)}\n`, checksum }
}

/**
 * What a file holds, part by part, each value still to be checked (`checkValue`). Whoever made it may be hostile or a broken disk.
 * Throws AppError invalidInput configurationTooLarge {megabytes}, configurationMalformed, configurationForeign, configurationNewer {version}, configurationDamaged.
 */
export function readConfiguration(bytes: Uint8Array, steps: Upgrades = upgrades, newest = VERSION): { checksum: string; items: ConfigurationItem[] } {
  if (bytes.byteLength > MOST_BYTES) throw tooLarge()
  const malformed = new AppError('invalidInput', 'configurationMalformed')
  let json: unknown
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch {
    throw malformed
  }
  if (!isPlain(json)) throw malformed
  const known = head.safeParse(json)
  if (!known.success) throw new AppError('invalidInput', 'configurationForeign')
  if (known.data.version > newest) throw new AppError('invalidInput', 'configurationNewer', { version: known.data.version })
  const whole = body.safeParse(json)
  if (!whole.success) throw malformed
  if (checksumOf(whole.data.items) !== whole.data.checksum) throw new AppError('invalidInput', 'configurationDamaged')
  let items: unknown = whole.data.items
  for (let version = whole.data.version; version < newest; version++) items = (steps[version] ?? ((same: unknown) => same))(items)
  const parsed = z.array(itemShape).safeParse(items)
  if (!parsed.success) throw malformed
  const seen = new Set(parsed.data.map(({ part, key }) => `${part} ${key}`))
  if (seen.size !== parsed.data.length || parsed.data.some(({ part, key }) => !configurationKeys[part].safeParse(key).success)) throw malformed
  return { checksum: whole.data.checksum, items: sorted(parsed.data) }
}

/** A value as it may be taken in, or what is wrong with it. Words of the keys it holds must agree with the key it stands under. */
export function checkValue({ part, key, value }: ConfigurationItem): { value: unknown; problems: ValueProblem[] } {
  const parsed = configurationValues[part].safeParse(value)
  if (!parsed.success) {
    return { value, problems: parsed.error.issues.slice(0, 20).map(({ path, message, code, ...rest }) => ({ path: path.join('.'), problem: /^[a-z]\w*$/i.test(message) ? message : code, params: 'params' in rest && rest.params ? rest.params : {} })) }
  }
  const own = keyOf(part, parsed.data)
  return { value: parsed.data, problems: own === null || own === key ? [] : [{ path: '', problem: 'keyOfAnother', params: {} }] }
}

/** What the value itself says it is known by; null: it does not say. */
function keyOf(part: ConfigurationPart, value: unknown): string | null {
  const { code, purpose, channel, version, kind, provider } = value as Record<string, string | null>
  if (part === 'registerMappings') return provider === null ? `${kind}` : `${kind}/${provider}`
  if (part === 'providers') return code ?? null
  return part === 'consentTexts' ? `${purpose}/${channel}/${version}` : null
}

const sorted = <Item extends { part: ConfigurationPart; key: string }>(items: readonly Item[]): Item[] =>
  [...items].sort((left, right) => configurationParts.indexOf(left.part) - configurationParts.indexOf(right.part) || (left.key < right.key ? -1 : 1))

const checksumOf = (items: readonly unknown[]): string => createHash('sha256').update(JSON.stringify(ordered(items))).digest('hex')

/** The same with the keys of every object in order; what is undefined is not there. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined).sort(([left], [right]) => (left < right ? -1 : 1)).map(([key, one]) => [key, ordered(one)]))
}

/** Neither deeper than any value of ours, nor with characters the database has no place for (NUL, half of a pair). */
function isPlain(value: unknown, depth = 0): boolean {
  if (depth > MOST_DEPTH) return false
  if (typeof value === 'string') return isText(value)
  if (Array.isArray(value)) return value.every((one) => isPlain(one, depth + 1))
  if (typeof value === 'object' && value !== null) return Object.entries(value).every(([key, one]) => key !== '__proto__' && isText(key) && isPlain(one, depth + 1))
  return true
}
const isText = (text: string): boolean => !text.includes('\u0000') && !/[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/.test(text)
