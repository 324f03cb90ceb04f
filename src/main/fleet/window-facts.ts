import { statfs } from 'node:fs/promises'
import { hostname, release, type, version as osVersion } from 'node:os'
import type { DataFolder } from '../data-folder'
import type { LastError } from './last-error'

/** What a window tells of its machine with a heartbeat. */
export interface WindowFacts {
  /** Name of the computer. */
  desk: string
  /** 'Electron 43.1.0'; 'Node 20.19.0' where there is no window. */
  runtime: string
  os: string
  /** Free on the disk of the data folder, MiB, rounded so that it does not differ with every heartbeat; null: the system does not tell. */
  freeMb: number | null
  /** The latest test page of this desk that somebody has looked at. */
  printerTest: { printer: string; at: string; outcome: string } | null
  lastError: LastError | null
}

export function windowFacts({ folder, lastError, desk = hostname() }: { folder: Pick<DataFolder, 'path' | 'readSettings'>; lastError(): LastError | null; desk?: string }): () => Promise<WindowFacts> {
  const electron = process.versions['electron']
  const machine = {
    desk: desk.slice(0, 80),
    runtime: electron ? `Electron ${electron}` : `Node ${process.versions.node}`,
    // Linux tells the build of its kernel as the version, which says nothing to anybody.
    os: (process.platform === 'linux' ? `${type()} ${release()}` : osVersion()).slice(0, 80),
  }
  return async () => ({ ...machine, freeMb: await freeMb(folder.path), printerTest: await latestTest(folder), lastError: lastError() })
}

async function freeMb(path: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(path)
    const free = (bavail * bsize) / 2 ** 20
    const step = free < 10_240 ? 100 : 1024
    return Math.floor(free / step) * step
  } catch {
    return null
  }
}

async function latestTest(folder: Pick<DataFolder, 'readSettings'>): Promise<WindowFacts['printerTest']> {
  try {
    const { printing } = await folder.readSettings()
    const [latest] = Object.entries(printing.tests).sort(([, a], [, b]) => Date.parse(b.at) - Date.parse(a.at))
    return latest ? { printer: latest[0].slice(0, 100), at: latest[1].at, outcome: latest[1].outcome } : null
  } catch {
    return null
  }
}
