import { once } from 'node:events'
import { createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { RegisterImport } from '@shared/contract/registers'
import { addDays } from '@shared/domain/dates'
import type { Client } from 'pg'
import { timeOf, type Finding } from './harness'
import { operation, type BenchOffice } from './office'
import type { Topic } from './topic'

/** A row in a hundred names a meter that is not there. */
const oneBadIn = 100
const target = { rows: 1_000_000, seconds: 120 }

/** A register of readings through `dispatch`: read, judged, stored, with a verdict for each row. As many rows as there are meters, a million at most. */
export const registers: Topic = async ({ office, options }) => {
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
