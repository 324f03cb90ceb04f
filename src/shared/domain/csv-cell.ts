/** A text that a spreadsheet could take for a formula, preceded by an apostrophe (OWASP, CSV injection); also behind spaces and control characters: spreadsheets trim before they look. */
export function harmless(text: string): string {
  return /^[\s\p{Cc}]*[=+\-@\u2212\uff1d\uff0b\uff0d\uff20]|^\p{Cc}/u.test(text) ? `'${text}` : text
}

/** A cell of a file separated by semicolons. */
export function quoted(cell: string): string {
  return /[;"\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
