/** The shape of a catalogue: the same keys, other words. */
export type SameTexts<T> = { [K in keyof T]: T[K] extends string ? string : SameTexts<T[K]> }
