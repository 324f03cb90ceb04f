import type { RegisterKind, RegisterMapping, SavedMapping } from '@shared/contract/registers'
import { AppError } from '@shared/errors'
import { guessKind, matchHeader, readValue, registerColumns, sameColumn, tidy } from './register-columns'

/** Throws AppError invalidInput mappingInvalid {column?, problem: unknownColumn | columnTwice | unreadable}; `column` is one of ours: what was typed stands in no failure. */
export function checkMapping(kind: RegisterKind, { columns, fixed }: RegisterMapping): void {
  const ours = new Map(registerColumns[kind].map((column) => [column.name, column]))
  const taken = new Set<string>()
  const refuse = (column: string, problem: string): never => {
    throw new AppError('invalidInput', 'mappingInvalid', { problem, ...(ours.has(column) && { column }) })
  }
  for (const [index, { from }] of columns.entries()) {
    if (columns.some((other, at) => at < index && sameColumn(other.from, from))) refuse(from, 'columnTwice')
  }
  for (const name of [...columns.flatMap(({ to }) => (to === null ? [] : [to])), ...fixed.map(({ column }) => column)]) {
    if (!ours.has(name)) refuse(name, 'unknownColumn')
    if (taken.has(name)) refuse(name, 'columnTwice')
    taken.add(name)
  }
  for (const { column: name, value } of fixed) {
    const column = ours.get(name)
    const read = column && readValue(column.value, tidy(value))
    if (read === null || read === 'tooLong') refuse(name, 'unreadable')
  }
}

/**
 * The kind of a file by its header and what is remembered: the mapping that leaves no required column out and knows most of the header. Our own names alone
 * win where they know as much. Where two mappings know equally much nobody chooses but a person: their providers may differ.
 */
export function chooseMapping(header: readonly string[], saved: readonly SavedMapping[], asked?: RegisterKind): { kind: RegisterKind | null; mapping: SavedMapping | null } {
  const plain = asked ?? guessKind(header)
  const plainMatch = plain && matchHeader(plain, header)
  const plainKnown = plainMatch && plainMatch.missing.length === 0 ? plainMatch.columns.filter(Boolean).length : 0
  const fitting = saved
    .filter(({ kind, columns }) => (!asked || kind === asked) && (columns.length === 0 || columns.some(({ from }) => header.some((name) => sameColumn(name, from)))))
    .map((mapping) => ({ mapping, match: matchHeader(mapping.kind, header, mapping) }))
    .filter(({ match }) => match.missing.length === 0)
    .map(({ mapping, match }) => ({ mapping, known: match.columns.filter(Boolean).length + match.fixed.length }))
    .filter(({ known }) => known > plainKnown)
    .sort((a, b) => b.known - a.known)
  const [best, second] = fitting
  if (!best || second?.known === best.known) return { kind: plain, mapping: null }
  return { kind: best.mapping.kind, mapping: best.mapping }
}
