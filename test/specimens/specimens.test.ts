import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { form } from '@shared/contract/printing'
import { mm } from '../../src/main/printing/pdf'
import { infoOf, textOf, wordsOf } from '../support/pdf/read-pdf'
import { specimens } from './specimens'

const documents = join(__dirname, '../../src/main/printing/documents')

test('there is a specimen of every form a printer can be chosen for', () => {
  expect([...new Set(specimens.map((one) => one.form))].sort()).toEqual([...form.options].sort())
  expect(new Set(specimens.map(({ name }) => name)).size).toBe(specimens.length)
})

test('whatever draws a sheet is drawn here: a new sheet without a specimen is noticed', () => {
  const source = readFileSync(join(__dirname, 'specimens.ts'), 'utf8')
  const drawing = readdirSync(documents, { withFileTypes: true })
    .filter((file) => file.isFile())
    .flatMap(({ name }) => [...readFileSync(join(documents, name), 'utf8').matchAll(/^export (?:async )?function ((?:draw|add)[A-Z]\w*Sheet|draw\w+)\(/gm)].map(([, one]) => one!))
  expect(drawing.length).toBeGreaterThan(10)
  // Many memos in one file are the same sheets.
  expect(drawing.filter((one) => one !== 'drawMemoSheets' && !source.includes(`${one}(`))).toEqual([])
})

describe('a specimen', () => {
  test.each(specimens)('$name: something can be read on it, nothing is nearer than 8 mm to an edge, no value is missing', async ({ draw, stamped }) => {
    const pdf = await draw()
    const text = textOf(pdf)
    expect(text.trim().length).toBeGreaterThan(80)
    expect(text).not.toMatch(/undefined|null|NaN|Invalid|\[object/)
    const [width = 0, height = 0] = [...(infoOf(pdf)['Page size'] ?? '').matchAll(/[\d.]+/g)].map(Number)
    const outside = wordsOf(pdf).filter(({ left, right, top, bottom }) => left < 8 * mm || right > width - 8 * mm || top < 8 * mm || bottom > height - 8 * mm)
    if (stamped) return
    expect(outside.map(({ text: word }) => word)).toEqual([])
    expect((await draw()).equals(pdf)).toBe(true)
  })
})
