import { randomUUID } from 'node:crypto'
import { addDays, addMonths } from '@shared/domain/dates'
import { reportCodes, reportEntry, type ReportCode } from '@shared/domain/report-catalogue'
import type { Client } from 'pg'
import { compared, figuresOf, timeOf, type Figures, type Finding } from './harness'
import type { BenchDesk } from './office'
import type { Topic } from './topic'

/** Milliseconds a report may take. */
const limits = { month: 300, year: 1500 }

/** The plain statement over the rows a report is about, with $1 and $2 the first day and the day after the last: what somebody would write by hand. */
const plain: Partial<Record<ReportCode, string>> = {
  visitsByStaff: `select staff_id, count(*), percentile_cont(0.5) within group (order by extract(epoch from closed_at - opened_at)) from visit where opened_at >= $1::date and opened_at < $2::date group by 1`,
  visitsByTime: `select date_trunc('day', opened_at), count(*), percentile_cont(0.5) within group (order by extract(epoch from closed_at - opened_at)) from visit where opened_at >= $1::date and opened_at < $2::date group by 1`,
  slowVisits: `select id, closed_at - opened_at from visit where opened_at >= $1::date and opened_at < $2::date and closed_how = 'served' order by 2 desc limit 100`,
  operationsByKind: `select kind, count(*) from operation where at >= $1::date and at < $2::date group by 1`,
  operationsByStaff: `select staff_id, at::date, count(*) from operation where at >= $1::date and at < $2::date group by 1, 2`,
  operationsByTime: `select date_trunc('hour', at), count(*) from operation where at >= $1::date and at < $2::date group by 1`,
  readingsByChannel: `select channel, status, count(*) from meter_reading where entered_at >= $1::date and entered_at < $2::date group by 1, 2`,
  readingsByTime: `select date_trunc('day', entered_at), channel, count(*) from meter_reading where entered_at >= $1::date and entered_at < $2::date group by 1, 2`,
  readingOverrides: `select x, count(*) from meter_reading, unnest(reasons) x where entered_at >= $1::date and entered_at < $2::date group by 1`,
  readingWarnings: `select x, count(*) from meter_reading, unnest(warnings) x where entered_at >= $1::date and entered_at < $2::date group by 1`,
  documentLookups: `select staff_login, at::date, count(*) from audit_event where is_lookup(action, details) and at >= $1::date and at < $2::date group by 1, 2`,
  cardsWithoutVisit: `select staff_login, count(*), count(distinct subscriber_id) from audit_event where action = 'desk.openCard' and details ? 'withoutVisit' and at >= $1::date and at < $2::date group by 1`,
  debtAging: `select a.provider_id, c.period, sum(c.closing) from charge c join account a on a.id = c.account_id where c.closing > 0 and $1::date < $2::date group by 1, 2`,
  verificationDue: `select date_trunc('month', verified_until), service, count(*) from meter where verified_until >= $1::date and verified_until < $2::date group by 1, 2`,
}

/**
 * Every report of the catalogue, of the last whole month and of a year, as a supervisor's page asks for it: counted through `dispatch`, rights and the journal on. Beside it, in turns, the plain
 * statement over the same rows under the owner.
 */
export const reports: Topic = async ({ office, options, say }) => {
  const owner = await office.owner()
  const desk = await office.desk(office.staff.supervisor)
  const end = office.data.options.asOf
  const rounds = Math.max(3, Math.min(7, Math.round(options.rounds / 40)))
  const findings: Finding[] = []
  // The supervisor of the bench sees every office, like a hand-written statement does.
  await owner.query(`update staff set grants = '{allOffices}' where login = $1`, [office.staff.supervisor.user])
  try {
    for (const span of ['month', 'year'] as const) {
      const from = addMonths(end, span === 'month' ? -1 : -12)
      for (const code of reportCodes) {
        const { filters } = reportEntry(code)
        if (span === 'year' && !filters.includes('period')) continue
        // Verification is asked of the days to come.
        const [first, after] = code.startsWith('verification') ? [addMonths(end, 1), addMonths(end, span === 'month' ? 2 : 13)] : [from, end]
        const asked = filters.includes('period') ? { from: first, to: addDays(after, -1) } : {}
        say(`  ${code}, ${span}`)
        findings.push(await measured(`${code}, ${span}`, { desk, owner, code, asked, from: first, end: after, rounds, limit: limits[span] }))
      }
    }
  } finally {
    await owner.query(`update staff set grants = '{}' where login = $1`, [office.staff.supervisor.user])
    await desk.close()
  }
  return findings
}

interface Measured {
  desk: BenchDesk
  owner: Client
  code: ReportCode
  asked: object
  from: string
  end: string
  rounds: number
  limit: number
}

async function measured(what: string, { desk, owner, code, asked, from, end, rounds, limit }: Measured): Promise<Finding> {
  const statement = plain[code]
  const [own, raw]: [number[], number[]] = [[], []]
  let rows = 0
  for (let round = 0; round <= rounds; round++) {
    own.push(await timeOf(async () => (rows = (await desk.call<{ rows: unknown[] }>('reports.run', { runId: randomUUID(), report: code, filters: asked })).rows.length)))
    // Seconds each, and no claim of ours: fewer of them say enough.
    if (statement && round < 3) raw.push(await timeOf(() => owner.query(statement, [from, end])))
  }
  const times: Figures = figuresOf(own.slice(1), own[0])
  const target = { text: `p50 ≤ ${limit} ms`, met: times.p50 <= limit }
  return { what, times, figures: { rows }, target, ...(statement ? { baseline: compared('the plain statement', figuresOf(raw.slice(1), raw[0])) } : {}) }
}
