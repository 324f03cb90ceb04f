import type { CDPSession, Page } from '@playwright/test'
import { toRussianLayout } from '../../src/shared/domain/layout'
import { usCharacter } from '../../src/shared/domain/us-keyboard'

/** As fast as quick hands: a number typed with no pause at all is what a scanner sends, and the program takes it for one. */
export async function asHands(page: Page, text: string): Promise<void> {
  await page.keyboard.type(text, { delay: 75 })
}

/** Where each character is on a US keyboard: its place and whether Shift is down. */
const places = new Map<string, { code: string; shift: boolean }>()
for (const code of [...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'].map((letter) => `Key${letter}`).concat([...'0123456789'].map((digit) => `Digit${digit}`), 'Backquote Minus Equal BracketLeft BracketRight Backslash Semicolon Quote Comma Period Slash Space'.split(' ')))
  for (const shift of [true, false]) places.set(usCharacter(code, shift) ?? '', { code, shift })

interface ScannerOptions {
  /** Milliseconds between keys. */
  gap?: number
  /** How the device ends its codes; a line feed is Ctrl+J. */
  end?: 'Enter' | 'Tab' | 'LineFeed' | null
  layout?: 'english' | 'russian'
}

/** A scanner of a US keyboard at the window: Shift, key down, key up, as the browser gets them from the system. Characters without a key come as Windows sends those, with no place. */
export class Scanner {
  private constructor(private readonly keys: CDPSession) {}

  static async at(page: Page): Promise<Scanner> {
    return new Scanner(await page.context().newCDPSession(page))
  }

  /** The times are told to the browser, as the system does: a test computer may be slower than the device. */
  async scan(text: string, { gap = 5, end = 'Enter', layout = 'english' }: ScannerOptions = {}): Promise<void> {
    // Nobody pulls the trigger in the middle of a word, nor has the hand back at the keys when it beeps: keys so near belong to the scan.
    await pause()
    let at = Date.now()
    const send = async (type: 'rawKeyDown' | 'keyDown' | 'keyUp', event: { key: string; code: string; text?: string; modifiers?: number; windowsVirtualKeyCode?: number }) =>
      this.keys.send('Input.dispatchKeyEvent', { type, timestamp: at / 1000, ...event })
    for (const character of text) {
      const place = places.get(character)
      const key = place && layout === 'russian' ? toRussianLayout(character) : character
      const code = place?.code ?? ''
      const modifiers = place?.shift ? 8 : 0
      at += gap
      if (modifiers) await send('rawKeyDown', { key: 'Shift', code: 'ShiftLeft', modifiers })
      await send('keyDown', { key, code, text: key, modifiers })
      await send('keyUp', { key, code, modifiers })
      if (modifiers) await send('keyUp', { key: 'Shift', code: 'ShiftLeft' })
    }
    if (!end) return
    at += gap
    const last = { key: end === 'LineFeed' ? 'j' : end, code: end === 'LineFeed' ? 'KeyJ' : end, modifiers: end === 'LineFeed' ? 2 : 0, windowsVirtualKeyCode: { Enter: 13, Tab: 9, LineFeed: 74 }[end] }
    await send('keyDown', { ...last, ...(end === 'Enter' && { text: '\r' }) })
    await send('keyUp', last)
    await pause()
  }
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 150))
