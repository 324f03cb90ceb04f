/** Forms for 1, 2 and 5: ['рубль', 'рубля', 'рублей']. */
export type PluralForms = readonly [one: string, few: string, many: string]

/** The Russian form for a number (CLDR): 1 and 21 рубль, 2 and 1,5 рубля, 5, 11 and 112 рублей. */
export function plural(count: number, [one, few, many]: PluralForms): string {
  const size = Math.abs(count)
  if (!Number.isInteger(size)) return few
  const lastTwo = size % 100
  if (lastTwo >= 11 && lastTwo <= 14) return many
  const last = size % 10
  if (last === 1) return one
  return last >= 2 && last <= 4 ? few : many
}

/** «5 абонентов» that stay on one line. */
export function counted(count: number, forms: PluralForms): string {
  return `${count}\u00a0${plural(count, forms)}`
}
