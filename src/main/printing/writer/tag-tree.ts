import { textString, type Group, type PdfFile } from './pdf-file'

export type Tag = 'H1' | 'H2' | 'P' | 'Table' | 'TR' | 'TH' | 'TD' | 'L' | 'LI' | 'Figure' | 'Sect'

/** Text and figures a screen reader reads as one thing; `kids` are elements and marked contents of pages, in reading order. */
export interface Element {
  tag: Tag | 'Document'
  kids: (Element | { page: number; mark: number })[]
  figure: { meaning: string; box: string } | null
  /** What it and the one above are called in the file, once they are numbered. */
  number: number
  parent: number
}

export function element(tag: Tag | 'Document', figure: Element['figure'] = null): Element {
  return { tag, kids: [], figure, number: 0, parent: 0 }
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

/** The elements of a document on their way into its file (ISO 32000-1, 14.7.2). Headings of columns have the class H (`classes`), which tells their scope. */
export class TagTree {
  private readonly byKind: Element[][] = [[], [], []]

  constructor(private readonly tops: readonly Element[]) {
    for (const top of tops) this.gather(top)
  }

  get count(): number {
    return this.byKind.reduce((sum, its) => sum + its.length, 0)
  }

  /**
   * Numbers the elements from `first` on and writes them; `pages` are object numbers of the document's pages. Gives the numbers of those at the top, and by page those of the elements
   * that own its marks.
   */
  write(file: PdfFile, above: number, first: number, pages: readonly number[]): { tops: number[]; owners: number[][] } {
    let next = first
    for (const its of this.byKind) for (const one of its) one.number = next++
    for (const top of this.tops) top.parent = above
    // From the top downwards: whoever has kids is none of the leaves.
    for (const its of [this.byKind[2], this.byKind[1]]) {
      for (const one of its ?? []) for (const kid of one.kids) if ('tag' in kid) kid.parent = one.number
    }
    const owners: number[][] = pages.map(() => [])
    for (const [kind, its] of this.byKind.entries()) {
      for (const one of its) {
        for (const kid of one.kids) {
          const marks = 'tag' in kid ? undefined : owners[kid.page]
          if (marks && 'mark' in kid) marks[kid.mark] = one.number
        }
        if (kind === 0 && one.kids.length === 1) writeLeaf(file, one, pages)
        else if (kind === 1 && one.kids.every((kid) => 'tag' in kid)) writeRow(file, one)
        else file.object(one.number, bodyOf(one, pages), kinds[kind] ?? 'structure')
      }
    }
    return { tops: this.tops.map(({ number }) => number), owners }
  }

  private gather(its: Element): void {
    this.byKind[kindOf(its)]?.push(its)
    for (const kid of its.kids) if ('tag' in kid) this.gather(kid)
  }
}

/** A text of one page: nine of ten elements are that, and a page of a bill has two hundred. */
function writeLeaf(file: PdfFile, { tag, kids, number, parent }: Element, pages: readonly number[]): void {
  const [kid] = kids
  if (!kid || 'tag' in kid) return
  const out = file.begin(number, 'leaves')
  out.text('<</S/')
  out.text(tag)
  out.text('/P ')
  out.number(parent, digits)
  out.text(' 0 R/Pg ')
  out.number(pages[kid.page] ?? 0, digits)
  out.text(' 0 R/K ')
  out.number(kid.mark, 3)
  out.text(tag === 'TH' ? '/C/H>>' : '>>')
  file.end('leaves')
}

function writeRow(file: PdfFile, { kids, number, parent }: Element): void {
  const out = file.begin(number, 'rows')
  out.text('<</S/TR/P ')
  out.number(parent, digits)
  out.text(' 0 R')
  for (const [index, kid] of kids.entries()) {
    out.text(index === 0 ? '/K[' : ' ')
    if ('tag' in kid) out.number(kid.number, digits)
    out.text(' 0 R')
  }
  out.text(kids.length === 0 ? '>>' : ']>>')
  file.end('rows')
}

function bodyOf(its: Element, pages: readonly number[]): string {
  const reference = (number: number) => `${String(number).padStart(digits)} 0 R`
  let page = -1
  const kids = its.kids.map((kid) => {
    if ('tag' in kid) return reference(kid.number)
    if (page < 0) page = kid.page
    // Marks are numbered by page: those of a further page name it.
    return kid.page === page ? String(kid.mark).padStart(3) : `<</Type/MCR/Pg ${pages[kid.page] ?? 0} 0 R/MCID ${kid.mark}>>`
  })
  const content = kids.length === 0 ? '' : kids.length === 1 && its.tag !== 'TR' ? `/K ${kids[0] ?? ''}` : `/K[${kids.join(' ')}]`
  const on = page < 0 ? '' : `/Pg ${reference(pages[page] ?? 0)}`
  return `<</S/${its.tag}/P ${reference(its.parent)}${on}${content}${attributes(its)}>>`
}

/** An array of references, each as wide as a row of the group `owners`. */
export function writeOwners(file: PdfFile, number: number, owners: readonly number[]): void {
  const out = file.begin(number, 'owners')
  const last = owners.length - 1
  if (last < 0) out.text('[]')
  for (const [index, owner] of owners.entries()) {
    out.text(index === 0 ? '[' : ' ')
    out.number(owner, digits)
    out.text(index === last ? ' 0 R]' : ' 0 R ')
  }
  file.end('owners')
}

/** Classes of elements, for the root of the tree. */
export const classes = '<</H<</O/Table/Scope/Column>>>>'

function attributes({ tag, figure }: Element): string {
  if (figure) return `/Alt${textString(figure.meaning)}/A<</O/Layout/Placement/Block/BBox[${figure.box}]>>`
  return tag === 'TH' ? '/C/H' : ''
}
