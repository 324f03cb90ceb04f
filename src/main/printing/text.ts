const NBSP = '\u00a0'

/** Making one takes longer than drawing a line of text. */
const formats = new Map<string | undefined, Intl.DateTimeFormat>()

function formatOf(timeZone: string | undefined): Intl.DateTimeFormat {
  let format = formats.get(timeZone)
  if (!format) {
    format = new Intl.DateTimeFormat('en-GB', {
      ...(timeZone === undefined ? {} : { timeZone }),
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      hourCycle: 'h23',
    })
    formats.set(timeZone, format)
  }
  return format
}

/** All sheets of a batch are of one instant. */
let lastTime: { instant: string; timeZone: string | undefined; local: { date: string; time: string } } | null = null

/** The civil date and clock time of an instant; without `timeZone`, by the clock of this computer, which stands in the office. */
export function localTime(instant: string, timeZone?: string): { date: string; time: string } {
  if (lastTime?.instant === instant && lastTime.timeZone === timeZone) return lastTime.local
  const format = formatOf(timeZone)
  const part = new Map(format.formatToParts(new Date(instant)).map(({ type, value }) => [type, value]))
  const local = {
    date: `${part.get('year')}-${part.get('month')}-${part.get('day')}`,
    time: `${part.get('hour')}:${part.get('minute')}`,
  }
  lastTime = { instant, timeZone, local }
  return local
}

/** A sum, a volume, a date in digits. */
export function isFigure(text: string): boolean {
  return /^[\d,.\u00a0\u2212-]+$/.test(text)
}

/**
 * What a printed line may hold: composed letters (Й and Ё as one character, else they fall apart in search and copying), no control characters,
 * the narrow no-break space as an ordinary one (PT Sans has no such glyph), and no line end after a sign or a short abbreviation.
 */
export function typeset(text: string): string {
  // Half of what a bill says is figures, and nothing of this concerns them.
  if (isFigure(text)) return text
  return (
    text
      .normalize('NFC')
      .replace(/[\u202f\u2009\u2007]/g, NBSP)
      // eslint-disable-next-line no-control-regex -- a line break in a name would break the sheet's line
      .replace(/[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028\u2029\ufeff]+/g, ' ')
      .replace(/([№§]|л\/с) (?=\S)/g, `$1${NBSP}`)
      .replace(/(?<=^|[\s(])(г|с|ул|пр|пер|д|кв|корп|стр|обл|п|тел)\. (?=\S)/gi, `$1.${NBSP}`)
      // Initials stay together.
      .replace(/(?<=^|\s)([А-ЯЁA-Z])\. (?=[А-ЯЁA-Z]\.)/g, `$1.${NBSP}`)
      .replace(/ +/g, ' ')
      .replace(/^ | $/g, '')
  )
}
