/** Text of one byte a character that grows at its end, in memory that is used again after `clear`: what a batch writes leaves no garbage behind. */
export class Bytes {
  private data: Buffer
  length = 0

  constructor(room = 1024) {
    this.data = Buffer.allocUnsafe(room)
  }

  /** What is written so far, until the next change. */
  get written(): Buffer {
    return this.data.subarray(0, this.length)
  }

  clear(): void {
    this.length = 0
  }

  /** Characters of latin1 only. */
  text(text: string): void {
    this.makeRoom(text.length)
    const { data } = this
    // A call into the runtime costs more than a few dozen characters.
    if (text.length > 64) this.length += data.write(text, this.length, 'latin1')
    else for (let index = 0; index < text.length; index++) data[this.length++] = text.charCodeAt(index)
  }

  /** A whole number, not negative, behind spaces up to `width`. */
  number(value: number, width: number): void {
    let digits = 1
    for (let limit = 10; value >= limit; limit *= 10) digits++
    const size = Math.max(digits, width)
    this.makeRoom(size)
    const { data } = this
    let at = this.length + size
    let rest = value
    for (let digit = 0; digit < digits; digit++) {
      const next = Math.floor(rest / 10)
      data[--at] = 0x30 + rest - next * 10
      rest = next
    }
    while (at > this.length) data[--at] = 0x20
    this.length += size
  }

  /** Spaces up to the next multiple of `width`, counted from `start`. */
  pad(start: number, width: number): void {
    const end = start + Math.ceil((this.length - start) / width) * width
    this.makeRoom(end - this.length)
    this.data.fill(0x20, this.length, end)
    this.length = end
  }

  bytes(bytes: Uint8Array): void {
    this.makeRoom(bytes.length)
    this.data.set(bytes, this.length)
    this.length += bytes.length
  }

  /** Rows of `width` bytes, each as its difference to the one above, behind a byte that says so (PNG filter 2). */
  differences(rows: Uint8Array, width: number): void {
    this.makeRoom((rows.length / width) * (width + 1))
    const { data } = this
    let to = this.length
    data[to++] = 2
    for (let from = 0; from < width; from++) data[to++] = rows[from] ?? 0
    for (let from = width; from < rows.length; ) {
      data[to++] = 2
      for (const end = from + width; from < end; from++) data[to++] = (rows[from] ?? 0) - (rows[from - width] ?? 0)
    }
    this.length = to
  }

  private makeRoom(more: number): void {
    const least = this.length + more
    if (least <= this.data.length) return
    const larger = Buffer.allocUnsafe(Math.max(least, 2 * this.data.length))
    this.data.copy(larger, 0, 0, this.length)
    this.data = larger
  }
}
