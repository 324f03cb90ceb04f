import { basename } from 'node:path'
import type { auditContract, AuditEvent } from '@shared/contract/audit'
import type { OutputOf, ParsedInputOf } from '@shared/contract/call'
import { actionsOf, auditGroups, groupOf, wordsOfAction, type AuditGroup } from '@shared/domain/audit-groups'
import { harmless, quoted } from '@shared/domain/csv-cell'
import { formatDate } from '@shared/domain/dates'
import type { Database } from '../../db/database'
import type { ReportSheet } from '../../printing/documents/report'
import { drawReport } from '../../printing/draw'
import type { Sheets } from '../../printing/sheets'
import { wholeFile } from '../../whole-file'

type ExportCall = (typeof auditContract)['export']

/** What the database says of an export that may begin. */
interface Issue {
  staffName: string
  office: string
  timeZone: string
  madeAt: string
  /** By which the journal finds it. */
  number: string
  staff: string | null
  ofOffice: string | null
}

const pageOf = 2000

/** What the groups are called in a file for a regulator. */
const groupWords: Record<AuditGroup, string> = {
  signIns: 'Входы и выходы',
  searches: 'Поиск абонентов',
  views: 'Просмотр личных данных',
  changes: 'Изменения',
  visits: 'Обслуживание',
  prints: 'Печать и документы',
  exports: 'Выгрузки',
  portal: 'Действия на портале',
  configuration: 'Настройки и реестры',
  staff: 'Сотрудники и права',
  journal: 'Работа с журналом',
  direct: 'Изменения в обход Okno',
}

const heading = ['Время', 'Логин', 'Сотрудник', 'Роли', 'Офис', 'Окно', 'Рабочее место', 'Адрес', 'Действие', 'Код действия', 'Обслуживание №', 'Абонент №', 'Подробности', 'Цепочка', 'Запись']

/**
 * A part of the journal as CSV (UTF-8 with a mark of order, semicolons, formulas neutralised) and a note about it as PDF under the same name.
 * Rows are read page by page, so the size of the extract does not matter; nothing is left of it when it fails.
 */
export async function exportAudit({ operationId, basis, group, ...asked }: ParsedInputOf<ExportCall>, db: Database, sheets: Sheets): Promise<OutputOf<ExportCall>> {
  const path = await sheets.choosePath('Выписка из журнала', 'csv')
  const filter = { ...asked, ...(group && { actions: actionsOf(group) }) }
  const issue = await db.call<Issue>('audit_export', { operationId, filter, basis })
  const counts = new Map<AuditGroup, { events: number; first: string; last: string }>()
  const seen = { subscribers: new Set<number>(), staff: new Set<string>(), rows: 0 }
  const clock = clockOf(issue.timeZone)
  const notePath = `${path.replace(/\.csv$/i, '')}.pdf`
  const file = await wholeFile(path)
  try {
    await file.write(Buffer.from(`\ufeff${heading.join(';')}\r\n`))
    let last: AuditEvent | undefined
    for (;;) {
      const page = await db.call<AuditEvent[]>('audit_export_rows', { operationId, filter, limit: pageOf, ...(last && { beforeAt: last.at, beforeChain: last.chain, beforeSeq: last.seq }) })
      for (const event of page) count(event, counts, seen)
      if (page.length > 0) await file.write(Buffer.from(page.map((event) => lineOf(event, clock)).join('')))
      last = page.at(-1)
      if (page.length < pageOf) break
    }
    const sha256 = await file.finish()
    // The note first: an extract without it would look like one that was given whole.
    const note = await drawReport(noteOf({ ...asked, basis, group }, issue, counts, seen, { fileName: basename(path), sha256 }))
    const { fileName: noteName = '' } = await sheets.save(note, notePath)
    try {
      await db.call('audit_exported', { operationId, rows: seen.rows, sha256 })
      return { fileName: await file.publish(), noteName, rows: seen.rows, subscribers: seen.subscribers.size, staff: seen.staff.size, sha256 }
    } catch (cause) {
      await sheets.withdraw({}, notePath)
      throw cause
    }
  } catch (cause) {
    await file.drop()
    throw cause
  }
}

function count(event: AuditEvent, counts: Map<AuditGroup, { events: number; first: string; last: string }>, seen: { subscribers: Set<number>; staff: Set<string>; rows: number }): void {
  const group = groupOf(event.action)
  const known = counts.get(group)
  // The newest come first.
  if (known) Object.assign(known, { events: known.events + 1, first: event.at })
  else counts.set(group, { events: 1, first: event.at, last: event.at })
  if (event.subscriberId !== null) seen.subscribers.add(event.subscriberId)
  for (const shown of Array.isArray(event.details['subscribers']) ? event.details['subscribers'] : []) if (typeof shown === 'number') seen.subscribers.add(shown)
  seen.staff.add(event.staffLogin)
  seen.rows++
}

function lineOf(event: AuditEvent, clock: (instant: string) => string): string {
  const cells = [
    clock(event.at), event.staffLogin, event.staffName ?? '', event.roles.join(', '), event.office ?? '', event.window ?? '', event.program ?? '', event.address ?? '', wordsOfAction(event.action), event.action,
    event.visitId ?? '', event.subscriberId ?? '', JSON.stringify(event.details), event.chain, event.seq,
  ]
  return `${cells.map((cell) => quoted(harmless(String(cell)))).join(';')}\r\n`
}

/** «2026-11-22 14:05:33 +03:00»: the office's clock with its distance from UTC, as РСБ.2 asks for the time. */
function clockOf(timeZone: string): (instant: string) => string {
  const parts = new Intl.DateTimeFormat('sv-SE', { timeZone, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', timeZoneName: 'longOffset' })
  return (instant) => parts.format(new Date(instant)).replace('GMT', '').replace(/ $/, ' +00:00').replace('\u2212', '-')
}

function noteOf(
  asked: { from: string; to: string; subscriberId?: number | undefined; visitId?: number | undefined; window?: string | undefined; group?: AuditGroup | undefined; basis: string },
  issue: Issue,
  counts: Map<AuditGroup, { events: number; first: string; last: string }>,
  seen: { subscribers: Set<number>; staff: Set<string>; rows: number },
  { fileName, sha256 }: { fileName: string; sha256: string },
): ReportSheet {
  const line = (label: string, value: string | number | null | undefined) => (value === null || value === undefined ? [] : [{ label, value: String(value) }])
  return {
    title: 'Справка о выписке из журнала событий',
    how: 'Журнал ведётся программой Okno: каждая запись сделана сервером базы данных и связана со следующей контрольной суммой. Время указано по часам офиса. Номера документов, почта и телефоны в журнале скрыты.',
    filters: [
      ...line('Период', `${formatDate(asked.from)}–${formatDate(asked.to)}`),
      ...line('Абонент №', asked.subscriberId),
      ...line('Обслуживание №', asked.visitId),
      ...line('Сотрудник', issue.staff),
      ...line('Офис', issue.ofOffice),
      ...line('Окно', asked.window),
      ...line('Действия', asked.group && groupWords[asked.group]),
      ...line('Основание выписки', asked.basis),
      ...line('Записей', seen.rows),
      ...line('Абонентов в них', seen.subscribers.size),
      ...line('Сотрудников и программ', seen.staff.size),
      ...line('Файл', fileName),
      ...line('SHA-256 файла', sha256),
    ],
    columns: [
      { key: 'group', title: 'Что делали', type: 'text' },
      { key: 'events', title: 'Записей', type: 'count' },
      { key: 'first', title: 'Первая', type: 'instant' },
      { key: 'last', title: 'Последняя', type: 'instant' },
    ],
    rows: auditGroups.flatMap((group) => {
      const known = counts.get(group)
      return known ? [{ group: groupWords[group], ...known }] : []
    }),
    totals: { group: 'Всего', events: seen.rows, first: null, last: null },
    chart: null,
    cut: null,
    source: `Выписка № ${issue.number}`,
    mark: `Выписку сделал: ${issue.staffName}, ${issue.office}, № ${issue.number}`,
    madeAt: issue.madeAt,
    timeZone: issue.timeZone,
  }
}
