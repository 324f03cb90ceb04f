import { codeTypes, reportCodes, reportEntry, reportFunction, reportGroups, type ReportCode, type ReportEntry } from '@shared/domain/report-catalogue'
import { reportWords } from '@shared/domain/report-words'
import { describe, expect, test } from 'vitest'

describe.each(reportCodes)('the report %s', (code) => {
  const entry = reportEntry(code)
  const keys = entry.columns.map(({ key }) => key)

  test('stands in a group and has each column once', () => {
    expect(reportGroups).toContain(entry.group)
    expect(keys).toEqual([...new Set(keys)])
  })

  test('has words for its title, for how it is counted, for its columns and for their codes', () => {
    expect(reportWords.reports[code]?.title).toMatch(/^[А-ЯЁ]/)
    expect(reportWords.reports[code]?.how.length).toBeGreaterThan(60)
    for (const { key, type } of entry.columns) {
      expect(reportWords.columns, `the column ${key}`).toHaveProperty(key)
      if ((codeTypes as readonly string[]).includes(type)) expect(Object.keys(reportWords.values[type] ?? {}), `words of ${type}`).not.toEqual([])
    }
  })

  test('draws its chart from columns it has', () => {
    const { chart } = entry
    if (!chart) return
    expect(keys).toEqual(expect.arrayContaining([chart.x, ...chart.series, ...(chart.y ? [chart.y] : [])]))
  })

  test('leads to reports that exist, with filters they know how to take', () => {
    const { drillDown } = entry
    if (drillDown?.to === 'report') expect(reportCodes).toContain(drillDown.report)
    if (drillDown && drillDown.to !== 'timeline') expect(Object.keys(drillDown.take)).not.toEqual([])
  })

  test('asks for a grain only with grains to choose from, and for days only with their bounds', () => {
    expect(entry.filters.includes('grain')).toBe(Boolean(entry.grains?.length))
    expect(entry.filters.includes('days')).toBe(Boolean(entry.days))
    if (entry.days) expect(entry.days.usual).toSatisfy((usual: number) => usual >= entry.days!.from && usual <= entry.days!.to)
  })

  test('adds up what can be added up and nothing else', () => {
    for (const { type, total } of entry.columns) {
      if (total === 'sum') expect(['count', 'money', 'seconds']).toContain(type)
      if (type === 'share') expect(total).not.toBe('sum')
    }
  })
})

test('a report that leads to another one is not led back to by it', () => {
  for (const code of reportCodes) {
    const seen = new Set<string>()
    let at: string | null = code
    while (at !== null) {
      expect(seen, `${code} goes round`).not.toContain(at)
      seen.add(at)
      const drillDown: ReportEntry['drillDown'] = reportEntry(at as ReportCode).drillDown
      at = drillDown?.to === 'report' ? drillDown.report : null
    }
  }
})

test('the function of a report is named after it', () => {
  expect(reportFunction('reissueAfterChange')).toBe('report_reissue_after_change')
})

test('a code type is named once', () => {
  expect(codeTypes).toEqual([...new Set(codeTypes)])
})
