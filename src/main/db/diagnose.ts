import { lookup } from 'node:dns/promises'
import { connect as connectSocket, type Socket } from 'node:net'
import { checkServerIdentity, connect as connectTls, type PeerCertificate, type TLSSocket } from 'node:tls'
import { Client } from 'pg'
import type { ConnectionStep, HostCheck } from '@shared/contract/connection'
import { AppError } from '@shared/errors'
import { clientConfig, isShared, noteSharing, type DatabaseAddress, type Host, type Login } from './connection'
import { schemaVersion } from './migrate'

const withinMs = 5_000
/** Warned of before a certificate ends, days; and of clocks that differ, seconds. */
const soon = 30
const clockSlack = 60
/** What the SQL of Okno needs. */
const oldestServer = 15

type Note = Omit<ConnectionStep, 'reason' | 'details'> & Partial<Pick<ConnectionStep, 'reason' | 'details'>>

/**
 * Goes the way to every host of the office's server step by step and tells of each how it went: the first bad step ends it, those after it are not in the list. A host whose login is
 * not known ends with 'login' skipped. Nothing is changed. Reasons are codes; words are the renderer's and the command's.
 */
export async function diagnose(address: DatabaseAddress, login: Login | null): Promise<HostCheck[]> {
  const hosts: Host[] = [{ host: address.host, port: address.port }, ...(address.others ?? [])]
  return Promise.all(hosts.map(async ({ host, port }) => ({ host, port, steps: await diagnoseHost({ ...address, host, port, others: [] }, login) })))
}

/** Whether a host said that the login or its password is wrong. */
export const isLoginRefused = (hosts: HostCheck[]): boolean => hosts.some(({ steps }) => steps.some(({ reason }) => reason === 'loginRefused' || reason === 'poolerRefused'))

class Ended extends Error {}

async function diagnoseHost(address: DatabaseAddress, login: Login | null): Promise<ConnectionStep[]> {
  const steps: ConnectionStep[] = []
  const tell = ({ step, outcome, reason = null, details = {} }: Note) => void steps.push({ step, outcome, reason, details })
  const stop = (note: Omit<Note, 'outcome'>): never => {
    tell({ ...note, outcome: 'bad' })
    throw new Ended()
  }
  try {
    const { address: ip } = await lookup(address.host).catch(() => stop({ step: 'name', reason: 'nameUnknown', details: { host: address.host } }))
    tell({ step: 'name', outcome: 'good', details: { address: ip } })
    const socket = await open(address).catch((cause: unknown) => stop({ step: 'port', reason: codeOf(cause) === 'ECONNREFUSED' ? 'portRefused' : 'portSilent', details: { port: address.port } }))
    tell({ step: 'port', outcome: 'good', details: { port: address.port } })
    try {
      await greet(socket, address, tell, stop)
    } finally {
      socket.destroy()
    }
    if (login === null) tell({ step: 'login', outcome: 'skipped', reason: 'noLogin' })
    else await lookInside(address, login, tell, stop)
  } catch (cause) {
    if (!(cause instanceof Ended)) throw cause
  }
  return steps
}

function open({ host, port }: Host): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port, timeout: withinMs })
    socket.once('connect', () => resolve(socket))
    socket.once('timeout', () => {
      socket.destroy()
      reject(new Error('timeout'))
    })
    socket.once('error', reject)
  })
}

/** SSLRequest (PostgreSQL, 55.2.11): eight bytes, answered by one. */
const sslRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47])

async function greet(socket: Socket, address: DatabaseAddress, tell: (note: Note) => void, stop: (note: Omit<Note, 'outcome'>) => never): Promise<void> {
  socket.write(sslRequest)
  const answer = await firstByte(socket)
  if (answer !== 'S' && answer !== 'N') stop({ step: 'server', reason: 'notPostgres' })
  tell({ step: 'server', outcome: 'good' })
  if (!address.tls) {
    tell({ step: 'encryption', outcome: 'warning', reason: isLoopback(address.host) ? 'notNeeded' : 'encryptionOff' })
    return
  }
  if (answer === 'N') stop({ step: 'encryption', reason: 'encryptionMissing' })
  const secured = await secure(socket, address).catch((cause: unknown) => stop({ step: 'encryption', reason: codeOf(cause)?.startsWith('ERR_OSSL_') ? 'certificateFileDamaged' : 'handshakeFailed' }))
  tell({ step: 'encryption', outcome: 'good', details: { protocol: secured.getProtocol() ?? '' } })
  judge(secured, address, tell, stop)
  secured.destroy()
}

function firstByte(socket: Socket): Promise<string | null> {
  return new Promise((resolve) => {
    socket.once('data', (data: Buffer) => resolve(data.length === 1 ? data.toString('latin1') : null))
    socket.once('timeout', () => resolve(null))
    socket.once('close', () => resolve(null))
    socket.once('error', () => resolve(null))
  })
}

/** The certificate is judged afterwards, so that what is wrong with it can be told. */
function secure(socket: Socket, address: DatabaseAddress): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const secured: TLSSocket = connectTls({ socket, servername: isAddress(address.host) ? '' : address.host, rejectUnauthorized: false, ...(address.tls?.ca ? { ca: address.tls.ca } : {}) }, () => resolve(secured))
    secured.once('error', reject)
    socket.once('timeout', () => reject(new Error('timeout')))
  })
}

function judge(secured: TLSSocket, address: DatabaseAddress, tell: (note: Note) => void, stop: (note: Omit<Note, 'outcome'>) => never): void {
  const certificate: PeerCertificate = secured.getPeerCertificate()
  const until = new Date(certificate.valid_to)
  const days = Math.floor((until.getTime() - Date.now()) / 86_400_000)
  const details = { until: until.toISOString().slice(0, 10), days }
  const problem = secured.authorizationError as unknown as string | null | undefined
  if (problem === 'CERT_HAS_EXPIRED') stop({ step: 'certificate', reason: 'certificateExpired', details })
  if (problem === 'CERT_NOT_YET_VALID') stop({ step: 'certificate', reason: 'certificateNotYetValid', details: { from: new Date(certificate.valid_from).toISOString().slice(0, 10) } })
  if (!secured.authorized && problem && problem !== 'ERR_TLS_CERT_ALTNAME_INVALID') stop({ step: 'certificate', reason: 'certificateUnknown', details: { issuer: issuerOf(certificate) } })
  if (checkServerIdentity(address.host, certificate)) stop({ step: 'certificate', reason: 'certificateOfAnother', details: { names: certificate.subjectaltname ?? one(certificate.subject.CN) } })
  tell({ step: 'certificate', outcome: days < soon ? 'warning' : 'good', reason: days < soon ? 'certificateEndsSoon' : null, details })
}

const issuerOf = ({ issuer }: PeerCertificate): string => one(issuer.CN) || one(issuer.O)
/** A certificate may name several. */
const one = (name: string | string[] | undefined): string => (Array.isArray(name) ? (name[0] ?? '') : (name ?? ''))

/** By code; a pooler has one code for all, so its reason stays open. */
const loginReasons: Record<string, [step: 'login' | 'database', reason: string]> = {
  '28P01': ['login', 'loginRefused'],
  '28000': ['login', 'loginNotAllowed'],
  '08P01': ['login', 'poolerRefused'],
  '53300': ['login', 'tooManyConnections'],
  passwordAsked: ['login', 'passwordAsked'],
  '57P03': ['login', 'serverStarting'],
  '3D000': ['database', 'noSuchDatabase'],
  '42501': ['database', 'databaseNotAllowed'],
}

async function lookInside(address: DatabaseAddress, login: Login, tell: (note: Note) => void, stop: (note: Omit<Note, 'outcome'>) => never): Promise<void> {
  const client = new Client({ ...clientConfig(address, login), host: address.host, port: address.port, connectionTimeoutMillis: withinMs })
  client.on('error', () => undefined)
  try {
    await client.connect().catch((cause: unknown) => {
      const [step, reason] = loginReasons[(cause instanceof AppError ? cause.reason : codeOf(cause)) ?? ''] ?? ['login', 'loginFailed']
      if (step === 'database') tell({ step: 'login', outcome: 'good' })
      stop({ step, reason, details: step === 'database' ? { database: address.database } : {} })
    })
    tell({ step: 'login', outcome: 'good' })
    const asked = Date.now()
    const { rows } = await client.query<{ version: number; standby: boolean; ms: string; schema: boolean }>(
      `select current_setting('server_version_num')::int / 10000 as version, pg_is_in_recovery() as standby, extract(epoch from clock_timestamp()) * 1000 as ms, to_regclass('public.schema_migration') is not null as schema`,
    )
    const { version = 0, standby = false, ms = '0', schema = false } = rows[0] ?? {}
    if (version < oldestServer) stop({ step: 'database', reason: 'serverTooOld', details: { version, oldest: oldestServer } })
    tell({ step: 'database', outcome: 'good', details: { database: address.database, version } })
    const found = schema ? ((await client.query<{ version: number | null }>('select max(version) as version from public.schema_migration')).rows[0]?.version ?? 0) : 0
    const numbers = { database: found, program: schemaVersion }
    if (found === 0) stop({ step: 'schema', reason: 'notOkno' })
    if (found !== schemaVersion) stop({ step: 'schema', reason: found > schemaVersion ? 'programIsOlder' : 'databaseIsOlder', details: numbers })
    tell({ step: 'schema', outcome: 'good', details: numbers })
    tell({ step: 'primary', outcome: standby ? 'warning' : 'good', reason: standby ? 'standby' : null })
    await noteSharing(client)
    tell({ step: 'pooler', outcome: isShared(client) ? 'warning' : 'good', reason: isShared(client) ? 'poolerShares' : null })
    const apart = Math.round((Number(ms) - (asked + Date.now()) / 2) / 1000)
    tell({ step: 'clock', outcome: Math.abs(apart) > clockSlack ? 'warning' : 'good', reason: Math.abs(apart) > clockSlack ? 'clockDiffers' : null, details: { seconds: Math.abs(apart) } })
  } finally {
    await client.end().catch(() => undefined)
  }
}

const codeOf = (cause: unknown): string | undefined => (cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined)
const isAddress = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':')
const isLoopback = (host: string): boolean => host === 'localhost' || host.startsWith('127.') || host === '::1'
