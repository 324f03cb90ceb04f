import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { buffer } from 'node:stream/consumers'
import { createDeflate, deflateSync } from 'node:zlib'
import { Bytes } from './bytes'

/** Measured on bills: level 9 saves 1 % and takes nearly twice as long, level 4 costs 5 %. */
const packing = { level: 6, memLevel: 9 }
/** A page packs as well in half the memory, which zlib clears each time: a third of the time goes. */
const packingSmall = { level: 6, memLevel: 8 }
const smallBytes = 32 * 1024

/**
 * Kinds of small objects, each gathered in compressed streams of its own. Pages are looked up one by one, tags are read as a whole. Objects of a `width` are padded to it and each is packed
 * as its difference to the one before (PNG predictor «up»): a table cell differs from its neighbour in a digit or two, and there are two hundred of them on a page of a bill.
 */
const groups = {
  pages: { most: 128, width: 0 },
  structure: { most: 1024, width: 0 },
  leaves: { most: 4096, width: 50 },
  rows: { most: 1024, width: 200 },
  /** Arrays of references of a fixed width (`referenceWidth`), one a row. */
  owners: { most: 128, width: 14 },
} as const
export type Group = keyof typeof groups

/** Number and offset of an object, at the head of its stream; the widths are its multiples, or a divisor of it. */
const headWidths = { pages: 0, structure: 0, leaves: 25, rows: 25, owners: 28 } as const

/** Objects that are gathered; their bytes are used again by the next stream of the group. */
interface ObjectStream {
  /** 0: none is open. */
  number: number
  count: number
  head: Bytes
  body: Bytes
  /** Where the object that is being written begins. */
  start: number
}

/**
 * The bytes of a PDF 1.7 (ISO 32000-1) in the order they are made: streams at once, small objects gathered in compressed object streams, the cross-reference stream last.
 * Keeps what is not taken yet, and a few numbers for each page: memory does not grow with the pages.
 */
export class PdfFile {
  private chunks: Buffer[] = []
  private waiting = 0
  private offset = 0
  private next = 1
  private readonly hash = createHash('sha256')
  private readonly gathered = new Map<Group, ObjectStream>()
  private readonly scratch = new Bytes()
  /** Stretches of object numbers: first number, count, object stream (0: an object of its own), index in it or offset in the file. */
  private readonly stretches: number[] = []

  constructor() {
    // Bytes above 127 in the second line tell file transfers that this is no text.
    this.write(Buffer.from('%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'latin1'))
  }

  /** How many bytes wait to be taken. */
  get size(): number {
    return this.waiting
  }

  get length(): number {
    return this.offset
  }

  take(): Buffer {
    const taken = Buffer.concat(this.chunks)
    this.chunks = []
    this.waiting = 0
    return taken
  }

  /** The first of `count` numbers in a row. */
  allocate(count = 1): number {
    const first = this.next
    this.next += count
    return first
  }

  stream(number: number, dictionary: string, data: Buffer, compressed = true): void {
    const packed = compressed ? deflateSync(data, data.length > smallBytes ? packing : packingSmall) : data
    this.note(number, 0, this.offset)
    this.write(Buffer.from(`${number} 0 obj<<${dictionary}${compressed ? '/Filter/FlateDecode' : ''}/Length ${packed.length}>>stream\n`, 'latin1'))
    this.write(packed)
    this.write(streamEnd)
  }

  /** An object that readers find without unpacking anything. */
  plain(number: number, body: string): void {
    this.note(number, 0, this.offset)
    this.write(Buffer.from(`${number} 0 obj${body}\nendobj\n`, 'latin1'))
  }

  /** `body` holds latin1 characters only; one that is too long for its group goes elsewhere. */
  object(number: number, body: string, wished: Group): void {
    const { width } = groups[wished]
    const group = wished !== 'owners' && width !== 0 && body.length > width ? 'structure' : wished
    this.begin(number, group).text(body)
    this.end(group)
  }

  /** An object whose body is written into what this gives back; then comes `end`. */
  begin(number: number, group: Group): Bytes {
    let stream = this.gathered.get(group)
    if (!stream) {
      stream = { number: 0, count: 0, head: new Bytes(), body: new Bytes(), start: 0 }
      this.gathered.set(group, stream)
    }
    if (stream.number === 0) stream.number = this.allocate()
    const { head, body } = stream
    const isEven = groups[group].width !== 0
    if (!isEven && stream.count > 0) body.text('\n')
    stream.start = body.length
    const from = head.length
    head.number(number, isEven ? 9 : 0)
    head.text(' ')
    head.number(body.length, isEven ? 9 : 0)
    if (isEven) head.pad(from, headWidths[group])
    else head.text(' ')
    this.note(number, stream.number, stream.count++)
    return body
  }

  end(group: Group): void {
    const { width, most } = groups[group]
    const stream = this.gathered.get(group)
    if (!stream) return
    if (width !== 0) stream.body.pad(stream.start, width)
    if (stream.count >= most) this.close(group)
  }

  /** Ends the file and gives the hash of its bytes. `root` and `info` are numbers of objects. */
  async finish(root: number, info: number): Promise<string> {
    for (const group of Object.keys(groups) as Group[]) this.close(group)
    const number = this.allocate()
    const start = this.offset
    this.note(number, 0, start)
    const packed = await buffer(Readable.from(this.references()).pipe(createDeflate(packing)))
    const id = this.hash.copy().digest('hex').slice(0, 32)
    const predictor = `/DecodeParms<</Predictor 12/Columns ${rowBytes}>>`
    this.write(
      Buffer.from(
        `${number} 0 obj<</Type/XRef/Size ${this.next}/W[1 ${offsetBytes} 2]/Root ${root} 0 R/Info ${info} 0 R/ID[<${id}><${id}>]/Filter/FlateDecode${predictor}/Length ${packed.length}>>stream\n`,
        'latin1',
      ),
    )
    this.write(packed)
    this.write(streamEnd)
    this.write(Buffer.from(`startxref\n${start}\n%%EOF\n`, 'latin1'))
    return this.hash.digest('hex')
  }

  private close(group: Group): void {
    const stream = this.gathered.get(group)
    if (!stream || stream.number === 0) return
    const { number, count, head, body } = stream
    const { scratch } = this
    const { width } = groups[group]
    if (width === 0) head.text('\n')
    else head.pad(0, width)
    const first = head.length
    head.bytes(body.written)
    let data = head.written
    if (width !== 0) {
      scratch.clear()
      scratch.differences(data, width)
      data = scratch.written
    }
    this.stream(number, `/Type/ObjStm/N ${count}/First ${first}${width === 0 ? '' : `/DecodeParms<</Predictor 12/Columns ${width}>>`}`, data)
    stream.number = 0
    stream.count = 0
    head.clear()
    body.clear()
  }

  private note(number: number, stream: number, place: number): void {
    const { stretches } = this
    const last = stretches.length - 4
    const count = stretches[last + 1] ?? 0
    if (stream !== 0 && stretches[last + 2] === stream && (stretches[last] ?? 0) + count === number && (stretches[last + 3] ?? 0) + count === place) stretches[last + 1] = count + 1
    else stretches.push(number, 1, stream, place)
  }

  /**
   * Rows of the cross-reference stream, each as its difference to the one before: rows of one object stream then hardly take a bit. Made and packed piece by piece, since tags make
   * hundreds of objects a page.
   */
  private *references(): Generator<Buffer> {
    const { stretches } = this
    const order = Uint32Array.from({ length: stretches.length / 4 }, (_, index) => index).sort((a, b) => (stretches[4 * a] ?? 0) - (stretches[4 * b] ?? 0))
    const rowsAtOnce = 8192
    let rows = Buffer.alloc((rowBytes + 1) * rowsAtOnce)
    let filled = 0
    let number = 0
    const row = new Uint8Array(rowBytes)
    const before = new Uint8Array(rowBytes)
    const put = (type: number, place: number, index: number) => {
      row[0] = type
      for (let byte = 0, rest = place; byte < offsetBytes; byte++, rest = Math.floor(rest / 256)) row[offsetBytes - byte] = rest % 256
      row[offsetBytes + 1] = index >> 8
      row[offsetBytes + 2] = index & 0xff
      const at = filled * (rowBytes + 1)
      rows[at] = 2
      for (let byte = 0; byte < rowBytes; byte++) rows[at + 1 + byte] = ((row[byte] ?? 0) - (before[byte] ?? 0)) & 0xff
      before.set(row)
      number++
      filled++
    }
    put(0, 0, 0xffff)
    for (const stretch of order) {
      const [first, count, stream, place] = [0, 1, 2, 3].map((part) => stretches[4 * stretch + part] ?? 0) as [number, number, number, number]
      if (first !== number) throw new Error(`PDF object ${number} was never written`)
      for (let step = 0; step < count; step++) {
        if (stream === 0) put(1, place, 0)
        else put(2, stream, place + step)
        if (filled < rowsAtOnce) continue
        yield rows
        rows = Buffer.alloc(rows.length)
        filled = 0
      }
    }
    yield rows.subarray(0, filled * (rowBytes + 1))
  }

  private write(bytes: Buffer): void {
    this.chunks.push(bytes)
    this.waiting += bytes.length
    this.offset += bytes.length
    this.hash.update(bytes)
  }
}

const streamEnd = Buffer.from('\nendstream\nendobj\n', 'latin1')
/** 5 bytes of an offset reach beyond a terabyte. */
const offsetBytes = 5
const rowBytes = 1 + offsetBytes + 2

/** A text string: ASCII as it is, else UTF-16 (ISO 32000-1, 7.9.2.2). */
export function textString(text: string): string {
  const isPlain = /^[\x20-\x7e]*$/.test(text)
  const bytes = isPlain ? text : Buffer.from(`\ufeff${text}`, 'utf16le').swap16().toString('latin1')
  return `(${bytes.replace(/[\\()]/g, '\\$&').replaceAll('\r', '\\r')})`
}
