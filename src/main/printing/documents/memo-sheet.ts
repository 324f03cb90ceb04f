import { formatDate, formatDateLong } from '@shared/domain/dates'
import { groups, spellRussian } from '@shared/domain/password-policy'
import type { ProviderProfile } from '@shared/domain/provider-profile'
import { gap, heightOf, paginate, type Block } from '../flow'
import { a4, lineHeight, mm, openPdf, qrSide, type Pdf, type TextStyle } from '../pdf'
import { localTime } from '../text'

/** Everything a memo sheet says. It holds the portal password in the clear, so it is drawn, handed to the printer and forgotten: never stored, logged or sent to the page. */
export interface MemoSheet {
  number: string
  /** ISO instant. */
  issuedAt: string
  provider: {
    name: string
    legalName: string
    address: string
    phone: string
    site: string | null
    hours: string
    portal: Pick<ProviderProfile['portal'], 'name' | 'url' | 'scheme' | 'firstSteps'>
    memo: ProviderProfile['memo']
    phones: ProviderProfile['phones']
  }
  subscriberName: string
  account: string
  contract: string | null
  address: string
  login: string
  password: string
  /** ISO instant the password stops working unless it is changed; null: no limit. */
  expiresAt: string | null
  oneTime: boolean
  operatorName: string
  office: string
}

const margin = 12 * mm
const left = margin
const width = a4.width - 2 * margin
const right = left + width
const bottom = a4.height - margin
const half = a4.height / 2
const cutHeight = 18

/** Elderly people read these: the largest size that leaves room for the receipt is taken, never below 10 pt. */
const sizes = [12, 11.5, 11, 10.5, 10]
const smallest = 10

const loginNames: Record<MemoSheet['provider']['portal']['scheme'], string> = {
  email: 'Логин (адрес электронной почты)',
  account: 'Логин (номер лицевого счёта)',
  contract: 'Логин (номер договора)',
}

/**
 * One A4 for one subscriber: above the line the memo with login and password, below it the office receipt without them.
 * `timeZone` is the zone of the office, by default that of this computer. Nothing is kept: the caller prints the bytes and drops them.
 */
export async function drawMemoSheet(memo: MemoSheet, { timeZone }: { timeZone?: string } = {}): Promise<Buffer> {
  const pdf = openPdf({ title: `${memo.provider.memo.title} № ${memo.number}`, madeAt: memo.issuedAt })
  const clock = (instant: string) => localTime(instant, timeZone)
  const receipt = receiptBlocks(pdf, memo, clock)
  const receiptHeight = heightOf(receipt)
  const wholePage = bottom - margin
  const largestWithin = (room: number) => {
    for (const size of sizes) {
      const blocks = memoBlocks(pdf, memo, size, clock, 'columns')
      if (heightOf(blocks) <= room) return blocks
    }
    return null
  }

  const upper = largestWithin(wholePage - cutHeight - receiptHeight)
  if (upper) {
    const end = margin + heightOf(upper)
    const cut = Math.max(half, (end + bottom - receiptHeight) / 2)
    pdf.addPage()
    stack(upper, margin)
    cutLine(pdf, cut)
    stack(receipt, Math.max(cut + cutHeight / 2, bottom - receiptHeight))
    return pdf.done()
  }

  // Long instructions or names: the memo takes the whole sheet, or as many as it needs, and the receipt one of its own.
  const sheet = largestWithin(wholePage)
  if (sheet) {
    pdf.addPage()
    stack(sheet, margin)
  } else {
    const pages = paginate(memoBlocks(pdf, memo, smallest, clock, 'flow'), () => ({ top: margin, bottom: bottom - 16 }))
    for (const [index, placed] of pages.entries()) {
      pdf.addPage()
      for (const { top, draw } of placed) draw(top)
      const footer = `Памятка № ${memo.number}, лист ${index + 1} из ${pages.length}`
      pdf.artifact(() => pdf.lines([footer], left, bottom - 12, plain(smallest), { to: 'right', width }))
    }
  }
  pdf.addPage()
  stack(receipt, margin)
  return pdf.done()
}

const plain = (size: number): TextStyle => ({ font: 'regular', size })
const bold = (size: number): TextStyle => ({ font: 'bold', size })

type Clock = (instant: string) => { date: string; time: string }

function stack(blocks: Block[], top: number): number {
  let y = top
  for (const block of blocks) {
    block.draw(y)
    y += block.height
  }
  return y
}

/** Several columns as one block. */
function beside(...columns: Block[][]): Block {
  return { height: Math.max(...columns.map(heightOf)), draw: (top) => columns.forEach((blocks) => stack(blocks, top)) }
}

function memoBlocks(pdf: Pdf, memo: MemoSheet, size: number, clock: Clock, layout: 'columns' | 'flow'): Block[] {
  return [
    heading(pdf, memo, clock),
    gap(5),
    subscriber(pdf, memo, size),
    gap(6),
    accessCard(pdf, memo, size, clock),
    gap(7),
    ...(layout === 'columns' ? shortest(columnShares.flatMap((share) => columnsBlocks(pdf, memo, size, share))) : flowBlocks(pdf, memo, size)),
    ...(memo.provider.memo.wifi ? [wifiLine(pdf, size)] : []),
    gap(9),
    issuedBy(pdf, memo, size),
  ]
}

/** Shares of the width that the steps may take; providers write more in one column or in the other. */
const columnShares = [0.42, 0.46, 0.5, 0.54, 0.58, 0.62]

/** Steps beside help, with the warning below both or at the end of the second column: two ways, of which the lower one leaves room for the receipt. */
function columnsBlocks(pdf: Pdf, memo: MemoSheet, size: number, share: number): Block[][] {
  const between = 20
  const column = (width - between) * share
  const second = left + column + between
  const rest = width - column - between
  const steps = stepBlocks(pdf, memo, left, column, size)
  const help = helpBlocks(pdf, memo, second, rest, size)
  return [
    [beside(steps, help), gap(7), warning(pdf, memo, left, width, size)],
    [beside(steps, [...help, gap(7), warning(pdf, memo, second, rest, size)])],
  ]
}

function flowBlocks(pdf: Pdf, memo: MemoSheet, size: number): Block[] {
  return [...stepBlocks(pdf, memo, left, width, size), gap(8), ...helpBlocks(pdf, memo, left, width, size), gap(7), warning(pdf, memo, left, width, size)]
}

function shortest(ways: Block[][]): Block[] {
  return ways.reduce((best, way) => (heightOf(way) < heightOf(best) ? way : best))
}

function heading(pdf: Pdf, { provider, number, issuedAt }: MemoSheet, clock: Clock): Block {
  const titleWidth = width * 0.48
  const aside = width - titleWidth - 12
  const sub = `№ ${number} от ${formatDateLong(clock(issuedAt).date)}`
  const leftSide = [
    ...aligned(pdf, 'H1', provider.memo.title, left, titleWidth, bold(23)),
    ...aligned(pdf, 'P', provider.memo.appendixTo ? `${sub}, ${provider.memo.appendixTo}` : sub, left, titleWidth, plain(11)),
  ]
  const x = right - aside
  const names = provider.legalName === provider.name ? [] : aligned(pdf, 'P', provider.legalName, x, aside, plain(10), 'right')
  const rightSide = [
    gap(3),
    ...aligned(pdf, 'P', provider.name, x, aside, bold(14), 'right'),
    ...names,
    ...aligned(pdf, 'P', provider.address, x, aside, plain(10), 'right'),
  ]
  const body = beside(leftSide, rightSide)
  const height = body.height + 5
  return {
    height,
    draw(top) {
      pdf.artifact(() => pdf.rule(left, top + height, right, 1.8))
      body.draw(top)
    },
  }
}

function aligned(pdf: Pdf, tag: 'H1' | 'H2' | 'P', words: string, x: number, wide: number, style: TextStyle, to?: 'right' | 'center'): Block[] {
  const lines = pdf.wrap(words, style, wide)
  const draw = (top: number) => pdf.tag(tag, () => pdf.lines(lines, x, top, style, to ? { to, width: wide } : undefined))
  return [{ height: lines.length * lineHeight(style), draw }]
}

function subscriber(pdf: Pdf, { subscriberName, account, contract, address }: MemoSheet, size: number): Block {
  const numbersWidth = 190
  const x = right - numbersWidth
  const numbers: [string, string][] = [['Лицевой счёт', account]]
  if (contract && contract !== account) numbers.push(['Договор', contract])
  const nameWidth = width - numbersWidth - 14
  return beside(
    [
      ...aligned(pdf, 'P', subscriberName, left, nameWidth, bold(size + 2)),
      ...aligned(pdf, 'P', address, left, nameWidth, plain(size)),
    ],
    numbers.map(([name, value]): Block => {
      const label = plain(size)
      const room = numbersWidth - pdf.width(name, label) - 8
      const style = pdf.fit(value, bold(size + 2), room)
      const drop = (label.size - style.size) * 0.95
      return {
        height: lineHeight(bold(size + 2)),
        draw: (top) =>
          pdf.tag('P', () => {
            pdf.lines([name], x, top + 1.9, label)
            pdf.lines([value], x, top + 1.9 + drop, style, { to: 'right', width: numbersWidth })
          }),
      }
    }),
  )
}

/** The framed heart of the sheet: where to go, login, password in groups, and each group spelled out. */
function accessCard(pdf: Pdf, memo: MemoSheet, size: number, clock: Clock): Block {
  const { portal } = memo.provider
  const padding = 12
  const address = new TextEncoder().encode(portal.url)
  const least = 25 * mm
  const side = qrSide(address, least)
  const inner = left + padding
  const column = width - 2 * padding - side - 8
  // Most portals call themselves a personal cabinet already.
  const title = /^личный кабинет/i.test(portal.name) ? `Вход в л${portal.name.slice(1)}` : `Вход в личный кабинет «${portal.name.replace(/^«([^«»]*)»$/, '$1')}»`
  const titleStyle = bold(12.5)
  const titleLines = pdf.wrap(title, titleStyle, width - 2 * padding)
  const band = titleLines.length * lineHeight(titleStyle) + 7

  const access: Block[] = [
    ...aligned(pdf, 'P', `Адрес в интернете: ${portal.url}`, inner, column, bold(12)),
    gap(4),
    ...aligned(pdf, 'P', loginNames[portal.scheme], inner, column, plain(10)),
    loginLine(pdf, memo.login, inner, column),
    gap(5),
    ...aligned(pdf, 'P', 'Пароль', inner, column, plain(10)),
  ]
  const caption = pdf.wrap('Наведите камеру телефона, чтобы открыть адрес', plain(10), side - 4)
  const code: Block = {
    height: side + caption.length * lineHeight(plain(10)),
    draw(top) {
      const x = right - padding - side + 4
      pdf.qr(address, x, top - 4, least, `Адрес личного кабинета: ${portal.url}`)
      pdf.tag('P', () => pdf.lines(caption, x, top + side - 8, plain(10), { to: 'center', width: side }))
    },
  }
  const blocks: Block[] = [
    beside([...access, ...passwordBlocks(pdf, memo.password, inner, column, size)], [code]),
    gap(5),
    ...aligned(pdf, 'P', validity(memo, clock), inner, width - 2 * padding, bold(size)),
  ]
  const height = band + padding * 0.75 + heightOf(blocks) + padding * 0.75
  return {
    height,
    draw(top) {
      pdf.artifact(() => {
        pdf.frame(left + 1, top + 1, width - 2, height - 2, 2)
        pdf.fill(left, top, width, band)
      })
      pdf.tag('H2', () => pdf.lines(titleLines, inner, top + 3, { ...titleStyle, white: true }))
      stack(blocks, top + band + padding * 0.75)
    },
  }
}

/** A login is one word that must be typed exactly, so it is set smaller rather than broken; an e-mail of the greatest length wraps. */
function loginLine(pdf: Pdf, login: string, x: number, wide: number): Block {
  const wished: TextStyle = { font: 'mono', size: 16 }
  const fitted = pdf.fit(login, wished, wide)
  const style = fitted.size >= 11 ? fitted : { ...wished, size: 11 }
  const lines = fitted === style ? [login] : login.split(/(?=@)/).flatMap((part) => pdf.wrap(part, style, wide))
  return { height: lines.length * lineHeight(style), draw: (top) => pdf.tag('P', () => pdf.lines(lines, x, top, style)) }
}

/** Groups of four with air between them, at 16 pt or larger, and a line for each group that can be read aloud. */
function passwordBlocks(pdf: Pdf, password: string, x: number, wide: number, size: number): Block[] {
  const parts = groups(password)
  const wished: TextStyle = { font: 'mono', size: 26 }
  const needed = (style: TextStyle) => parts.reduce((sum, part) => sum + pdf.width(part, style), 0) + (parts.length - 1) * style.size * 0.7
  const style: TextStyle = { ...wished, size: Math.max(16, Math.min(wished.size, (wished.size * wide) / needed(wished))) }
  const air = style.size * 0.7

  const rows: string[][] = [[]]
  let used = 0
  for (const part of parts) {
    const partWidth = pdf.width(part, style)
    if (used > 0 && used + partWidth > wide + 0.01) {
      rows.push([])
      used = 0
    }
    rows.at(-1)?.push(part)
    used += partWidth + air
  }
  const large: Block = {
    height: rows.length * lineHeight(style),
    draw: (top) =>
      pdf.tag('P', () => {
        for (const [index, row] of rows.entries()) {
          let at = x
          for (const part of row) {
            pdf.lines([part], at, top + index * lineHeight(style), style)
            at += pdf.width(part, style) + air
          }
        }
      }),
  }

  const sample: TextStyle = { font: 'mono', size: size + 1.5 }
  const sampleWidth = Math.max(...parts.map((part) => pdf.width(part, sample))) + 12
  const spelled = parts.map((part): Block => {
    const lines = pdf.wrap(spellRussian(part).join(', '), plain(size), wide - sampleWidth)
    return {
      height: lines.length * lineHeight(plain(size)) + 1.5,
      draw: (top) =>
        pdf.tag('P', () => {
          pdf.lines([part], x, top - 0.8, sample)
          pdf.lines(lines, x + sampleWidth, top, plain(size))
        }),
    }
  })
  return [large, gap(4), ...spelled]
}

function validity({ expiresAt, oneTime }: MemoSheet, clock: Clock): string {
  const until = expiresAt ? clock(expiresAt) : null
  const limit = until ? `Пароль действует до ${formatDateLong(until.date)}, ${until.time}.` : ''
  const change = oneTime ? `${limit ? 'Он' : 'Пароль'} одноразовый: при первом входе смените его на свой.` : ''
  return [limit, change].filter(Boolean).join(' ') || 'Пароль действует, пока вы его не смените.'
}

function title(pdf: Pdf, words: string, x: number, wide: number, size: number): Block {
  const style = bold(size + 1)
  const height = lineHeight(style) + 5
  return {
    height,
    keepWithNext: true,
    draw(top) {
      pdf.artifact(() => pdf.rule(x, top + height - 3.5, x + wide, 0.8))
      pdf.tag('H2', () => pdf.lines([words], x, top, style))
    },
  }
}

function stepBlocks(pdf: Pdf, { provider, login }: MemoSheet, x: number, wide: number, size: number): Block[] {
  const style = plain(size)
  const indent = size * 1.9
  const steps = provider.portal.firstSteps.map((step, index): Block => {
    const words = step.replaceAll('{login}', login).replaceAll('{url}', provider.portal.url)
    const lines = pdf.wrap(words, style, wide - indent)
    const radius = size * 0.68
    const number: TextStyle = { font: 'bold', size: size - 1, white: true }
    return {
      height: Math.max(lines.length * lineHeight(style), 2 * radius) + 3.5,
      draw(top) {
        pdf.artifact(() => pdf.disc(x + radius, top + size * 0.64, radius))
        pdf.tag('P', () => {
          pdf.line(String(index + 1), x, top + size * 0.64 + number.size * 0.35, number, { to: 'center', width: 2 * radius })
          pdf.lines(lines, x + indent, top, style)
        })
      },
    }
  })
  return [title(pdf, 'Первый вход', x, wide, size), ...steps]
}

function helpBlocks(pdf: Pdf, { provider }: MemoSheet, x: number, wide: number, size: number): Block[] {
  const style = plain(size)
  const phones = provider.phones.map(({ label, phone }): Block => {
    const number = bold(size + 1.5)
    const numberWidth = pdf.width(phone, number)
    const lines = pdf.wrap(label, style, wide)
    const oneLine = lines.length === 1 && pdf.width(label, style) + 10 + numberWidth <= wide
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
  const bullets = provider.memo.howToPay.map((way): Block => {
    const lines = pdf.wrap(way, style, wide - size)
    return {
      height: lines.length * lineHeight(style) + 1.5,
      draw(top) {
        pdf.artifact(() => pdf.disc(x + 2.4, top + size * 0.66, 1.9))
        pdf.tag('P', () => pdf.lines(lines, x + size, top, style))
      },
    }
  })
  return [
    title(pdf, 'Помощь по телефону', x, wide, size),
    ...phones,
    ...aligned(pdf, 'P', provider.hours, x, wide, style),
    gap(6),
    title(pdf, 'Как оплатить', x, wide, size),
    ...bullets,
  ]
}

/** Filled in by hand when the network is set up at home. */
function wifiLine(pdf: Pdf, size: number): Block {
  const style = plain(size)
  const fields: [string, number][] = [
    ['Домашняя беспроводная сеть:', left],
    ['название', left + width * 0.36],
    ['пароль', left + width * 0.7],
  ]
  return {
    height: lineHeight(style) + 9,
    draw(top) {
      for (const [index, [words, x]] of fields.entries()) {
        pdf.tag('P', () => pdf.lines([words], x, top + 6, index === 0 ? bold(size) : style))
        const end = (fields[index + 1]?.[1] ?? right + 10) - 10
        if (index > 0) pdf.artifact(() => pdf.rule(x + pdf.width(words, style) + 5, top + 6 + size + 1, end, 0.6))
      }
    },
  }
}

function warning(pdf: Pdf, { provider }: MemoSheet, x: number, wide: number, size: number): Block {
  const sign = 22
  const style = bold(size)
  const lines = pdf.wrap(provider.memo.securityNote, style, wide - sign - 24)
  const height = Math.max(lines.length * lineHeight(style) + 10, sign + 6)
  return {
    height,
    draw(top) {
      const middle = top + height / 2
      pdf.artifact(() => {
        pdf.frame(x + 0.5, top + 0.5, wide - 1, height - 1, 1, 4)
        pdf.disc(x + 8 + sign / 2, middle, sign / 2 - 1)
        pdf.line('!', x + 8, middle + 6.3, { font: 'bold', size: 18, white: true }, { to: 'center', width: sign })
      })
      pdf.tag('P', () => pdf.lines(lines, x + sign + 16, middle - (lines.length * lineHeight(style)) / 2, style))
    },
  }
}

function issuedBy(pdf: Pdf, { operatorName }: MemoSheet, size: number): Block {
  const style = plain(size)
  const words = `Выдал(а): ${operatorName}`
  const lines = pdf.wrap(words, style, width * 0.62)
  const height = lines.length * lineHeight(style)
  return {
    height: height + 3,
    draw(top) {
      const from = left + Math.max(...lines.map((line) => pdf.width(line, style))) + 10
      pdf.artifact(() => pdf.rule(from, top + height - 2, from + 120, 0.6))
      pdf.tag('P', () => pdf.lines(lines, left, top, style))
      pdf.tag('P', () => pdf.lines(['подпись'], from + 126, top + height - lineHeight(plain(10)), plain(10)))
    },
  }
}

function cutLine(pdf: Pdf, y: number): void {
  const words = 'линия отреза'
  const style = plain(10)
  const wide = pdf.width(words, style) + 16
  const middle = a4.width / 2
  pdf.artifact(() => {
    pdf.dashedRule(0, y, middle - wide / 2)
    pdf.dashedRule(middle + wide / 2, y, a4.width)
    pdf.line(words, middle - wide / 2, y + 3.2, style, { to: 'center', width: wide })
  })
}

/** Stays in the office: who got which sheet, when and from whom; login and password are not on it. */
function receiptBlocks(pdf: Pdf, memo: MemoSheet, clock: Clock): Block[] {
  const size = 10
  const style = plain(size)
  const issued = clock(memo.issuedAt)
  const numbers = memo.contract && memo.contract !== memo.account ? `${memo.account}, договор ${memo.contract}` : memo.account
  const facts: [string, string][] = [
    ['Абонент', memo.subscriberName],
    ['Лицевой счёт', numbers],
    ['Адрес', memo.address],
    ['Организация', memo.provider.legalName],
    ['Выдал(а)', `${memo.operatorName}, ${memo.office}, ${formatDate(issued.date)} в ${issued.time}`],
  ]
  const labelWidth = 92
  const statement = `Памятку № ${memo.number} от ${formatDateLong(issued.date)} с логином и паролем для входа в личный кабинет получил(а). Правила хранения пароля мне разъяснены.`
  return [
    beside(
      aligned(pdf, 'H1', 'Расписка в получении памятки', left, width * 0.6, bold(15)),
      [gap(4), ...aligned(pdf, 'P', `№ ${memo.number}, остаётся в офисе`, left + width * 0.6, width * 0.4, style, 'right')],
    ),
    gap(3),
    ...facts.map(([name, value]): Block => {
      const lines = pdf.wrap(value, bold(size), width - labelWidth)
      return {
        height: lines.length * lineHeight(style) + 0.5,
        draw: (top) =>
          pdf.tag('P', () => {
            pdf.lines([name], left, top, style)
            pdf.lines(lines, left + labelWidth, top, bold(size))
          }),
      }
    }),
    checkBoxes(pdf, ['абоненту лично', 'представителю (ФИО, документ):'], size),
    gap(5),
    ...aligned(pdf, 'P', statement, left, width, style),
    gap(14),
    signature(pdf, size),
  ]
}

function checkBoxes(pdf: Pdf, words: [string, string], size: number): Block {
  const style = plain(size)
  const box = size * 0.85
  return {
    height: lineHeight(style) + 5,
    draw(top) {
      const y = top + 3
      const first = left + 92
      const second = first + box + 6 + pdf.width(words[0], style) + 18
      const line = second + box + 6 + pdf.width(words[1], style) + 6
      pdf.artifact(() => {
        pdf.frame(first, y + size * 0.12, box, box, 0.9)
        pdf.frame(second, y + size * 0.12, box, box, 0.9)
        pdf.rule(line, y + size + 2, right, 0.6)
      })
      pdf.tag('P', () => pdf.lines(['Выдано'], left, y, style))
      pdf.tag('P', () => pdf.lines([words[0]], first + box + 6, y, style))
      pdf.tag('P', () => pdf.lines([words[1]], second + box + 6, y, style))
    },
  }
}

function signature(pdf: Pdf, size: number): Block {
  const style = plain(size)
  const captions = plain(10)
  const fields: [string, number][] = [
    ['подпись', 110],
    ['фамилия, инициалы', 150],
    ['дата', 90],
  ]
  const words = 'Памятку получил(а)'
  return {
    height: lineHeight(style) + lineHeight(captions) + 3,
    draw(top) {
      const start = left + pdf.width(words, bold(size)) + 10
      const spare = right - start - fields.reduce((sum, [, wide]) => sum + wide, 0)
      const between = spare / (fields.length - 1)
      pdf.tag('P', () => pdf.lines([words], left, top, bold(size)))
      let x = start
      for (const [caption, wide] of fields) {
        const at = x
        pdf.artifact(() => pdf.rule(at, top + size + 2, at + wide, 0.6))
        pdf.tag('P', () => pdf.lines([caption], at, top + size + 3.5, captions, { to: 'center', width: wide }))
        x += wide + between
      }
    },
  }
}
