/** What the words of a memo sheet may name in braces, with values an editor shows as an example. */
export const memoPlaceholders = [
  { name: 'login', sample: '100200300' },
  { name: 'account', sample: '100200300' },
  { name: 'contract', sample: '12345678' },
  { name: 'portal', sample: 'Личный кабинет' },
  { name: 'url', sample: 'https://lk.example.org' },
  { name: 'provider', sample: 'ООО «Тепловые сети Энска»' },
  { name: 'phone', sample: '8-800-000-00-00' },
  { name: 'emergency', sample: 'Аварийная служба: 8-800-000-00-01' },
  { name: 'hours', sample: 'пн–пт 8:00–17:00' },
  { name: 'site', sample: 'https://example.org' },
  { name: 'tariff', sample: 'Домашний 300' },
  { name: 'expires', sample: '25 ноября 2026 г., 09:05' },
  { name: 'passwordMin', sample: '8' },
  { name: 'passwordMax', sample: '20' },
] as const

export type MemoPlaceholder = (typeof memoPlaceholders)[number]['name']
export type MemoValues = Record<MemoPlaceholder, string | null>

const inBraces = /\{([^{}]*)\}/g

/** Names in braces that no memo knows, each once, in their order; an editor refuses to save such a text. */
export function unknownMemoPlaceholders(text: string): string[] {
  const known = new Set<string>(memoPlaceholders.map(({ name }) => name))
  return [...new Set([...text.matchAll(inBraces)].map(([, name = '']) => name).filter((name) => !known.has(name)))]
}

/**
 * The text with its placeholders replaced; null when one of them has no value for this subscriber: a sentence like «Пароль действует до {expires}»
 * is left out whole rather than printed with a hole. What stands in unknown braces stays as it is.
 */
export function fillMemoText(text: string, values: MemoValues): string | null {
  let hasHole = false
  const filled = text.replace(inBraces, (braced, name: string) => {
    if (!isKnown(name)) return braced
    const value = values[name]
    if (value === null || value === '') hasHole = true
    return value ?? ''
  })
  return hasHole ? null : filled
}

/** Every text of the list that has no hole. */
export function fillMemoTexts(texts: readonly string[], values: MemoValues): string[] {
  return texts.flatMap((text) => fillMemoText(text, values) ?? [])
}

function isKnown(name: string): name is MemoPlaceholder {
  return memoPlaceholders.some((placeholder) => placeholder.name === name)
}
