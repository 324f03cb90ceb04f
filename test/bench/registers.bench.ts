import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { registerKinds, type RegisterImport, type RegisterKind } from '@shared/contract/registers'
import { addDays } from '@shared/domain/dates'
import type { Client } from 'pg'
import { timeOf, type Finding } from './harness'
import { operation, type BenchDesk, type BenchOffice } from './office'
import { writeRegisterFile, writeRegisterWorkbook, type FileOptions } from './register-files'
import type { Topic } from './topic'

/** A row in a hundred names a meter that is not there. */
const oneBadIn = 100
const target = { rows: 1_000_000, seconds: 120 }
/** Of those every office has from the beginning; its numbers have eight digits. */
const firstProvider = 'smorodina'

/**
 * Registers through `dispatch`: read, judged, stored, with a verdict for each row. Readings on the office that is there, as many as it has meters, a million at most;
 * then all six kinds, one after another, into an office that has nothing yet, and the first of them once more as a workbook.
 */
export const registers: Topic = async (around) => [...(await readingsOfOffice(around)), ...(await firstImport(around))]

const firstImport: Topic = async ({ options, say, another }) => {
  const rows = Math.min(target.rows, options.subscribers)
  // As little as an office of the bench can have; what is measured is what comes in.
  const office = await another({ subscribers: 10, accounts: 12, meters: 20, readings: 20, charges: 20, payments: 20, operations: 20 })
  try {
    const desk = await office.desk(office.staff.admin)
    const { rows: [day] } = await (await office.owner()).query<{ today: string }>('select office_today()::text as today')
    const file: FileOptions = { rows, today: day?.today ?? '', provider: firstProvider }
    const findings: Finding[] = []
    let together = 0
    for (const kind of registerKinds) {
      const path = join(office.path, `bench-${kind}.csv`)
      await writeRegisterFile(path, kind, file)
      const { seconds, finding } = await imported(desk, kind, path, rows, `first register of ${rows} ${kind}`)
      if (kind === 'subscribers' || kind === 'accounts' || kind === 'meters') together += seconds
      findings.push(finding)
      say(`  ${kind}: ${seconds.toFixed(1)} s`)
      rmSync(path, { force: true })
    }
    const path = join(office.path, 'bench-subscribers.xlsx')
    await writeRegisterWorkbook(path, 'subscribers', file)
    findings.push((await imported(desk, 'subscribers', path, rows, `the same ${rows} subscribers as XLSX, unchanged`)).finding)
    rmSync(path, { force: true })
    const limit = (300 * rows) / target.rows
    findings.push({ what: 'subscribers, accounts and meters together', times: null, figures: { s: together, 'rows/s': (3 * rows) / together }, target: { text: `≤ ${rounded(limit)} s`, met: together <= limit } })
    await desk.close()
    return findings
  } finally {
    await office.close()
  }
}

/** One register; a finding that says so when rows were lost. */
async function imported(desk: BenchDesk, kind: RegisterKind, path: string, rows: number, what: string): Promise<{ seconds: number; finding: Finding }> {
  let peak = 0
  const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100)
  let done: RegisterImport | undefined
  const before = process.cpuUsage()
  const ms = await timeOf(async () => (done = await desk.call<RegisterImport>('registers.run', { operationId: operation(), file: path, kind })))
  const cpu = process.cpuUsage(before)
  clearInterval(watching)
  if (!done || done.refused > rows / oneBadIn + 1 || done.accepted + done.warned + done.unchanged + done.refused !== rows) throw new Error(`the register was not taken as it should: ${JSON.stringify(done)}`)
  const seconds = ms / 1000
  const megabytes = peak / 2 ** 20
  return {
    seconds,
    finding: {
      what, times: null,
      figures: { s: seconds, 'rows/s': rows / seconds, 'client CPU s': (cpu.user + cpu.system) / 1e6, 'client MB at most': megabytes, refused: done.refused, warned: done.warned },
      target: { text: '≥ 20,000 rows/s, ≤ 500 MB', met: rows / seconds >= 20_000 && megabytes <= 500 },
    },
  }
}

const readingsOfOffice: Topic = async ({ office, options }) => {
  const owner = await office.owner()
  const desk = await office.desk(office.staff.admin)
  const rows = Math.min(target.rows, options.meters)
  const path = join(office.path, 'bench-register.csv')
  try {
    await writeRegister(path, rows, office, owner)
    let peak = 0
    const watching = setInterval(() => (peak = Math.max(peak, process.memoryUsage().rss)), 100)
    let done: RegisterImport | undefined
    const before = process.cpuUsage()
    const ms = await timeOf(async () => (done = await desk.call<RegisterImport>('registers.run', { operationId: operation(), file: path, kind: 'readings' })))
    const cpu = process.cpuUsage(before)
    clearInterval(watching)
    if (!done || done.refused < Math.floor(rows / oneBadIn) || done.accepted + done.warned < rows * 0.9) throw new Error(`the register was not taken as it should: ${JSON.stringify(done)}`)
    const seconds = ms / 1000
    const limit = (target.seconds * rows) / target.rows
    const finding: Finding = {
      what: `a register of ${rows} readings`, times: null,
      figures: { s: seconds, 'rows/s': rows / seconds, 'client CPU s': (cpu.user + cpu.system) / 1e6, 'client MB at most': peak / 2 ** 20, refused: done.refused, warned: done.warned },
      target: { text: `≤ ${rounded(limit)} s, ≤ 500 MB`, met: seconds <= limit && peak / 2 ** 20 <= 500 },
    }
    return [finding]
  } finally {
    rmSync(path, { force: true })
    await leaveNoTrace(owner)
    await desk.close()
  }
}

const rounded = (value: number) => (value >= 10 ? value.toFixed(0) : value.toFixed(1))

/** One reading a meter, a few days before today, of all that have one, in an order of its own. */
async function writeRegister(path: string, rows: number, { data }: BenchOffice, owner: Client): Promise<void> {
  const { rows: [day] } = await owner.query<{ today: string }>('select office_today()::text as today')
  const today = day?.today ?? ''
  const dotted = (date: string) => date.split('-').reverse().join('.')
  const days = [0, -1, -2].map((back) => dotted(addDays(today, back)))
  const amount = (thousandths: number) => String(thousandths / 1000).replace('.', ',')
  const file = createWriteStream(path)
  file.write('provider;account;serial;service;taken_on;t1;t2\r\n')
  const meters = data.options.meters
  // Coprime to the number of meters: each once, neighbours far apart.
  const step = [7_919, 104_729, 1_299_709].find((prime) => meters % prime !== 0) ?? 1
  let text = ''
  for (let n = 0; n < rows; n++) {
    const index = (n * step) % meters
    const { account, serial, service, zones, monthly } = data.meter(index)
    const { provider, number } = data.account(account)
    const last = data.readingsOf(index).at(-1)?.values ?? []
    const values = Array.from({ length: zones }, (_, zone) => amount((last[zone] ?? 0) + Math.floor(monthly / (zone + 1) / 1000) * 1000))
    text += `${provider};${number};${n % oneBadIn === 0 ? `нет-${n}` : serial};${service};${days[n % 3]};${values[0]};${values[1] ?? ''}\r\n`
    if (text.length < 100_000) continue
    if (!file.write(text)) await once(file, 'drain')
    text = ''
  }
  file.end(text)
  await once(file, 'close')
}

/** Without the rows of the register, so that the next run may bring the same. */
async function leaveNoTrace(owner: Client): Promise<void> {
  await owner.query('begin')
  await owner.query('set local session_replication_role = replica')
  await owner.query('delete from meter_reading where import_batch_id is not null')
  await owner.query('delete from import_batch')
  await owner.query('commit')
  await owner.query('vacuum (analyze) meter_reading')
}
