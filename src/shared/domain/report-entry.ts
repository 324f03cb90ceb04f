/** What a report of the catalogue is made of. Pages, charts, exports and prints are drawn from it; what is counted stands in the SQL function of the report. */

export const reportGroups = ['visits', 'readings', 'access', 'control', 'documents', 'billing', 'exchange'] as const
export type ReportGroup = (typeof reportGroups)[number]

/**
 * What may be asked beside the report itself. `period` is `from` and `to`, office days, both included; `days` is a number whose meaning the report's own words tell.
 * Who may see which office is the database's to say, whatever is asked.
 */
export type ReportFilterName = 'period' | 'office' | 'provider' | 'staff' | 'window' | 'grain' | 'days'

export const grains = ['hour', 'weekday', 'day', 'week', 'month'] as const
export type Grain = (typeof grains)[number]

/** What a report function gets, as flat JSON; a missing key asks for everything. Keys past the first line narrow a drill-down. */
export interface ReportFilters {
  /** 'YYYY-MM-DD'. */
  from?: string
  to?: string
  officeId?: number
  /** The code of the provider. */
  provider?: string
  staffId?: number
  window?: string
  grain?: Grain
  days?: number
  [narrowing: string]: string | number
}

/**
 * How a cell is written. Names of staff, offices, providers, streets come ready as `text`. `count`: a whole number; `money`: kopecks; `share`: 0…1; `seconds`: a duration;
 * `time`: a clock time 'HH:MM'; `instant`: ISO; `month`: 'YYYY-MM'; `week`: its Monday; `weekday`: 1…7; `hour`: 0…23; `moment`: whichever of those the asked grain is.
 * The rest are codes, each with its words in report-words.ts (`kind`: those of the audit actions); `signs`: several codes, separated by spaces.
 */
export type ReportColumnType =
  | 'text' | 'count' | 'money' | 'share' | 'seconds' | 'time' | 'date' | 'instant' | 'month' | 'week' | 'hour' | 'weekday' | 'moment'
  | 'kind' | 'signs' | CodeType
export const codeTypes = [
  'contactKind', 'delivery', 'yesNo', 'unmasked', 'unmaskReason', 'batchKind', 'batchState', 'requestKind', 'registerKind', 'messageChannel', 'messageTemplate', 'messageError', 'service', 'sign',
  'channel', 'reason', 'rule', 'cancelReason', 'meterType', 'group', 'identification', 'status', 'workKind',
] as const
export type CodeType = (typeof codeTypes)[number]

export interface ReportColumn {
  key: string
  type: ReportColumnType
  /** What stands under the column: the sum of its rows; `weighted`: a share, a median or a number of different ones, which the SQL counts over everything asked; nothing. */
  total: 'sum' | 'weighted' | 'none'
}

/** Keys are those of columns; a heat map has one series, its value. */
export interface ReportChart {
  kind: 'bar' | 'line' | 'stacked' | 'heat'
  x: string
  series: readonly string[]
  y?: string
}

/**
 * Where a row leads. `take`: which filter gets the value of which key of the row, on top of the filters asked. Rows carry keys without a column for it (staffId, providerCode …).
 * `details`: what was done, one by one (`reports.details`); `timeline`: everything done with the row's subscriberId, at the visit with its visitId where it has one.
 */
export type DrillDown =
  | { to: 'report'; report: string; take: Readonly<Record<string, string>> }
  | { to: 'details'; take: Readonly<Record<string, string>> }
  | { to: 'timeline' }

export interface ReportEntry {
  group: ReportGroup
  filters: readonly ReportFilterName[]
  /** The first is what is asked for unless another one is chosen. */
  grains?: readonly Grain[]
  /** Of the filter `days`. */
  days?: { usual: number; from: number; to: number }
  columns: readonly ReportColumn[]
  chart: ReportChart | null
  drillDown: DrillDown | null
  /** A comparison with the period before makes sense. */
  compares?: true
  /** No more rows than this; totals are of all. */
  limit?: number
  /** Figures are of now, or of the days the report itself tells, whatever period is asked. */
  ofNow?: true
}

export const text = (key: string) => ({ key, type: 'text', total: 'none' }) as const
export const count = (key: string) => ({ key, type: 'count', total: 'sum' }) as const
export const money = (key: string) => ({ key, type: 'money', total: 'sum' }) as const
/** Counted over everything asked: different people, documents, days. */
export const different = (key: string) => ({ key, type: 'count', total: 'weighted' }) as const
export const share = (key: string) => ({ key, type: 'share', total: 'weighted' }) as const
export const seconds = (key: string) => ({ key, type: 'seconds', total: 'weighted' }) as const
export const plain = <T extends ReportColumnType>(key: string, type: T) => ({ key, type, total: 'none' }) as const
