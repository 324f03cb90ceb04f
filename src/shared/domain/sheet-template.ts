/**
 * The text of a form (бланк) that an administrator writes: one line is one thing on paper.
 *
 *   # Заявление         title            > от {subscriber}   upper right block
 *   ## О чём            heading          - пункт             item of a list
 *   [] да               box to tick      ___                 empty line for handwriting
 *   ---                 rule             {signature}         a ready piece (alone on its line)
 *
 * Anything else is a paragraph, an empty line is a gap. `{name}` is filled from the record, `{?Причина}` is asked of the operator before printing;
 * what nobody knows becomes a blank for handwriting.
 */
export const sheetPlaceholders = [
  { name: 'subscriber', sample: 'Иванов Пётр Сергеевич' },
  { name: 'representative', sample: 'Иванова Мария Петровна' },
  { name: 'address', sample: 'г. Энск, ул. Ленина, д. 10, кв. 15' },
  { name: 'account', sample: '100200300' },
  { name: 'contract', sample: '12345678' },
  { name: 'contractDate', sample: '1 марта 2020 г.' },
  { name: 'tariff', sample: 'Домашний 300' },
  { name: 'area', sample: '54,3 м²' },
  { name: 'residents', sample: '3' },
  { name: 'provider', sample: 'ООО «Тепловые сети Энска»' },
  { name: 'providerInn', sample: '7400000015' },
  { name: 'providerAddress', sample: 'г. Энск, ул. Заводская, д. 1' },
  { name: 'providerPhone', sample: '8-800-000-00-00' },
  { name: 'debt', sample: '4 352,67 ₽' },
  { name: 'debtWords', sample: 'Четыре тысячи триста пятьдесят два рубля 67 копеек' },
  { name: 'overpaid', sample: '0,00 ₽' },
  { name: 'debtPeriod', sample: 'октябрь 2026 г.' },
  { name: 'office', sample: 'Центральный офис обслуживания' },
  { name: 'officeAddress', sample: 'г. Энск, пр. Мира, д. 5' },
  { name: 'officePhone', sample: '8-800-000-00-00' },
  { name: 'operator', sample: 'Ветрова Анна Павловна' },
  { name: 'today', sample: '22 ноября 2026 г.' },
] as const
export type SheetPlaceholder = (typeof sheetPlaceholders)[number]['name']

/** Of a request, when the form is printed as its application. */
export const requestPlaceholders = [
  { name: 'request', sample: 'З-2026-000123' },
  { name: 'requestText', sample: 'Прошу пересчитать плату за отопление за октябрь.' },
  { name: 'dueOn', sample: '22 декабря 2026 г.' },
  { name: 'from', sample: '1 декабря 2026 г.' },
  { name: 'until', sample: '31 января 2027 г.' },
  { name: 'newTariff', sample: 'Домашний 500' },
  { name: 'amount', sample: '1 500,00 ₽' },
] as const
export type RequestPlaceholder = (typeof requestPlaceholders)[number]['name']

/** Pieces that are more than words: they stand alone on a line. */
export const sheetPieces = ['signature', 'receipt', 'meters', 'balances'] as const
export type SheetPiece = (typeof sheetPieces)[number]

export type SheetValues = Record<SheetPlaceholder, string | null> & Partial<Record<RequestPlaceholder, string | null>>

export type SheetLine =
  | { kind: 'title' | 'heading' | 'addressee' | 'item' | 'box' | 'paragraph'; text: string }
  | { kind: 'gap' | 'rule' | 'blank' }
  | { kind: 'piece'; piece: SheetPiece }

export interface SheetProblem {
  /** From 1. */
  line: number
  problem: 'unknownName' | 'openBrace' | 'pieceInText' | 'emptyLine' | 'questionLength' | 'tooManyQuestions' | 'nothing'
  /** What stands in the braces. */
  name?: string
}

export interface SheetText {
  lines: SheetLine[]
  /** What the operator is asked, each once, in the order of the text. */
  questions: string[]
  problems: SheetProblem[]
}

export const MAX_QUESTIONS = 12
const MAX_QUESTION_LENGTH = 80
/** As long as a name written by hand. */
export const handwritten = '_'.repeat(24)

const inBraces = /\{([^{}]*)\}/g
const marks: [string, Extract<SheetLine, { text: string }>['kind']][] = [
  ['## ', 'heading'],
  ['# ', 'title'],
  ['> ', 'addressee'],
  ['- ', 'item'],
  ['[] ', 'box'],
]
const names: ReadonlySet<string> = new Set([...sheetPlaceholders, ...requestPlaceholders].map(({ name }) => name))
const pieces: ReadonlySet<string> = new Set(sheetPieces)

/** Reads the text of a form; what is wrong with it stands in `problems`, the rest is read all the same. */
export function readSheetText(text: string): SheetText {
  const lines: SheetLine[] = []
  const questions: string[] = []
  const problems: SheetProblem[] = []
  for (const [index, raw] of text.replaceAll('\r\n', '\n').trimEnd().split('\n').entries()) {
    const line = lineOf(raw.trim())
    lines.push(line)
    if ('text' in line) problems.push(...problemsOf(line.text, questions).map((found) => ({ line: index + 1, ...found })))
  }
  if (lines.every(({ kind }) => kind === 'gap')) problems.push({ line: 1, problem: 'nothing' })
  return { lines, questions, problems }
}

function lineOf(raw: string): SheetLine {
  if (raw === '') return { kind: 'gap' }
  if (/^-{3,}$/.test(raw)) return { kind: 'rule' }
  if (/^_{3,}$/.test(raw)) return { kind: 'blank' }
  const alone = /^\{([^{}]*)\}$/.exec(raw)?.[1]
  if (alone !== undefined && isPiece(alone)) return { kind: 'piece', piece: alone }
  for (const [mark, kind] of marks) if (raw.startsWith(mark.trim()) && (raw.startsWith(mark) || raw === mark.trim())) return { kind, text: raw.slice(mark.length).trim() }
  return { kind: 'paragraph', text: raw }
}

function problemsOf(text: string, questions: string[]): Omit<SheetProblem, 'line'>[] {
  const found: Omit<SheetProblem, 'line'>[] = []
  if (text === '') found.push({ problem: 'emptyLine' })
  for (const [, name = ''] of text.matchAll(inBraces)) {
    if (name.startsWith('?')) {
      const question = name.slice(1).trim()
      if (question === '' || question.length > MAX_QUESTION_LENGTH) found.push({ problem: 'questionLength', name })
      else if (!questions.includes(question)) {
        questions.push(question)
        if (questions.length === MAX_QUESTIONS + 1) found.push({ problem: 'tooManyQuestions' })
      }
    } else if (pieces.has(name)) found.push({ problem: 'pieceInText', name })
    else if (!names.has(name)) found.push({ problem: 'unknownName', name })
  }
  if (/[{}]/.test(text.replace(inBraces, ''))) found.push({ problem: 'openBrace' })
  return found
}

/** The words of a line with its braces filled: `answers` by question. A blank for handwriting where there is nothing to say. */
export function fillSheetLine(text: string, values: SheetValues, answers: ReadonlyMap<string, string>): string {
  return text.replace(inBraces, (braced, name: string) => {
    if (name.startsWith('?')) return answers.get(name.slice(1).trim()) || handwritten
    return names.has(name) ? (values[name as keyof SheetValues] ?? '') || handwritten : braced
  })
}

/** Whether the form says anything of one account: then an account has to be chosen. */
export function needsAccount(text: string): boolean {
  const { lines } = readSheetText(text)
  return lines.some((line) => (line.kind === 'piece' ? line.piece === 'meters' || line.piece === 'balances' : 'text' in line && [...line.text.matchAll(inBraces)].some(([, name = '']) => ofAccount.has(name))))
}

const ofAccount: ReadonlySet<string> = new Set<SheetPlaceholder>([
  'address', 'account', 'contract', 'contractDate', 'tariff', 'area', 'residents', 'provider', 'providerInn', 'providerAddress', 'providerPhone', 'debt', 'debtWords', 'overpaid', 'debtPeriod',
])

function isPiece(name: string): name is SheetPiece {
  return pieces.has(name)
}
