import { expect, test } from 'vitest'
import { gap, paginate, type Block } from '../../../src/main/printing/flow'

const page = () => ({ top: 10, bottom: 110 })
const block = (name: string, height: number, more: Partial<Block> = {}) => ({ name, height, draw: () => drawn.push(name), ...more })
let drawn: string[] = []

function laidOut(blocks: Block[]): string[][] {
  return paginate(blocks, page).map((placed) => {
    drawn = []
    for (const { top, draw } of placed) draw(top)
    return drawn
  })
}

test('a block that does not fit goes onto the next page', () => {
  expect(laidOut([block('a', 60), block('b', 40), block('c', 1)])).toEqual([['a', 'b'], ['c']])
})

test('a title is not left alone at the foot of a page', () => {
  expect(laidOut([block('a', 80), block('title', 10, { keepWithNext: true }), block('head', 5, { keepWithNext: true }), block('row', 10)])).toEqual([
    ['a'],
    ['title', 'head', 'row'],
  ])
})

test('a table that goes on has its heading again, but not on the page where it begins', () => {
  const head = { height: 10, draw: () => drawn.push('head again') }
  const rows = Array.from({ length: 7 }, (_, index) => block(`row ${index + 1}`, 20, { head }))
  expect(laidOut([block('head', 10, { keepWithNext: true }), ...rows])).toEqual([
    ['head', 'row 1', 'row 2', 'row 3', 'row 4'],
    ['head again', 'row 5', 'row 6', 'row 7'],
  ])
})

test('empty space does not open a page', () => {
  const [, second] = paginate([block('a', 100), gap(20), block('b', 10)], page)
  expect(second?.map(({ top }) => top)).toEqual([10])
})

test('a block taller than a page is still printed', () => {
  expect(laidOut([block('huge', 500), block('b', 10)])).toEqual([['huge'], ['b']])
})
