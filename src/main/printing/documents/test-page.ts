import type { Form } from '@shared/contract/printing'
import { a4, lineHeight, mm, openPdf, type Pdf, type TextStyle } from '../pdf'
import type { QueueOptions } from '../sheets'

export interface TestPage extends Pick<QueueOptions, 'queue' | 'tray' | 'duplex'> {
  form: Form
  /** Name of the computer. */
  desk: string
  /** Who printed it. */
  staff: string
  /** ISO instant. */
  at: string
  timeZone: string
}

const formNames: Record<Form, string> = {
  memo: 'Памятка абонента', paymentDocument: 'Платёжный документ', invoice: 'Счёт на оплату', statement: 'Выписка о расчётах', visitSlip: 'Талон посетителя', application: 'Заявление',
  consent: 'Согласие', act: 'Акт', notice: 'Уведомление', report: 'Отчёт', separator: 'Лист-разделитель',
}
const sideNames = { none: 'односторонняя', long: 'двусторонняя, переворот по длинному краю', short: 'двусторонняя, переворот по короткому краю' }

/** As `trayText` of the page says it, where the system's name is one everybody knows. */
const trayName = (tray: string): string => (tray === 'manual' ? 'ручная подача' : tray.replace(/^tray-(\d+)$/, '$1'))

/** What no printer of an office prints beyond, and what our sheets keep. */
const margin = 10 * mm
const rulerMm = 100
const left = 20 * mm

const text: TextStyle = { font: 'regular', size: 11 }
const strong: TextStyle = { font: 'bold', size: 11 }
const heading: TextStyle = { font: 'bold', size: 18 }

/**
 * A page by which a person at the printer sees whether our sheets come out right: a frame 10 mm from each edge, a ruler of 100 mm for the scale, letters down to 6 pt,
 * a QR code of the size of a bill's, steps of grey. Names the form, the printer and the computer; holds no data of anybody served.
 */
export async function drawTestPage({ form, queue, tray, duplex, desk, staff, at, timeZone }: TestPage): Promise<Buffer> {
  const pdf = openPdf({ title: 'Пробная страница', madeAt: at })
  const when = new Intl.DateTimeFormat('ru', { dateStyle: 'long', timeStyle: 'short', timeZone }).format(new Date(at))
  pdf.addPage()
  pdf.frame(margin, margin, a4.width - 2 * margin, a4.height - 2 * margin, 0.5)

  let y = 20 * mm
  y = paragraph(pdf, 'Пробная страница', y, heading, 'H1') + 2 * mm
  for (const [name, value] of [['Форма', formNames[form]], ['Принтер', queue], ['Лоток', tray === null ? 'по выбору принтера' : trayName(tray)], ['Печать', sideNames[duplex]], ['Компьютер', desk], ['Напечатал', `${staff}, ${when}`]] as const) {
    y = paragraph(pdf, `${name}: ${value}`, y, text)
  }

  y = section(pdf, '1. Поля', y)
  y = paragraph(pdf, 'Рамка видна со всех четырёх сторон и стоит в 10 мм от каждого края листа.', y, text)

  y = section(pdf, '2. Масштаб', y)
  y = paragraph(pdf, 'Приложите линейку: между крайними штрихами ровно 100 мм. Если меньше, в настройках принтера включена подгонка по размеру.', y, text) + 4 * mm
  ruler(pdf, y)
  y += 12 * mm

  y = section(pdf, '3. Мелкие буквы', y)
  for (const size of [6, 7, 8, 9]) y = paragraph(pdf, `${size} пунктов: тариф 2 345,67 ₽, объём 12,345 м³, показания 000123, срок поверки 15.03.2031`, y, { font: 'regular', size })

  y = section(pdf, '4. QR-код', y)
  const side = 40 * mm
  // As long as the code of a bill, so that its modules are of that size.
  pdf.qr(new TextEncoder().encode(`Okno ${at} `.padEnd(300, 'ОКНО 0123456789 ')).slice(0, 300), left, y, side, 'Пробный QR-код')
  const beside = { x: left + side + 20 * mm, width: a4.width - left - margin - side - 30 * mm }
  pdf.tag('P', () => pdf.lines(pdf.wrap('Наведите камеру телефона: код читается сразу, края квадратов ровные, без полос и пятен.', text, beside.width), beside.x, y + 4 * mm, text))
  y += side + 16 * mm

  y = section(pdf, '5. Ступени серого', y)
  y = paragraph(pdf, 'Видны все девять ступеней, от светлой к тёмной.', y, text) + 2 * mm
  for (let step = 1; step <= 9; step++) shade(pdf, left + (step - 1) * 18 * mm, y, step / 10)

  pdf.tag('P', () => pdf.lines(['Ответьте в Окне: «Страница напечаталась правильно?»'], left, a4.height - 22 * mm, strong))
  return pdf.done()
}

function paragraph(pdf: Pdf, words: string, top: number, style: TextStyle, tag: 'P' | 'H1' | 'H2' = 'P'): number {
  const lines = pdf.wrap(words, style, a4.width - left - 2 * margin)
  pdf.tag(tag, () => pdf.lines(lines, left, top, style))
  return top + lines.length * lineHeight(style)
}

const section = (pdf: Pdf, words: string, top: number): number => paragraph(pdf, words, top + 5 * mm, strong, 'H2')

/** A line of 100 mm with a stroke each millimetre, a longer one each ten. */
function ruler(pdf: Pdf, y: number): void {
  pdf.rule(left, y, left + rulerMm * mm, 0.4)
  for (let at = 0; at <= rulerMm; at++) pdf.fill(left + at * mm - 0.1 * mm, y - (at % 10 === 0 ? 4 : at % 5 === 0 ? 2.5 : 1.5) * mm, 0.2 * mm, (at % 10 === 0 ? 4 : at % 5 === 0 ? 2.5 : 1.5) * mm)
  pdf.artifact(() => {
    for (const at of [0, 50, 100]) pdf.line(String(at), left + at * mm - 3 * mm, y + 4.5 * mm, { font: 'regular', size: 8 }, { to: 'center', width: 6 * mm })
  })
}

/** A square of fine lines that covers `share` of the paper: what a laser makes of grey. */
function shade(pdf: Pdf, x: number, y: number, share: number): void {
  const side = 16 * mm
  // The gap of the darkest step is a dot and more at 300 dpi.
  const pitch = 1 * mm
  for (let at = 0; at < side; at += pitch) pdf.fill(x, y + at, side, pitch * share)
}
