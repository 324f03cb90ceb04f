import type { Finding } from './harness'

/** What a topic found, under its name. */
export type Report = Map<string, Finding[]>

/** A table for people: a line a finding, the missed targets marked. */
export function tableOf(report: Report): string {
  const head = ['', 'p50 ms', 'p95', 'p99', 'first', '× p50', '× p99', 'figures', 'target', '']
  const lines: string[][] = [head]
  for (const [topic, findings] of report) {
    lines.push([topic.toUpperCase()])
    for (const { what, times, figures = {}, baseline, target } of findings) {
      lines.push([
        `  ${what}`,
        ...(times ? [times.p50, times.p95, times.p99, times.first].map(rounded) : ['', '', '', '']),
        times && baseline ? rounded(times.p50 / baseline.p50) : '',
        times && baseline ? rounded(times.p99 / baseline.p99) : '',
        Object.entries(figures).map(([name, value]) => `${name} ${rounded(value)}`).join(', '),
        target?.text ?? '',
        target ? (target.met ? 'met' : 'MISSED') : '',
      ])
    }
  }
  const widths = head.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  return lines.map((line) => line.map((cell, column) => (column === 0 || column > 6 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd()).join('\n')
}

function rounded(value: number): string {
  if (!Number.isFinite(value)) return ''
  return value >= 100 ? String(Math.round(value)) : value >= 10 ? value.toFixed(1) : value.toFixed(2)
}

/** The same for programs. */
export function jsonOf(report: Report, run: object): string {
  return `${JSON.stringify({ ...run, topics: Object.fromEntries(report) }, null, 2)}\n`
}
