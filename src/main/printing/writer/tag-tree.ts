import { textString, type Group } from './pdf-file'

export type Tag = 'H1' | 'H2' | 'P' | 'Table' | 'TR' | 'TH' | 'TD' | 'L' | 'LI' | 'Figure' | 'Sect'

/** Text and figures a screen reader reads as one thing; `kids` are elements and marked contents of pages, in reading order. */
export interface Element {
  tag: Tag | 'Document'
  kids: (Element | { page: number; mark: number })[]
  figure: { meaning: string; box: string } | null
}

export function element(tag: Tag | 'Document', figure: Element['figure'] = null): Element {
  return { tag, kids: [], figure }
}

/** What the elements of a document are called in the file. */
export interface NumberedTags {
  /** Object bodies, the first of them with the number `first`. */
  bodies: { body: string; group: Group }[]
  /** By page, the element numbers of its marks. */
  owners: number[][]
  /** Numbers of the elements at the top. */
  tops: number[]
}

/** How wide numbers are written: neighbours then differ in a digit or two and pack well. */
const digits = 8

/** Cells and lines, then rows, then all others: each kind has numbers in a row. */
function kindOf({ tag, figure, kids }: Element): number {
  if (figure) return 2
  if (tag === 'TR') return 1
  return kids.every((kid) => 'mark' in kid) ? 0 : 2
}

const kinds: readonly Group[] = ['leaves', 'rows', 'structure']

/**
 * Numbers the elements of a document from `first` on, as many as `countTags` says, and writes them down (ISO 32000-1, 14.7.2). `pages` are object numbers of the document's pages.
 * Headings of columns have the class H (`classes`), which tells their scope.
 */
export function numberTags(tops: readonly Element[], parent: number, first: number, pages: readonly number[]): NumberedTags {
  const counts = [0, 0, 0]
  const walk = (its: Element) => {
    const kind = kindOf(its)
    counts[kind] = (counts[kind] ?? 0) + 1
    for (const kid of its.kids) if ('tag' in kid) walk(kid)
  }
  for (const top of tops) walk(top)
  const next = [first, first + (counts[0] ?? 0), first + (counts[0] ?? 0) + (counts[1] ?? 0)]
  const bodies: NumberedTags['bodies'] = Array.from({ length: counts.reduce((sum, count) => sum + count, 0) }, () => ({ body: '', group: 'structure' }))
  const owners: number[][] = pages.map(() => [])
  const reference = (number: number) => `${String(number).padStart(digits)} 0 R`

  const write = (its: Element, above: number): number => {
    const kind = kindOf(its)
    const number = next[kind] ?? 0
    next[kind] = number + 1
    let page = -1
    const kids: string[] = []
    for (const kid of its.kids) {
      if ('tag' in kid) kids.push(reference(write(kid, number)))
      else {
        if (page < 0) page = kid.page
        // Marks are numbered by page: those of a further page name it.
        kids.push(kid.page === page ? String(kid.mark).padStart(3) : `<</Type/MCR/Pg ${pages[kid.page] ?? 0} 0 R/MCID ${kid.mark}>>`)
        const marks = owners[kid.page]
        if (marks) marks[kid.mark] = number
      }
    }
    const content = kids.length === 0 ? '' : kids.length === 1 && its.tag !== 'TR' ? `/K ${kids[0] ?? ''}` : `/K[${kids.join(' ')}]`
    const on = page < 0 ? '' : `/Pg ${reference(pages[page] ?? 0)}`
    bodies[number - first] = { body: `<</S/${its.tag}/P ${reference(above)}${on}${content}${attributes(its)}>>`, group: kinds[kind] ?? 'structure' }
    return number
  }
  return { bodies, owners, tops: tops.map((top) => write(top, parent)) }
}

export function countTags(tops: readonly Element[]): number {
  let count = 0
  const walk = (its: Element) => {
    count++
    for (const kid of its.kids) if ('tag' in kid) walk(kid)
  }
  for (const top of tops) walk(top)
  return count
}

/** Classes of elements, for the root of the tree. */
export const classes = '<</H<</O/Table/Scope/Column>>>>'

function attributes({ tag, figure }: Element): string {
  if (figure) return `/Alt${textString(figure.meaning)}/A<</O/Layout/Placement/Block/BBox[${figure.box}]>>`
  return tag === 'TH' ? '/C/H' : ''
}
