/** A number of a list as it was written; `line` is the line of the text it stands on, from 1. */
export interface ListedNumber {
  line: number
  typed: string
}

/** Columns that hold the number, as billing and people head them. */
const headings = /^(?:№|номер|n)?\s*(?:договора?|лицевого сч[её]та|лицевой сч[её]т|л\/с|лс|сч[её]т|контракт|contract|account|number|номер|№)$/iu

/** A number of a contract or an account: digits, perhaps with a short index of letters; a name or a date is none. */
const likeNumber = /^(?=[^\d]*\d)(?!\d{1,2}\.\d{1,2}\.\d{2,4}$)[\p{L}№\s]{0,6}[\d\s\-/.]{3,40}[\p{L}]{0,3}$/u

const separators = /[;\t,]/

/**
 * Numbers of a list that was pasted or read from a CSV file: one a line, or several beside each other, or the column that is headed as one
 * («Договор», «Лицевой счёт»). Quotes of CSV are taken off, empty lines passed by. Without a heading a line gives all its cells when all look like numbers,
 * else the first that does; a line with none gives its first cell, so that nothing of the list is passed over in silence.
 */
export function numbersOf(text: string): ListedNumber[] {
  const lines = text.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/).map((line, index) => ({ line: index + 1, cells: cellsOf(line) })).filter(({ cells }) => cells.some((cell) => cell !== ''))
  const heading = lines[0]?.cells.findIndex((cell) => headings.test(cell)) ?? -1
  return lines.slice(heading >= 0 ? 1 : 0).flatMap(({ line, cells }) => numbersAmong(cells, heading).map((typed) => ({ line, typed })))
}

function numbersAmong(cells: string[], heading: number): string[] {
  if (heading >= 0) return [cells[heading] || cells.find(Boolean) || '']
  const filled = cells.filter(Boolean)
  const numbers = filled.filter((cell) => likeNumber.test(cell))
  if (numbers.length === filled.length) return filled
  return [numbers[0] ?? filled[0] ?? '']
}

const cell = /\s*(?:"((?:[^"]|"")*)"|([^;\t,]*))\s*(?:[;\t,]|$)/gy

function cellsOf(line: string): string[] {
  const cells: string[] = []
  cell.lastIndex = 0
  while (cell.lastIndex < line.length) {
    const match = cell.exec(line)
    // A quote opened and not closed: the line is no CSV, its words are taken as they stand.
    if (!match) return line.split(separators).map((part) => part.trim())
    cells.push(match[1]?.replaceAll('""', '"').trim() ?? match[2]?.trim() ?? '')
  }
  return cells
}
