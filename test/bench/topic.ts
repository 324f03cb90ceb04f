import type { Counts } from './data/rows'
import type { Finding } from './harness'
import type { BenchOffice } from './office'
import type { BenchOptions } from './options'

export interface BenchContext {
  office: BenchOffice
  options: BenchOptions
  /** Another office with other row counts, loaded anew; the caller closes it. */
  another(counts: Counts): Promise<BenchOffice>
  say(text: string): void
}

/** A topic measures one thing the office does. It leaves the rows as it found them, as far as later topics can tell. */
export type Topic = (context: BenchContext) => Promise<Finding[]>
