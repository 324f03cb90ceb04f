import type { MeteredService, ProviderProfile } from '@shared/domain/provider-profile'
import { gap, type Block } from '../flow'
import { lineHeight } from '../pdf'
import { aligned, blank, bold, bullets, plain, title, type Sheet } from './memo-blocks'

/** A part of the sheet that may stand in any column. */
export type Section = (sheet: Sheet, x: number, wide: number) => Block[]

const serviceNames: Record<MeteredService, string> = {
  cold_water: 'холодная вода',
  hot_water: 'горячая вода',
  electricity: 'электроэнергия',
  gas: 'газ',
  heat: 'отопление',
}

const windowText = (from: number, to: number) => `с ${from} по ${to} число каждого месяца${to < from ? ' (до следующего месяца)' : ''}`

/** «с 15 по 25 число каждого месяца», then the windows of single services. */
export function readingsWindows({ windowFromDay, windowToDay, windows }: Pick<ProviderProfile['readings'], 'windowFromDay' | 'windowToDay' | 'windows'>): string[] {
  return [`Передавайте ${windowText(windowFromDay, windowToDay)}.`, ...windows.map(({ service, fromDay, toDay }) => `${firstCapital(serviceNames[service])}: ${windowText(fromDay, toDay)}.`)]
}

const firstCapital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/** When and how readings are sent. */
export const readings: Section = (sheet, x, wide) => {
  const { pdf, memo, scale } = sheet
  const policy = memo.provider.readings
  if (!policy) return []
  const [usual = '', ...others] = readingsWindows(policy)
  return [
    title(sheet, 'Показания счётчиков', x, wide),
    ...aligned(pdf, 'P', usual, x, wide, bold(scale.text)),
    ...others.flatMap((words) => aligned(pdf, 'P', words, x, wide, plain(scale.text))),
    ...bullets(sheet, memo.provider.memo.readings ?? [], x, wide),
  ]
}

/** Whom to call, the emergency number first: it is looked for in a hurry. */
export const phones: Section = (sheet, x, wide) => {
  const { pdf, memo, scale } = sheet
  const style = plain(scale.text)
  const number = bold(scale.text + 1.5)
  const rows = memo.provider.phones.map(({ label, phone }): Block => {
    const lines = pdf.wrap(label, style, wide)
    const oneLine = lines.length === 1 && pdf.width(label, style) + 10 + pdf.width(phone, number) <= wide
    return {
      height: (oneLine ? 0 : lines.length * lineHeight(style)) + lineHeight(number) + 1,
      draw: (top) =>
        pdf.tag('P', () => {
          if (oneLine) {
            pdf.lines(lines, x, top + 1.5, style)
            pdf.lines([phone], x, top, number, { to: 'right', width: wide })
          } else {
            pdf.lines([phone], x, pdf.lines(lines, x, top, style), number)
          }
        }),
    }
  })
  const { emergency } = memo.provider
  return [
    title(sheet, 'Помощь по телефону', x, wide),
    ...(emergency ? [...aligned(pdf, 'P', emergency, x, wide, bold(scale.text)), gap(2)] : []),
    ...rows,
    ...aligned(pdf, 'P', memo.provider.hours, x, wide, style),
  ]
}

export const payment: Section = (sheet, x, wide) => [title(sheet, 'Как оплатить', x, wide), ...bullets(sheet, sheet.memo.provider.memo.howToPay, x, wide)]

/** What the provider wants known besides: promised payment, access of debtors, Госуслуги. */
export const notes: Section = (sheet, x, wide) => {
  const texts = bullets(sheet, sheet.memo.provider.memo.notes ?? [], x, wide)
  return texts.length > 0 ? [title(sheet, 'Важно знать', x, wide), ...texts] : []
}

/** Settings of the connection; what the installer writes down by hand at the subscriber's home. */
export const connection: Section = (sheet, x, wide) => {
  const { pdf, memo, scale } = sheet
  const { wifi, connection: settings } = memo.provider.memo
  const rows: [string, string][] = []
  if (settings?.pppoe) rows.push(['Подключение (PPPoE): логин', 'пароль'])
  if (wifi) rows.push(['Сеть Wi-Fi: название', 'пароль'])
  const texts = bullets(sheet, settings?.settings ?? [], x, wide)
  if (rows.length + texts.length === 0) return []
  const between = 12
  return [
    title(sheet, 'Подключение дома', x, wide),
    ...rows.map(([first, second]): Block => {
      const share = wide * 0.56
      const parts = [blank(pdf, first, x, x + share - between, scale.text), blank(pdf, second, x + share, x + wide, scale.text)]
      return { height: Math.max(...parts.map(({ height }) => height)), draw: (top) => parts.forEach((part) => part.draw(top)) }
    }),
    ...(rows.length > 0 && texts.length > 0 ? [gap(4)] : []),
    ...texts,
  ]
}

export const warning: Section = ({ pdf, memo, scale }, x, wide) => {
  const sign = Math.max(22, scale.text * 1.6)
  const style = bold(scale.text)
  const lines = pdf.wrap(memo.provider.memo.securityNote, style, wide - sign - 24)
  const height = Math.max(lines.length * lineHeight(style) + 10, sign + 6)
  const draw = (top: number) => {
    const middle = top + height / 2
    pdf.artifact(() => {
      pdf.frame(x + 0.5, top + 0.5, wide - 1, height - 1, 1, 4)
      pdf.disc(x + 8 + sign / 2, middle, sign / 2 - 1)
      pdf.line('!', x + 8, middle + sign * 0.286, { font: 'bold', size: sign * 0.82, white: true }, { to: 'center', width: sign })
    })
    pdf.tag('P', () => pdf.lines(lines, x + sign + 16, middle - (lines.length * lineHeight(style)) / 2, style))
  }
  return [{ height, draw }]
}

/** The two designs: what a payer of a utility and a subscriber of an internet provider need besides the first sign-in, in the order of need. */
export const designs: Record<'utility' | 'internet', Section[]> = {
  utility: [readings, phones, payment, notes],
  internet: [phones, payment, notes],
}
