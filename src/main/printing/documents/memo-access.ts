import { formatDateLong } from '@shared/domain/dates'
import { fillMemoTexts } from '@shared/domain/memo-text'
import { groups, spellRussian } from '@shared/domain/password-policy'
import type { ProviderProfile } from '@shared/domain/provider-profile'
import { gap, heightOf, type Block } from '../flow'
import { lineHeight, mm, qrSide, type Pdf, type TextStyle } from '../pdf'
import { aligned, beside, bold, designOf, plain, stack, title, type Sheet } from './memo-blocks'
import type { MemoSheet } from './memo-sheet'

const loginNames: Record<ProviderProfile['portal']['scheme'], string> = {
  email: 'Логин (адрес электронной почты)',
  account: 'Логин (номер лицевого счёта)',
  contract: 'Логин (номер договора)',
}

/** Least width of the code's symbol: a phone's camera takes it from half a metre. */
const leastQr = 25 * mm

export function heading({ pdf, memo: { provider, number, issuedAt, operatorName }, clock, frame, scale }: Sheet): Block {
  const titleWidth = frame.width * 0.48
  const aside = frame.width - titleWidth - 12
  const sub = `№ ${number} от ${formatDateLong(clock(issuedAt).date)}`
  const small = plain(Math.max(10, scale.label))
  const titleStyle = pdf.wrap(provider.memo.title, bold(scale.heading), titleWidth).length > 2 ? bold(scale.heading * 0.7) : bold(scale.heading)
  const leftSide = [
    ...aligned(pdf, 'H1', provider.memo.title, frame.left, titleWidth, titleStyle),
    ...aligned(pdf, 'P', provider.memo.appendixTo ? `${sub}, ${provider.memo.appendixTo}` : sub, frame.left, titleWidth, plain(scale.subheading)),
  ]
  const x = frame.right - aside
  const names = provider.legalName === provider.name ? [] : aligned(pdf, 'P', provider.legalName, x, aside, small, 'right')
  const rightSide = [
    gap(3),
    ...aligned(pdf, 'P', provider.name, x, aside, bold(Math.max(14, scale.label)), 'right'),
    ...names,
    ...aligned(pdf, 'P', provider.address, x, aside, small, 'right'),
  ]
  const issuer = `Выдал(а): ${operatorName}`
  if (heightOf(leftSide) < heightOf(rightSide)) leftSide.push(...aligned(pdf, 'P', issuer, frame.left, titleWidth, small))
  else rightSide.push(...aligned(pdf, 'P', issuer, x, aside, small, 'right'))
  const body = beside(leftSide, rightSide)
  const height = body.height + 5
  return {
    height,
    draw(top) {
      pdf.artifact(() => pdf.rule(frame.left, top + height, frame.right, 1.8))
      body.draw(top)
    },
  }
}

export function subscriber(sheet: Sheet): Block {
  const { pdf, memo, frame, scale } = sheet
  const { contract, account } = memo
  const numbers: [string, string][] = [['Лицевой счёт', account]]
  if (contract && contract !== account) numbers.push(['Договор', contract])
  if (memo.tariff && designOf(memo) === 'internet') numbers.push(['Тариф', memo.tariff])
  const numbersWidth = Math.min(frame.width * 0.42, scale.text * 16)
  const x = frame.right - numbersWidth
  const nameWidth = frame.width - numbersWidth - 14
  return beside(
    [
      ...aligned(pdf, 'P', memo.subscriberName, frame.left, nameWidth, bold(scale.name)),
      ...aligned(pdf, 'P', memo.address, frame.left, nameWidth, plain(scale.text)),
    ],
    numbers.map(([name, value]) => numberLine(pdf, name, value, x, numbersWidth, sheet)),
  )
}

/** Name at the left, value at the right of a column; a long value goes under its name, never below the least size. */
function numberLine(pdf: Pdf, name: string, value: string, x: number, wide: number, { scale }: Sheet): Block {
  const label = plain(scale.text)
  const wished = bold(scale.name)
  const style = pdf.fit(value, wished, wide - pdf.width(name, label) - 8)
  if (style.size >= scale.text) {
    const drop = (label.size - style.size) * 0.95
    return {
      height: lineHeight(wished),
      draw: (top) =>
        pdf.tag('P', () => {
          pdf.lines([name], x, top + 1.9, label)
          pdf.lines([value], x, top + 1.9 + drop, style, { to: 'right', width: wide })
        }),
    }
  }
  const lines = pdf.wrap(value, bold(scale.text), wide)
  return {
    height: lineHeight(label) + lines.length * lineHeight(bold(scale.text)),
    draw: (top) => pdf.tag('P', () => pdf.lines(lines, x, pdf.lines([name], x, top, label), bold(scale.text), { to: 'right', width: wide })),
  }
}

/** The framed heart of the sheet: where to go, login, password in groups, and each group spelled out. */
export function accessCard(sheet: Sheet): Block {
  const { pdf, memo, frame, scale } = sheet
  const { portal } = memo.provider
  const padding = 12
  const address = new TextEncoder().encode(portal.url)
  const side = qrSide(address, leastQr)
  const inner = frame.left + padding
  const whole = frame.width - 2 * padding
  const column = whole - side - 8
  // Most portals call themselves a personal cabinet already.
  const words = /^личный кабинет/i.test(portal.name) ? `Вход в л${portal.name.slice(1)}` : `Вход в личный кабинет «${portal.name.replace(/^«([^«»]*)»$/, '$1')}»`
  const titleStyle = bold(Math.max(12.5, scale.label))
  const titleLines = pdf.wrap(words, titleStyle, whole)
  const band = titleLines.length * lineHeight(titleStyle) + 7

  const isLarge = scale.text >= 16
  // Large letters would make a column of single words under the code, so they stand beside it.
  const caption = isLarge ? [] : pdf.wrap('Наведите камеру телефона, чтобы открыть адрес', plain(scale.label), side - 4)
  const code: Block = {
    height: side + caption.length * lineHeight(plain(scale.label)) - 8,
    draw(top) {
      const x = frame.right - padding - side + 4
      pdf.qr(address, x, top - 4, leastQr, `Адрес личного кабинета: ${portal.url}`)
      if (caption.length > 0) pdf.tag('P', () => pdf.lines(caption, x, top + side - 8, plain(scale.label), { to: 'center', width: side }))
    },
  }
  const where = (wide: number) => [...addressBlocks(pdf, portal.url, inner, wide, sheet), ...(isLarge ? aligned(pdf, 'P', 'или наведите камеру телефона на код справа', inner, wide, plain(scale.label)) : []), gap(4)]
  const login = (wide: number) => [...loginBlocks(pdf, memo.login, inner, wide, sheet), gap(4)]
  const password = (wide: number) => passwordBlocks(pdf, memo.password, inner, wide, sheet)
  // Letters of the large print need the whole width beside no code.
  const blocks: Block[] = [
    ...(isLarge ? [beside([...where(column), ...login(column)], [code]), ...password(whole)] : [beside([...where(column), ...login(column), ...password(column)], [code])]),
    gap(5),
    ...aligned(pdf, 'P', validity(sheet), inner, whole, bold(scale.text)),
  ]
  const height = band + padding * 0.75 + heightOf(blocks) + padding * 0.75
  return {
    height,
    draw(top) {
      pdf.artifact(() => {
        pdf.frame(frame.left + 1, top + 1, frame.width - 2, height - 2, 2)
        pdf.fill(frame.left, top, frame.width, band)
      })
      pdf.tag('H2', () => pdf.lines(titleLines, inner, top + 3, { ...titleStyle, white: true }))
      stack(blocks, top + band + padding * 0.75)
    },
  }
}

/** An address is typed as it stands, so it is not broken at its hyphens while smaller letters hold it on one line. */
function addressBlocks(pdf: Pdf, url: string, x: number, wide: number, { scale }: Sheet): Block[] {
  const style = bold(scale.portal)
  const words = 'Адрес в интернете:'
  if (pdf.width(`${words} ${url}`, style) <= wide) return aligned(pdf, 'P', `${words} ${url}`, x, wide, style)
  const fitted = pdf.fit(url, style, wide)
  const lines = fitted.size >= scale.label ? [url] : pdf.wrap(url, style, wide)
  const own = fitted.size >= scale.label ? fitted : style
  const label = plain(scale.label)
  return [
    {
      height: lineHeight(label) + lines.length * lineHeight(own),
      draw: (top) => pdf.tag('P', () => pdf.lines(lines, x, pdf.lines([words], x, top, label), own)),
    },
  ]
}

/** A login is one word that must be typed exactly, so it is set smaller rather than broken; an e-mail of the greatest length wraps. Beside its name where it fits. */
function loginBlocks(pdf: Pdf, login: string, x: number, wide: number, sheet: Sheet): Block[] {
  const { memo, scale } = sheet
  const name = loginNames[memo.provider.portal.scheme]
  const label = plain(scale.label)
  const wished: TextStyle = { font: 'mono', size: scale.login }
  const from = pdf.width(name, label) + 10
  if (from + pdf.width(login, wished) > wide) return [...aligned(pdf, 'P', name, x, wide, label), loginLine(pdf, login, x, wide, sheet)]
  return [{ height: lineHeight(wished), draw: (top) => pdf.tag('P', () => inLine(pdf, [[name, x, label], [login, x + from, wished]], top)) }]
}

/** Words of several sizes on one line. */
function inLine(pdf: Pdf, words: [text: string, x: number, style: TextStyle][], top: number): void {
  const baseline = top + Math.max(...words.map(([, , style]) => style.size)) * 0.95
  for (const [text, x, style] of words) pdf.line(text, x, baseline, style)
}

function loginLine(pdf: Pdf, login: string, x: number, wide: number, { scale }: Sheet): Block {
  const wished: TextStyle = { font: 'mono', size: scale.login }
  const fitted = pdf.fit(login, wished, wide)
  const style = fitted.size >= scale.loginLeast ? fitted : { ...wished, size: scale.loginLeast }
  const lines = fitted === style ? [login] : login.split(/(?=@)/).flatMap((part) => pdf.wrap(part, style, wide))
  return { height: lines.length * lineHeight(style), draw: (top) => pdf.tag('P', () => pdf.lines(lines, x, top, style)) }
}

/** Groups of four with air between them, at 16 pt or larger, and a line for each group that can be read aloud. */
function passwordBlocks(pdf: Pdf, password: string, left: number, whole: number, { scale }: Sheet): Block[] {
  const parts = groups(password)
  const label = plain(scale.label)
  const isLarge = scale.text >= 16
  // Beside its name, under it in the large print.
  const x = isLarge ? left : left + pdf.width('Пароль', label) + 10
  const wide = whole - (x - left)
  const wished: TextStyle = { font: 'mono', size: scale.password }
  const needed = (style: TextStyle) => parts.reduce((sum, part) => sum + pdf.width(part, style), 0) + (parts.length - 1) * style.size * 0.7
  const style: TextStyle = { ...wished, size: Math.max(scale.passwordLeast, Math.min(wished.size, (wished.size * wide) / needed(wished))) }
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
        if (!isLarge) pdf.line('Пароль', left, top + style.size * 0.95, label)
        for (const [index, row] of rows.entries()) {
          let at = x
          for (const part of row) {
            pdf.lines([part], at, top + index * lineHeight(style), style)
            at += pdf.width(part, style) + air
          }
        }
      }),
  }

  const hasCapitals = /[A-Z]/.test(password)
  const sample: TextStyle = { font: 'mono', size: scale.text + 1.5 }
  const sampleWidth = Math.max(...parts.map((part) => pdf.width(part, sample))) + 12
  const spelled = parts.map((part): Block => {
    // Where all letters are small, saying so once reads better than after each of them.
    const names = spellRussian(part).map((name) => (hasCapitals ? name : name.replace(/ строчная$/, '')))
    const lines = pdf.wrap(names.join(', '), plain(scale.text), whole - sampleWidth)
    return {
      height: lines.length * lineHeight(plain(scale.text)) + 1.5,
      draw: (top) =>
        pdf.tag('P', () => {
          pdf.lines([part], left, top - 0.8, sample)
          pdf.lines(lines, left + sampleWidth, top, plain(scale.text))
        }),
    }
  })
  const letters = hasCapitals ? 'Буквы латинские: большие (заглавные) и маленькие (строчные).' : 'Все буквы маленькие, латинские.'
  return [
    ...(isLarge ? aligned(pdf, 'P', 'Пароль', left, whole, label) : []),
    ...[large, gap(4), ...spelled],
    ...aligned(pdf, 'P', `${letters} Пробелы не вводите.`, left, whole, plain(scale.text)),
  ]
}

/** Until when the password opens the cabinet, and what must be done with it, in plain words. */
export function validity({ memo: { expiresAt, oneTime }, clock }: Sheet): string {
  const until = expiresAt ? clock(expiresAt) : null
  const limit = until ? `Пароль действует до ${formatDateLong(until.date)}, ${until.time}.` : ''
  const change = oneTime ? `${limit ? 'Он' : 'Пароль'} одноразовый: при первом входе смените его на свой.` : ''
  const late = until ? 'Не успели — приходите с документом за новой памяткой.' : ''
  return [limit, change, late].filter(Boolean).join(' ') || 'Пароль действует, пока вы его не смените.'
}

/** Steps of the first sign-in, in the portal's own words. */
export function steps(sheet: Sheet, x: number, wide: number): Block[] {
  const { pdf, memo, scale, values } = sheet
  const style = plain(scale.text)
  const indent = scale.text * 1.9
  const blocks = fillMemoTexts(memo.provider.portal.firstSteps, values).map((words, index): Block => {
    const lines = pdf.wrap(words, style, wide - indent)
    const radius = scale.text * 0.68
    const number: TextStyle = { font: 'bold', size: scale.text - 1, white: true }
    return {
      height: Math.max(lines.length * lineHeight(style), 2 * radius) + 3.5,
      draw(top) {
        pdf.artifact(() => pdf.disc(x + radius, top + scale.text * 0.64, radius))
        pdf.tag('P', () => {
          pdf.line(String(index + 1), x, top + scale.text * 0.64 + number.size * 0.35, number, { to: 'center', width: 2 * radius })
          pdf.lines(lines, x + indent, top, style)
        })
      },
    }
  })
  return [title(sheet, 'Первый вход', x, wide), ...blocks]
}

/** What the placeholders of the memo's texts stand for on this sheet. */
export function valuesOf(memo: MemoSheet, until: string | null) {
  const { provider } = memo
  return {
    login: memo.login,
    account: memo.account,
    contract: memo.contract ?? memo.account,
    portal: provider.portal.name,
    url: provider.portal.url,
    provider: provider.legalName,
    phone: provider.phones[0]?.phone ?? provider.phone,
    emergency: provider.emergency ?? null,
    hours: provider.hours,
    site: provider.site,
    tariff: memo.tariff ?? null,
    expires: until,
    passwordMin: provider.password ? String(provider.password.min) : null,
    passwordMax: provider.password ? String(provider.password.max) : null,
  }
}
