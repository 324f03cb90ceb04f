import { request } from 'node:http'

/** A job as a print server tells it; `state` is job-state of RFC 8011 (3 pending … 9 completed). */
export interface IppJob {
  state: number
  reasons: string[]
  message: string
}

/** A queue as CUPS tells it; `state` is printer-state of RFC 8011 (3 idle, 4 processing, 5 stopped). Lists are null where the queue does not tell. */
export interface IppPrinter {
  name: string
  state: number
  /** printer-state-reasons, such as `media-empty-error`; none is an empty list. */
  reasons: string[]
  message: string
  accepting: boolean
  /** media-source-supported, by the names of PWG 5101.1. */
  trays: string[] | null
  sides: string[] | null
  media: string[] | null
}

const operation = { cancelJob: 0x0008, getJobAttributes: 0x0009, getJobs: 0x000a, getPrinterAttributes: 0x000b, cupsGetPrinters: 0x4002 }
const group = { operation: 0x01, job: 0x02, end: 0x03, printer: 0x04 }
const kind = { boolean: 0x22, name: 0x42, keyword: 0x44, uri: 0x45, charset: 0x47, language: 0x48 }
const status = { notPossible: 0x0404, notFound: 0x0406, firstError: 0x0400 }

/**
 * Asks a CUPS server about a job (IPP Get-Job-Attributes over HTTP, RFC 8010). `server` is what `lpstat -H` says: a socket path or host:port.
 * Rejects when the server does not answer or answers something else.
 */
export async function jobAttributes(server: string, jobNumber: number, user: string): Promise<IppJob | 'unknownJob'> {
  const answer = await ask(server, operation.getJobAttributes, jobNumber, user, requested(['job-state', 'job-state-reasons', 'job-printer-state-message']))
  if (answer === 'unknownJob') return answer
  const attributes = parse(answer)
  const state = attributes.get('job-state')?.[0]
  if (state?.length !== 4) throw new Error('an IPP answer without a job state')
  return {
    state: state.readInt32BE(0),
    reasons: (attributes.get('job-state-reasons') ?? []).map((value) => value.toString('utf8')),
    message: attributes.get('job-printer-state-message')?.[0]?.toString('utf8').trim() ?? '',
  }
}

/** Jobs of this user that the server still knows, ended ones included (IPP Get-Jobs): number, title and queue of each. */
export async function jobsOf(server: string, user: string): Promise<{ number: number; title: string; queue: string }[]> {
  const answer = await post(
    server,
    message(operation.getJobs, [
      attribute(kind.uri, 'printer-uri', 'ipp://localhost/'),
      attribute(kind.name, 'requesting-user-name', user),
      attribute(kind.keyword, 'which-jobs', 'all'),
      attribute(kind.boolean, 'my-jobs', Buffer.from([1])),
      ...requested(['job-id', 'job-printer-uri']),
    ]),
  )
  if (codeOf(answer) === status.notFound) return []
  checked(answer)
  const jobs: { number: number; title: string; queue: string }[] = []
  for (const { tag, attributes } of parseGroups(answer)) {
    const number = attributes.get('job-id')?.[0]
    if (tag !== group.job || number?.length !== 4) continue
    // A list of CUPS names no job whose file it has put aside, which it does when the job has ended; asked about that one job it does.
    const one = await ask(server, operation.getJobAttributes, number.readInt32BE(0), user, requested(['job-name']))
    if (one === 'unknownJob') continue
    const uri = attributes.get('job-printer-uri')?.[0]?.toString('utf8') ?? ''
    jobs.push({ number: number.readInt32BE(0), title: parse(one).get('job-name')?.[0]?.toString('utf8') ?? '', queue: decodeURIComponent(uri.split('/').at(-1) ?? '') })
  }
  return jobs
}

/** All queues of the server (CUPS-Get-Printers), none is an empty list. Rejects when the server does not answer. */
export async function printersOf(server: string): Promise<IppPrinter[]> {
  const answer = await post(server, message(operation.cupsGetPrinters, requested(printerAttributes)))
  if (codeOf(answer) === status.notFound) return []
  return parseGroups(checked(answer)).filter(({ tag }) => tag === group.printer).map(({ attributes }) => printerIn(attributes))
}

/** One queue (Get-Printer-Attributes); null when there is none of that name. */
export async function printerNamed(server: string, name: string): Promise<IppPrinter | null> {
  const uri = attribute(kind.uri, 'printer-uri', `ipp://localhost/printers/${encodeURIComponent(name)}`)
  const answer = await post(server, message(operation.getPrinterAttributes, [uri, ...requested(printerAttributes)]))
  if (codeOf(answer) === status.notFound) return null
  return printerIn(parse(checked(answer)))
}

const printerAttributes = ['printer-name', 'printer-state', 'printer-state-reasons', 'printer-state-message', 'printer-is-accepting-jobs', 'media-source-supported', 'sides-supported', 'media-supported']

function printerIn(attributes: Map<string, Buffer[]>): IppPrinter {
  const texts = (name: string) => attributes.get(name)?.map((value) => value.toString('utf8')) ?? null
  const state = attributes.get('printer-state')?.[0]
  return {
    name: texts('printer-name')?.[0] ?? '',
    state: state?.length === 4 ? state.readInt32BE(0) : 3,
    reasons: (texts('printer-state-reasons') ?? []).filter((reason) => reason !== 'none'),
    message: texts('printer-state-message')?.[0]?.trim() ?? '',
    accepting: attributes.get('printer-is-accepting-jobs')?.[0]?.[0] !== 0,
    trays: texts('media-source-supported'),
    sides: texts('sides-supported'),
    media: texts('media-supported'),
  }
}

/** Stops a job that has not ended; one that has, or that the server no longer knows, is left as it is. Its document stays as long as the server keeps it. */
export async function cancelJob(server: string, jobNumber: number, user: string): Promise<void> {
  const answer = await post(server, question(operation.cancelJob, jobNumber, user, []))
  if (codeOf(answer) !== status.notPossible && codeOf(answer) !== status.notFound) checked(answer)
}

/** Cancels a job if it still waits, and removes it with the copy of its document (`purge-job`, an attribute of CUPS). Rejects when the server refuses. */
export async function purgeJob(server: string, jobNumber: number, user: string): Promise<void> {
  await ask(server, operation.cancelJob, jobNumber, user, [attribute(kind.boolean, 'purge-job', Buffer.from([1]))])
}

async function ask(server: string, what: number, jobNumber: number, user: string, more: Buffer[]): Promise<Buffer | 'unknownJob'> {
  const answer = await post(server, question(what, jobNumber, user, more))
  return codeOf(answer) === status.notFound ? 'unknownJob' : checked(answer)
}

function codeOf(answer: Buffer): number {
  if (answer.length < 9) throw new Error('not an IPP answer')
  return answer.readUInt16BE(2)
}

function checked(answer: Buffer): Buffer {
  const code = codeOf(answer)
  if (code >= status.firstError) throw new Error(`IPP status ${code.toString(16)}`)
  return answer
}

/** A further value of the same attribute has an empty name. */
const requested = (names: string[]) => names.map((name, at) => attribute(kind.keyword, at === 0 ? 'requested-attributes' : '', name))

function question(what: number, jobNumber: number, user: string, more: Buffer[]): Buffer {
  return message(what, [attribute(kind.uri, 'job-uri', `ipp://localhost/jobs/${jobNumber}`), attribute(kind.name, 'requesting-user-name', user), ...more])
}

function message(what: number, attributes: Buffer[]): Buffer {
  const header = Buffer.alloc(8)
  header.writeUInt16BE(0x0200, 0)
  header.writeUInt16BE(what, 2)
  header.writeUInt32BE(1, 4)
  return Buffer.concat([
    header,
    Buffer.from([group.operation]),
    attribute(kind.charset, 'attributes-charset', 'utf-8'),
    attribute(kind.language, 'attributes-natural-language', 'en'),
    ...attributes,
    Buffer.from([group.end]),
  ])
}

function attribute(tag: number, name: string, value: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from([tag]), counted(name), counted(value)])
}

function counted(value: string | Buffer): Buffer {
  const bytes = typeof value === 'string' ? Buffer.from(value, 'utf8') : value
  const length = Buffer.alloc(2)
  length.writeUInt16BE(bytes.length, 0)
  return Buffer.concat([length, bytes])
}

/** All attributes of an answer about one thing. */
function parse(answer: Buffer): Map<string, Buffer[]> {
  return new Map(parseGroups(answer).flatMap(({ attributes }) => [...attributes]))
}

/** Reading past the end throws a RangeError, so a cut answer is refused as a whole. */
function parseGroups(answer: Buffer): { tag: number; attributes: Map<string, Buffer[]> }[] {
  const groups: { tag: number; attributes: Map<string, Buffer[]> }[] = []
  let values: Buffer[] = []
  let at = 8
  const take = () => {
    const length = answer.readUInt16BE(at)
    const value = answer.subarray(at + 2, at + 2 + length)
    if (value.length < length) throw new RangeError('a cut IPP answer')
    at += 2 + length
    return value
  }
  for (;;) {
    const tag = answer.readUInt8(at++)
    if (tag === group.end) return groups
    if (tag < 0x10) {
      groups.push({ tag, attributes: new Map() })
      continue
    }
    const name = take().toString('utf8')
    if (name) {
      values = []
      groups.at(-1)?.attributes.set(name, values)
    }
    values.push(take())
  }
}

function post(server: string, body: Buffer): Promise<Buffer> {
  const [, host, port] = /^(.*?)(?::(\d+))?$/.exec(server) ?? []
  const place = server.startsWith('/') ? { socketPath: server } : { host: host?.replace(/^\[|\]$/g, ''), port: port ?? 631 }
  return new Promise((resolve, reject) => {
    const sent = request(
      { ...place, method: 'POST', path: '/jobs/', timeout: 10_000, headers: { host: 'localhost', 'content-type': 'application/ipp', 'content-length': body.length } },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('error', reject)
        answer.on('end', () => (answer.statusCode === 200 ? resolve(Buffer.concat(chunks)) : reject(new Error(`HTTP ${answer.statusCode}`))))
      },
    )
    sent.on('timeout', () => sent.destroy(new Error('the print server does not answer')))
    sent.on('error', reject)
    sent.end(body)
  })
}
