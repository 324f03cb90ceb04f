import { setTimeout as delay } from 'node:timers/promises'
import type { DataFolder } from '../../data-folder'
import { isOver, type DeskJob } from '../../printing/desk-jobs'
import type { Printer, PrinterInfo } from '../../printing/printer'
import type { DeskPrinterState } from '../../session/desk-beat'

export interface DeskPrintersDeps {
  printer: Pick<Printer, 'printers'>
  folder: Pick<DataFolder, 'readSettings'>
  /** Jobs of this desk, ended ones included. */
  jobs(): Pick<DeskJob, 'printer' | 'state'>[]
  /** How long the print system may take, milliseconds. */
  patience?: number
}

/**
 * Printers of this desk's forms (the default one where a form names none) that have trouble or hold jobs of this desk. A print system that does not answer is nobody's
 * heartbeat: then only the jobs are told.
 */
export function deskPrinters({ printer, folder, jobs, patience = 2_000 }: DeskPrintersDeps): () => Promise<DeskPrinterState[]> {
  return async () => {
    const held = new Map<string, number>()
    for (const job of jobs()) if (!isOver(job)) held.set(job.printer, (held.get(job.printer) ?? 0) + 1)
    const troubles = new Map<string, string>()
    for (const { name, trouble } of await known()) if (trouble) troubles.set(name, trouble)
    return [...new Set([...troubles.keys(), ...held.keys()])].map((name) => ({ printer: name, trouble: troubles.get(name) ?? null, held: held.get(name) ?? 0 }))
  }

  async function known(): Promise<{ name: string; trouble: string | null }[]> {
    try {
      const [found, { printing }] = await Promise.all([Promise.race([printer.printers(), delay(patience, [], { ref: false })]), folder.readSettings()])
      const chosen = Object.values(printing.forms).map((form) => form?.printer ?? null)
      const usesDefault = chosen.length === 0 || chosen.includes(null)
      return found.filter(({ name, isDefault }) => chosen.includes(name) || (isDefault && usesDefault)).map((info) => ({ name: info.name, trouble: troubleOf(info) }))
    } catch {
      // No print system, or no settings yet: whoever prints is told.
      return []
    }
  }
}

const troubleOf = ({ trouble, state }: PrinterInfo): string | null => trouble ?? (state === 'stopped' ? 'printerStopped' : state === 'rejecting' ? 'printerRejectsJobs' : null)
