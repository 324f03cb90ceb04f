import { textString } from './pdf-file'

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

/** What the elements of a document are called in the file: numbers of objects, in the order they are read. */
export interface NumberedTags {
  count: number
  /** Object bodies, the first of them with the number `first`. */
  bodies: string[]
  /** By page, the element numbers of its marks. */
  owners: number[][]
}

/** Numbers elements from `first` on, each before its children, and writes them down (ISO 32000-1, 14.7.2). `pages` are object numbers of the document's pages. */
export function numberTags(tops: readonly Element[], parent: number, first: number, pages: readonly number[]): NumberedTags {
  const bodies: string[] = []
  const owners: number[][] = pages.map(() => [])
  const write = (its: Element, above: number): number => {
    const index = bodies.push('') - 1
    const number = first + index
    let page = -1
    const kids: string[] = []
    for (const kid of its.kids) {
      if ('tag' in kid) kids.push(`${write(kid, number)} 0 R`)
      else {
        if (page < 0) page = kid.page
        // Marks are numbered by page: those of a further page name it.
        kids.push(kid.page === page ? String(kid.mark) : `<</Type/MCR/Pg ${pages[kid.page] ?? 0} 0 R/MCID ${kid.mark}>>`)
        const marks = owners[kid.page]
        if (marks) marks[kid.mark] = number
      }
    }
    const content = kids.length === 0 ? '' : kids.length === 1 ? `/K ${kids[0] ?? ''}` : `/K[${kids.join(' ')}]`
    const on = page < 0 ? '' : `/Pg ${pages[page] ?? 0} 0 R`
    bodies[index] = `<</S/${its.tag}/P ${above} 0 R${attributes(its)}${on}${content}>>`
    return number
  }
  for (const top of tops) write(top, parent)
  return { count: bodies.length, bodies, owners }
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

function attributes({ tag, figure }: Element): string {
  if (figure) return `/Alt${textString(figure.meaning)}/A<</O/Layout/Placement/Block/BBox[${figure.box}]>>`
  return tag === 'TH' ? '/A<</O/Table/Scope/Column>>' : ''
}
