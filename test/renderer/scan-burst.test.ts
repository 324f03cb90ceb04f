import { isScan, LONGEST_GAP, mayBecomeCode, scannedText, type Stroke } from '@renderer/scan-burst'
import { toEnglishLayout, toRussianLayout } from '@shared/domain/layout'
import { usCharacter } from '@shared/domain/us-keyboard'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'

const payment =
  'ST00012|Name=ООО «Смородина»|PersonalAcc=40702810900000000001|BankName=ПАО БАНК|BIC=044525225|CorrespAcc=30101810400000000225|PayeeINN=7701234567|PersAcc=04012345|LastName=Соколова|FirstName=Мария|MiddleName=Игоревна|PayerAddress=г. Смородинск, ул. Ленина, д. 10, кв. 15|PaymPeriod=102026|Sum=234512|Category=ЖКУ'

const asciiKeys = new Map<string, string>()
for (const code of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `Key${letter}`).concat([...'0123456789'].map((digit) => `Digit${digit}`), ['Backquote', 'Minus', 'Equal', 'BracketLeft', 'BracketRight', 'Backslash', 'Semicolon', 'Quote', 'Comma', 'Period', 'Slash', 'Space']))
  for (const shift of [false, true]) {
    const character = usCharacter(code, shift)
    if (character !== null) asciiKeys.set(character, code)
  }

/** What arrives of a text that a scanner sends with these gaps; `layout` is what the system makes of its keys. */
function sent(text: string, gaps: (index: number) => number, { layout = (typed: string) => typed, overlaps = false } = {}): Stroke[] {
  return [...text].map((character, index) => {
    const onUs = asciiKeys.has(character)
    return { typed: onUs ? layout(character) : character, byPlace: onUs ? character : null, gap: index === 0 ? 0 : gaps(index), overlaps: overlaps && index > 0 }
  })
}

/** Evenly spread numbers from a seed (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const seeded = (seed: number[]) => (index: number) => seed[index % seed.length] ?? 0

describe('a scanner', () => {
  // 6 is the shortest code; 2–50 ms are what devices do, a jitter of a fifth on top.
  const device = fc.record({ beat: fc.double({ min: 2, max: 48, noNaN: true }), jitter: fc.array(fc.double({ min: -0.2, max: 0.2, noNaN: true }), { minLength: 64, maxLength: 64 }) })
  const barcode = fc.stringMatching(/^(?:[A-Z]{0,2}\d{6,13}|[A-Z]-\d{6}|\d{2}[A-Z]{2}\d{6}-\d{2})$/)

  test.each([
    ['English', (typed: string) => typed],
    ['Russian', toRussianLayout],
  ])('is known by any barcode at any beat of the devices, under the %s layout, and reads what is printed', (_, layout) => {
    fc.assert(
      fc.property(barcode, device, (code, { beat, jitter }) => {
        const strokes = sent(code, (index) => beat * (1 + (jitter[index % 64] ?? 0)), { layout })
        expect(isScan(strokes)).toBe(true)
        expect(scannedText(strokes)).toBe(code)
      }),
    )
  })

  test('is known by the sixth character, and every beginning of its code waits for more', () => {
    fc.assert(
      fc.property(barcode, device, (code, { beat }) => {
        for (let length = 1; length <= code.length; length++) expect(mayBecomeCode(sent(code.slice(0, length), () => beat))).toBe(true)
      }),
    )
  })

  test('is known by the payment QR, whose every beginning waits for more', () => {
    for (let length = 1; length < payment.length; length++) expect(mayBecomeCode(sent(payment.slice(0, length), () => 8))).toBe(true)
    const strokes = sent(payment, () => 8)
    expect(isScan(strokes)).toBe(true)
    expect(scannedText(strokes)).toBe(payment)
  })

  test('under the Russian layout the Latin QR is read by the places of its keys', () => {
    const latin = payment.replace(/[^\x20-\x7e]/g, 'x')
    const strokes = sent(latin, () => 8, { layout: toRussianLayout })
    expect(strokes.map(({ typed }) => typed).join('')).toMatch(/^ЫЕ00012/)
    expect(isScan(strokes)).toBe(true)
    expect(scannedText(strokes)).toBe(latin)
  })

  test('set up for the Russian keyboard it types what is right already', () => {
    const strokes = [...payment].map((character) => ({ typed: character, byPlace: toEnglishLayout(character), gap: 8, overlaps: false }))
    expect(scannedText(strokes)).toBe(payment)
  })

  test('Caps Lock changes nothing, and a dead key is the character of its place', () => {
    const strokes = sent('V123456782', () => 8).map((stroke) => ({ ...stroke, typed: stroke.typed.toLowerCase() }))
    expect(scannedText(strokes)).toBe('V123456782')
    expect(scannedText([{ typed: '', byPlace: "'", gap: 0, overlaps: false }])).toBe("'")
  })

  test('one hiccup of the computer does not hide it', () => {
    expect(isScan(sent('0401234567', (index) => (index === 4 ? 110 : 12)))).toBe(true)
    expect(isScan(sent('0401234567', (index) => (index === 4 ? 110 : 45)))).toBe(true)
  })
})

describe('a hand', () => {
  // Lognormal gaps around the fastest known medians, each key held 70–110 ms: at 60–80 ms between keys fingers overlap.
  const byHand = (text: string, median: number, seed: number) => {
    const random = randomOf(seed)
    const gaps = Array.from(text, () => Math.max(15, median * Math.exp(0.3 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random()))))
    return sent(text, seeded(gaps)).map((stroke, index) => ({ ...stroke, overlaps: index > 0 && 70 + 40 * random() > stroke.gap }))
  }

  test('is never taken for a scanner, not at its first six characters nor later', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^\d{6,20}$/), fc.integer({ min: 60, max: 80 }), fc.integer(), (number, median, seed) => {
        const strokes = byHand(number, median, seed)
        for (let length = 6; length <= strokes.length; length++) expect(isScan(strokes.slice(0, length))).toBe(false)
      }),
      { numRuns: 5000 },
    )
  })

  test('that types words, addresses of mail, dates or readings with a comma waits for nothing, however fast', () => {
    for (const text of ['Соколова', 'maria.new@mail.example', '01.11.2026', '12345,678', '7404 123456', '+79431002030', 'четыре случайных слова']) {
      const strokes = sent(text, () => 5, { layout: (typed) => typed })
      expect(isScan(strokes)).toBe(false)
      expect(mayBecomeCode(strokes)).toBe(false)
    }
  })

  test('that pauses within a number ends the burst: no gap beyond the longest is a scanner of 55 ms', () => {
    expect(isScan(sent('04012345', () => LONGEST_GAP))).toBe(false)
    expect(isScan(sent('04012345', () => 60))).toBe(false)
    expect(isScan(sent('04012', () => 5))).toBe(false)
  })
})
