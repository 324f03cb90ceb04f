import { execFileSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether a file system of our own may be mounted here: root of a Linux machine or of its container. */
export const canMount = process.platform === 'linux' && process.getuid?.() === 0 && mounts()

function mounts(): boolean {
  try {
    execFileSync('unshare', ['-m', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

export interface SmallDisk {
  folder: string
  free(): number
  /** Fills it so that about `leave` bytes stay; with 0 not one page. */
  fill(leave?: number): void
  /** Takes away what `fill` wrote. */
  makeRoom(): void
  unmount(): void
}

/** A real disk of so many bytes, in memory. Only where `canMount`. */
export function smallDisk(bytes: number): SmallDisk {
  const folder = mkdtempSync(join(tmpdir(), 'okno-small-disk-'))
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes},mode=755`, 'tmpfs', folder])
  const filler = join(folder, 'filler')
  const free = () => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  return {
    folder,
    free,
    fill(leave = 0) {
      const file = openSync(filler, 'a')
      const page = Buffer.alloc(4096)
      try {
        while (free() > leave) writeSync(file, page)
      } finally {
        closeSync(file)
      }
    },
    makeRoom: () => rmSync(filler, { force: true }),
    unmount() {
      // Lazily: the server's log may be held a moment longer.
      execFileSync('umount', ['-l', folder])
      rmSync(folder, { recursive: true, force: true })
    },
  }
}
