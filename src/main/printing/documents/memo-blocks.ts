import { fillMemoTexts, type MemoValues } from '@shared/domain/memo-text'
import { gap, heightOf, type Block } from '../flow'
import { lineHeight, type Pdf, type TextStyle } from '../pdf'
import type { MemoSheet } from './memo-sheet'

/** Sizes in points of one variant of the sheet. */
export interface Scale {
  text: number
  /** Names of lines: «Логин», «Пароль». */
  label: number
  /** Titles of sections. */
  title: number
  heading: number
  subheading: number
  /** Name of the subscriber and their numbers. */
  name: number
  portal: number
  login: number
  loginLeast: number
  password: number
  passwordLeast: number
}

/** Elderly people read these: nothing is below 10 pt, and the largest `text` is taken that leaves room. */
export const scaleOf = (text: number): Scale => ({
  ...{ text, label: 10, title: text + 1, heading: 21, subheading: 11, name: text + 2, portal: 12 },
  ...{ login: 16, loginLeast: 11, password: 26, passwordLeast: 16 },
})

/** For who can't read small print: everything at least 16 pt, the password at least 28 pt. */
export const largeScale: Scale = {
  ...{ text: 16, label: 16, title: 20, heading: 28, subheading: 16, name: 19, portal: 18 },
  ...{ login: 24, loginLeast: 16, password: 36, passwordLeast: 28 },
}

/** The free area of a page, in points from its top left corner. */
export interface Frame {
  left: number
  right: number
  width: number
  top: number
  bottom: number
}

export type Clock = (instant: string) => { date: string; time: string }

/** All that a part of the sheet needs to lay itself out. */
export interface Sheet {
  pdf: Pdf
  memo: MemoSheet
  values: MemoValues
  clock: Clock
  frame: Frame
  scale: Scale
}

/** Which of the two designs a memo has. */
export function designOf({ provider: { memo, paymentDocument } }: Pick<MemoSheet, 'provider'>): 'utility' | 'internet' {
  return memo.design ?? paymentDocument?.kind ?? 'utility'
}

export const plain = (size: number): TextStyle => ({ font: 'regular', size })
export const bold = (size: number): TextStyle => ({ font: 'bold', size })

/** Draws blocks one under another and returns where the next one would begin. */
export function stack(blocks: Block[], top: number): number {
  let y = top
  for (const block of blocks) {
    block.draw(y)
    y += block.height
  }
  return y
}

/** Several columns as one block. */
export function beside(...columns: Block[][]): Block {
  return { height: Math.max(...columns.map(heightOf)), draw: (top) => columns.forEach((blocks) => stack(blocks, top)) }
}

export function aligned(pdf: Pdf, tag: 'H1' | 'H2' | 'P', words: string, x: number, wide: number, style: TextStyle, to?: 'right' | 'center'): Block[] {
  const lines = pdf.wrap(words, style, wide)
  const draw = (top: number) => pdf.tag(tag, () => pdf.lines(lines, x, top, style, to ? { to, width: wide } : undefined))
  return [{ height: lines.length * lineHeight(style), draw }]
}

export function title({ pdf, scale }: Sheet, words: string, x: number, wide: number): Block {
  const style = bold(scale.title)
  const lines = pdf.wrap(words, style, wide)
  const height = lines.length * lineHeight(style) + 5
  return {
    height,
    keepWithNext: true,
    draw(top) {
      pdf.artifact(() => pdf.rule(x, top + height - 3.5, x + wide, 0.8))
      pdf.tag('H2', () => pdf.lines(lines, x, top, style))
    },
  }
}

/** Texts of the profile with a dot before each; those that name what this subscriber has not are left out. */
export function bullets({ pdf, scale, values }: Sheet, texts: readonly string[], x: number, wide: number): Block[] {
  const style = plain(scale.text)
  return fillMemoTexts(texts, values).map((words): Block => {
    const lines = pdf.wrap(words, style, wide - scale.text)
    return {
      height: lines.length * lineHeight(style) + 1.5,
      draw(top) {
        pdf.artifact(() => pdf.disc(x + scale.text * 0.22, top + scale.text * 0.66, scale.text * 0.18))
        pdf.tag('P', () => pdf.lines(lines, x + scale.text, top, style))
      },
    }
  })
}

/** A line to be filled in by hand: words, then a rule up to `end`. */
export function blank(pdf: Pdf, words: string, x: number, end: number, size: number): Block {
  const style = plain(size)
  return {
    height: lineHeight(style) + 7,
    draw(top) {
      const from = x + pdf.width(words, style) + 5
      pdf.artifact(() => pdf.rule(from, top + 6 + size + 1.5, end, 0.6))
      pdf.tag('P', () => pdf.lines([words], x, top + 6, style))
    },
  }
}

/** The layout of the least height. */
export function shortest(ways: Block[][]): Block[] {
  return ways.reduce((best, way) => (heightOf(way) < heightOf(best) ? way : best))
}

/** Sections one under another with air between them; empty ones take none. */
export function joined(sections: Block[][], air: number): Block[] {
  return sections.filter((blocks) => blocks.length > 0).flatMap((blocks, index) => (index === 0 ? blocks : [gap(air), ...blocks]))
}
