import { createHash } from 'node:crypto'
import { face, fontNames, type FontName, type Run } from './faces'
import { PdfFile, textString } from './pdf-file'
import { points, type Shapes } from './page-content'
import { classes, TagTree, writeOwners, type Element } from './tag-tree'

/** Dots of one bit, 0 is black: `data` is what the dictionary says it is. An image with a `key` is in the file once, however many pages show it. */
export interface Mask {
  name: string
  key: string | null
  dictionary: string
  data: Buffer
}

interface SharedForm {
  name: string
  number: number
  show: string
}

/** A page that is drawn and not written yet. `content` holds operators and, between them, pieces that other pages may have too. */
export interface DrawnPage {
  width: number
  height: number
  shapes: Shapes
  content: (string | Mask)[]
  /** Marked contents so far. */
  marks: number
}

const pagesPerNode = 64
/** A piece of a page that comes for the third time becomes a form of the file, drawn by its name from then on. Shorter ones are not worth a name. */
const leastShared = 60
const seenBeforeShared = 2
const mostPieces = 2000
const mostForms = 2_000

/**
 * Ties the pages of documents together into one PDF file: tags, fonts, what pages share, page tree. Documents are written one by one; nothing of them stays.
 *
 * Why not PDFKit's document: measured with the payment document, tagged, on the same machine, it made 29 kB a page and an eighth of the pages a second. 18 kB of that are tags, 187 on a
 * page, each an object of its own: PDFKit has no object streams (PDF 1.5). Here tags take 1 kB a page. Fonts are read and cut by fontkit, as PDFKit's are.
 */
export class PdfDocument {
  readonly file = new PdfFile()
  private readonly root = this.file.allocate()
  private readonly pageTree = this.file.allocate()
  private readonly fonts = this.file.allocate()
  private readonly tags = this.file.allocate()
  private readonly tagged = this.file.allocate()
  private pages = 0
  private readonly nodes: number[] = []
  private kids: string[] = []
  private readonly tops: number[] = []
  /** Object numbers of full leaves of the parent tree, and the entries of the one being filled. */
  private readonly owners: number[] = []
  private ownerEntries: string[] = []
  private seen = new Map<string, number>()
  private readonly forms = new Map<string, SharedForm>()
  private readonly used = new Map<FontName, Map<number, true>>(fontNames.map((name) => [name, new Map()]))
  private readonly images = new Map<string, number>()
  private usesStamp = false

  constructor(private readonly about: { title: string; madeAt: string; paper: { width: number; height: number } }) {}

  get pageCount(): number {
    return this.pages
  }

  /** Notes which signs of a font the document needs. */
  use(name: FontName, run: Run): void {
    if (run.notedBy === this) return
    run.notedBy = this
    const used = this.used.get(name)
    for (const code of run.codes) used?.set(code, true)
  }

  useStamp(): void {
    this.usesStamp = true
  }

  /** Writes the pages and tags of a document and forgets them. */
  write(pages: readonly DrawnPage[], tops: readonly Element[]): void {
    const { file } = this
    const numbers = pages.map(() => file.allocate(2))
    for (const [index, page] of pages.entries()) this.writePage(page, numbers[index] ?? 0)
    const tree = new TagTree(tops)
    const first = file.allocate(tree.count + pages.length)
    const tags = tree.write(file, this.tagged, first, numbers)
    for (const [index, owners] of tags.owners.entries()) {
      const number = first + tree.count + index
      writeOwners(file, number, owners)
      this.ownerEntries.push(`${this.pages - pages.length + index} ${number} 0 R`)
      if (this.ownerEntries.length >= pagesPerNode) this.closeOwners()
    }
    this.tops.push(...tags.tops)
  }

  /** Ends the file; its hash. */
  async finish(): Promise<string> {
    const { file, about } = this
    this.closeNode()
    this.closeOwners()
    const { width, height } = about.paper
    const nodes = this.nodes.map((node) => `${node} 0 R`).join(' ')
    file.plain(this.pageTree, `<</Type/Pages/Count ${this.pages}/Kids[${nodes}]/MediaBox[0 0 ${points(width)} ${points(height)}]>>`)
    file.object(this.tagged, `<</S/Document/P ${this.tags} 0 R/K[${this.tops.map((top) => `${top} 0 R`).join(' ')}]>>`, 'structure')
    const parents = file.allocate()
    file.object(parents, `<</Kids[${this.owners.map((leaf) => `${leaf} 0 R`).join(' ')}]>>`, 'structure')
    file.object(this.tags, `<</Type/StructTreeRoot/K ${this.tagged} 0 R/ParentTree ${parents} 0 R/ParentTreeNextKey ${this.pages}/ClassMap${classes}>>`, 'structure')
    file.object(this.fonts, `<<${fontNames.flatMap((name) => this.writeFonts(name)).join('')}>>`, 'pages')
    const [metadata, info] = [file.allocate(), file.allocate()]
    const created = new Date(about.madeAt)
    file.stream(metadata, '/Type/Metadata/Subtype/XML', Buffer.from(xmpOf(about.title, created), 'utf8'), false)
    const date = created.toISOString().replace(/[-:T]/g, '').slice(0, 14)
    file.plain(info, `<</Title ${textString(about.title)}/Creator (Okno)/Producer (Okno)/CreationDate (D:${date}Z)>>`)
    file.plain(
      this.root,
      `<</Type/Catalog/Pages ${this.pageTree} 0 R/Lang (ru-RU)/MarkInfo<</Marked true>>/StructTreeRoot ${this.tags} 0 R/Metadata ${metadata} 0 R` +
        // A viewer's «fit to page» would shrink the modules of codes and the margins.
        '/ViewerPreferences<</DisplayDocTitle true/PrintScaling/None>>>>',
    )
    return file.finish(this.root, info)
  }

  private writePage(page: DrawnPage, number: number): void {
    const { file, about } = this
    let content = page.shapes.toString()
    const drawn = new Map<string, number>()
    for (const piece of page.content) {
      if (typeof piece !== 'string') {
        drawn.set(piece.name, this.image(piece))
      } else if (piece.length < leastShared || !piece.startsWith('BT')) content += piece
      else {
        const form = this.shared(piece)
        if (form) drawn.set(form.name, form.number)
        content += form ? form.show : piece
      }
    }
    file.stream(number + 1, '', Buffer.from(content, 'latin1'))
    if (this.kids.length === 0) this.nodes.push(file.allocate())
    const box = page.width === about.paper.width && page.height === about.paper.height ? '' : `/MediaBox[0 0 ${points(page.width)} ${points(page.height)}]`
    const forms = drawn.size === 0 ? '' : `/XObject<<${[...drawn].map(([name, object]) => `/${name} ${object} 0 R`).join('')}>>`
    const resources = `/Resources<</Font ${this.fonts} 0 R${this.usesStamp ? '/ExtGState<</G<</CA .25>>>>' : ''}${forms}>>`
    file.object(number, `<</Type/Page/Parent ${this.nodes.at(-1) ?? 0} 0 R${box}${resources}/Contents ${number + 1} 0 R/StructParents ${this.pages}/Tabs/S>>`, 'pages')
    this.kids.push(`${number} 0 R`)
    this.pages++
    if (this.kids.length >= pagesPerNode) this.closeNode()
  }

  private image({ key, dictionary, data }: Mask): number {
    const known = key === null ? undefined : this.images.get(key)
    if (known !== undefined) return known
    const number = this.file.allocate()
    this.file.stream(number, `/Subtype/Image/ImageMask true${dictionary}`, data, false)
    if (key !== null) this.images.set(key, number)
    return number
  }

  /** The form a piece of a page has become; undefined while it is not one. */
  private shared(piece: string): SharedForm | undefined {
    const form = this.forms.get(piece)
    if (form !== undefined) return form
    const times = this.seen.get(piece) ?? 0
    if (times >= seenBeforeShared && this.forms.size < mostForms) {
      const name = `X${this.forms.size}`
      const made = { name, number: this.file.allocate(), show: `/${name} Do ` }
      const { width, height } = this.about.paper
      this.file.stream(made.number, `/Type/XObject/Subtype/Form/BBox[0 0 ${points(width)} ${points(height)}]/Resources<</Font ${this.fonts} 0 R>>`, Buffer.from(piece, 'latin1'))
      this.forms.set(piece, made)
      this.seen.delete(piece)
      return made
    }
    if (this.seen.size >= mostPieces) this.seen = new Map()
    this.seen.set(piece, times + 1)
    return undefined
  }

  private closeNode(): void {
    if (this.kids.length === 0) return
    this.file.object(this.nodes.at(-1) ?? 0, `<</Type/Pages/Parent ${this.pageTree} 0 R/Count ${this.kids.length}/Kids[${this.kids.join(' ')}]>>`, 'pages')
    this.kids = []
  }

  private closeOwners(): void {
    if (this.ownerEntries.length === 0) return
    const leaf = this.file.allocate()
    this.owners.push(leaf)
    this.file.object(leaf, `<</Limits[${limitsOf(this.ownerEntries)}]/Nums[${this.ownerEntries.join(' ')}]>>`, 'structure')
    this.ownerEntries = []
  }

  /** Fonts of the signs in use, one for each part of a face: subsets with codes of one byte, which a CMap of the file leads to glyphs (ISO 32000-1, 9.7). */
  private writeFonts(name: FontName): string[] {
    const { file } = this
    const its = face(name)
    const { metrics, name: fontName } = its.font
    const codes = [...(this.used.get(name)?.keys() ?? [])].sort((a, b) => a - b)
    return [...new Set(codes.map((code) => code >> 8))].map((part) => {
      const signs = codes.filter((code) => code >> 8 === part).map((code) => ({ code: code & 255, glyph: its.signAt(code)?.glyph ?? 0, codePoint: its.signAt(code)?.codePoint ?? 0xfffd }))
      const subset = its.font.subset(signs.map(({ glyph }) => glyph))
      const glyphs = signs.map(({ code, glyph }, index) => ({ code, number: subset.numbers[index] ?? 0, width: its.font.advanceOf(glyph) })).sort((a, b) => a.number - b.number)
      const tag = [...createHash('sha256').update(subset.file).digest().subarray(0, 6)].map((byte) => String.fromCharCode(65 + (byte % 26))).join('')
      const base = `/BaseFont/${tag}+${fontName}`
      const [font, descendant, descriptor, program, encoding, unicode] = Array.from({ length: 6 }, () => file.allocate()) as [number, number, number, number, number, number]
      const cids = '/CIDSystemInfo<</Registry(Adobe)/Ordering(Identity)/Supplement 0>>'
      file.stream(program, `/Length1 ${subset.file.length}`, subset.file)
      file.stream(encoding, `/Type/CMap/CMapName/Okno${cids}`, Buffer.from(codeMap(signs.map(({ code }, index) => [code, subset.numbers[index] ?? 0])), 'latin1'))
      file.stream(unicode, '', Buffer.from(toUnicode(signs.map(({ code, codePoint }) => [code, codePoint])), 'latin1'))
      const sizes = `/Ascent ${points(metrics.ascent)}/Descent ${points(metrics.descent)}/CapHeight ${points(metrics.capHeight)}/ItalicAngle ${points(metrics.italicAngle)}/StemV ${name.startsWith('bold') ? 140 : 80}`
      const flags = 4 + (name === 'mono' ? 1 : 0) + (name === 'italic' || name === 'boldItalic' ? 64 : 0)
      file.object(descriptor, `<</Type/FontDescriptor/FontName/${tag}+${fontName}/Flags ${flags}/FontBBox[${metrics.box.map(points).join(' ')}]${sizes}/FontFile2 ${program} 0 R>>`, 'pages')
      const widths = glyphs.map(({ number, width }) => `${number}[${points(width)}]`).join('')
      file.object(descendant, `<</Type/Font/Subtype/CIDFontType2${base}${cids}/W[${widths}]/CIDToGIDMap/Identity/FontDescriptor ${descriptor} 0 R>>`, 'pages')
      file.object(font, `<</Type/Font/Subtype/Type0${base}/Encoding ${encoding} 0 R/DescendantFonts[${descendant} 0 R]/ToUnicode ${unicode} 0 R>>`, 'pages')
      return `/${its.fontOf(part)} ${font} 0 R`
    })
  }
}

function limitsOf(entries: readonly string[]): string {
  const key = (entry: string | undefined) => entry?.slice(0, entry.indexOf(' ')) ?? '0'
  return `${key(entries[0])} ${key(entries.at(-1))}`
}

const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0')

function cmap(type: 1 | 2, system: string, kind: 'cidchar' | 'bfchar', entries: string[]): string {
  const blocks: string[] = []
  // No more than a hundred entries in a block.
  for (let at = 0; at < entries.length; at += 100) {
    const part = entries.slice(at, at + 100)
    blocks.push(`${part.length} begin${kind}\n${part.join('\n')}\nend${kind}`)
  }
  const head = `/CIDInit/ProcSet findresource begin 12 dict begin begincmap/CIDSystemInfo<</Registry(Adobe)/Ordering(${system})/Supplement 0>>def/CMapName/Okno def/CMapType ${type} def`
  return `${head}\n1 begincodespacerange\n<00><ff>\nendcodespacerange\n${blocks.join('\n')}\nendcmap CMapName currentdict/CMap defineresource pop end end`
}

/** Which glyphs the codes of a font show. */
function codeMap(codes: [number, number][]): string {
  return cmap(1, 'Identity', 'cidchar', codes.map(([code, glyph]) => `<${hex(code, 2)}> ${glyph}`))
}

/** Which characters the codes of a font stand for, so that text can be searched, copied and read aloud. */
function toUnicode(codes: [number, number][]): string {
  const utf16 = (codePoint: number) => Buffer.from(String.fromCodePoint(codePoint), 'utf16le').swap16().toString('hex')
  return cmap(2, 'UCS', 'bfchar', codes.map(([code, codePoint]) => `<${hex(code, 2)}><${utf16(codePoint)}>`))
}

function xmpOf(title: string, created: Date): string {
  const words = title.replace(/[<>&]/g, ' ')
  return (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">' +
    '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:xmp="http://ns.adobe.com/xap/1.0/">' +
    `<dc:title><rdf:Alt><rdf:li xml:lang="x-default">${words}</rdf:li></rdf:Alt></dc:title><dc:language><rdf:Bag><rdf:li>ru-RU</rdf:li></rdf:Bag></dc:language>` +
    `<xmp:CreateDate>${created.toISOString()}</xmp:CreateDate><xmp:CreatorTool>Okno</xmp:CreatorTool></rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="r"?>`
  )
}
