import { createReadStream, writeSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { isMainThread } from 'node:worker_threads'

/*
 * Standard streams of a command. In the installed program it runs in a thread, whose own `process.stdin` and `process.stdout` go through a main thread that waits for it.
 */

let input: (Readable & { isTTY?: boolean }) | null = null

export function standardInput(): Readable & { isTTY?: boolean } {
  if (isMainThread) return process.stdin
  input ??= isatty(0) ? new ReadStream(0) : createReadStream('', { fd: 0, autoClose: false })
  return input
}

/** Written whole before it returns: the process may end right behind. */
export function write(descriptor: 1 | 2, text: string): void {
  const bytes = Buffer.from(text)
  for (let written = 0; written < bytes.length; ) {
    try {
      written += writeSync(descriptor, bytes, written)
    } catch (cause) {
      const code: unknown = cause instanceof Error ? Reflect.get(cause, 'code') : undefined
      if (code === 'EPIPE') return // Nobody reads any more (`| head`).
      if (code !== 'EAGAIN') throw cause
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5) // A pipe that is full for now.
    }
  }
}
