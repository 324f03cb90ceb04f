import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { join } from 'node:path'
import { TLSSocket } from 'node:tls'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { chooseHost, connect, type DatabaseAddress } from '../../../src/main/db/connection'
import { diagnose } from '../../../src/main/db/diagnose'
import { toAppError } from '../../../src/main/ipc/to-app-error'
import { startPostgres, type TestPostgres } from '../../support/postgres'
import { staff } from '../../support/staff'
import { openTestOffice, type TestOffice } from '../../support/test-app'

const pem = (name: string) => readFileSync(join(import.meta.dirname, '../../support/tls', name), 'utf8')
const open: Server[] = []
let office: TestOffice
let person: { user: string; password: string }

beforeAll(async () => {
  office = await openTestOffice()
  person = { user: staff.first.login, password: staff.first.password }
})
afterAll(async () => {
  for (const server of open) server.close()
  await office.close()
})

async function listen(answer: (socket: import('node:net').Socket) => void): Promise<number> {
  const server = createServer(answer)
  open.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return (server.address() as AddressInfo).port
}

/** What PostgreSQL says before anybody has signed in: yes to encryption, and who it is. */
const secured = (certificate: string) =>
  listen((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', () => {
      socket.write('S')
      new TLSSocket(socket, { isServer: true, cert: pem(certificate), key: pem('server.key') }).on('error', () => undefined)
    })
  })

async function last(address: DatabaseAddress, login: { user: string; password: string } | null = null) {
  const [way] = await diagnose(address, login)
  return way?.steps.at(-1)
}

describe('the way to the server is told up to where it ends', () => {
  test('a name nobody knows', async () => {
    expect(await last({ host: 'no-such-office.invalid', port: 5432, database: 'okno' })).toMatchObject({ step: 'name', outcome: 'bad', reason: 'nameUnknown', details: { host: 'no-such-office.invalid' } })
  })

  test('a port at which nobody listens', async () => {
    const port = await listen(() => undefined)
    await new Promise((resolve) => open.pop()?.close(resolve))
    expect(await last({ host: '127.0.0.1', port, database: 'okno' })).toMatchObject({ step: 'port', outcome: 'bad', reason: 'portRefused' })
  })

  test.each([
    ['itself', 3, ''],
    ['as a digest', 5, 'salt'],
  ])('a server that asks for the password %s, and does not get it', async (_how, method, salt) => {
    const heard: Buffer[] = []
    const port = await listen((socket) => {
      socket.on('error', () => undefined)
      socket.on('data', (data) => {
        heard.push(data)
        // SSLRequest is answered with no; the start message with AuthenticationCleartextPassword or AuthenticationMD5Password.
        if (data.length === 8) socket.write('N')
        else socket.write(Buffer.concat([Buffer.from([82, 0, 0, 0, 8 + salt.length, 0, 0, 0, method]), Buffer.from(salt)]))
      })
    })
    const address = { host: '127.0.0.1', port, database: 'okno' }
    expect(await last(address, { user: 'window.one', password: 'secret-1' })).toMatchObject({ step: 'login', outcome: 'bad', reason: 'passwordAsked' })
    const knex = connect(address, { user: 'window.one', password: 'secret-1' })
    await expect(knex.raw('select 1').catch((cause: unknown) => Promise.reject(toAppError(cause)))).rejects.toMatchObject({ code: 'databaseUnavailable', reason: 'passwordAsked' })
    await knex.destroy()
    // 'p' begins whatever answers such a question.
    expect(heard.filter((data) => data[0] === 112 || data.includes('secret-1'))).toEqual([])
  })

  test('something else than PostgreSQL', async () => {
    const port = await listen((socket) => socket.once('data', () => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n')))
    expect(await last({ host: '127.0.0.1', port, database: 'okno' })).toMatchObject({ step: 'server', outcome: 'bad', reason: 'notPostgres' })
  })

  test('a server without encryption where it is demanded', async () => {
    expect(await last({ ...office.address, tls: {} })).toMatchObject({ step: 'encryption', outcome: 'bad', reason: 'encryptionMissing' })
  })

  test('a certificate of an authority nobody trusts, of another name, and the right one', async () => {
    const [server, other] = [await secured('server.pem'), await secured('other.pem')]
    const at = (port: number, ca?: string): DatabaseAddress => ({ host: 'localhost', port, database: 'okno', tls: ca === undefined ? {} : { ca } })
    expect(await last(at(server))).toMatchObject({ step: 'certificate', outcome: 'bad', reason: 'certificateUnknown', details: { issuer: 'Okno test authority' } })
    expect(await last(at(other, pem('ca.pem')))).toMatchObject({ step: 'certificate', outcome: 'bad', reason: 'certificateOfAnother' })
    expect(await last(at(server, pem('ca.pem')))).toMatchObject({ step: 'login', outcome: 'skipped', reason: 'noLogin' })
  })

  test('a wrong password, a database that is not there, and one that is no office', async () => {
    expect(await last(office.address, { ...person, password: 'wrong-password' })).toMatchObject({ step: 'login', outcome: 'bad', reason: 'loginRefused' })
    expect(await last({ ...office.address, database: 'no_such_office' }, person)).toMatchObject({ step: 'database', outcome: 'bad', reason: 'noSuchDatabase', details: { database: 'no_such_office' } })
    expect(await last({ ...office.address, database: 'postgres' }, office.ownerLogin)).toMatchObject({ step: 'schema', outcome: 'bad', reason: 'notOkno' })
  })

  test('a whole way in order', async () => {
    const [way] = await diagnose(office.deskAddress, person)
    expect(way?.steps.map(({ step, outcome, reason }) => [step, outcome, reason])).toEqual([
      ['name', 'good', null], ['port', 'good', null], ['server', 'good', null], ['encryption', 'warning', 'notNeeded'], ['login', 'good', null],
      ['database', 'good', null], ['schema', 'good', null], ['primary', 'good', null], inject('pooler') ? ['pooler', 'warning', 'poolerShares'] : ['pooler', 'good', null], ['clock', 'good', null],
    ])
    expect(JSON.stringify(way)).not.toContain(person.password)
  })

  test('every host of the list is gone to', async () => {
    const ways = await diagnose({ ...office.address, others: [{ host: 'no-such-office.invalid', port: 5432 }] }, null)
    expect(ways.map(({ host, steps }) => [host, steps.at(-1)?.step])).toEqual([[office.address.host, 'login'], ['no-such-office.invalid', 'name']])
  })
})

describe('an office with several servers', () => {
  let primary: TestPostgres
  let standby: TestPostgres
  beforeAll(async () => {
    primary = await startPostgres()
    standby = await primary.standby()
  })
  afterAll(async () => {
    await standby.stop()
    await primary.stop()
  })

  const login = () => ({ user: primary.user, password: primary.password })
  const at = ({ host, port }: { host: string; port: number }) => ({ host, port })

  test('works on the one that takes changes, wherever it stands in the list', async () => {
    const knex = connect({ ...at(standby), database: 'postgres', others: [at(primary)] }, login())
    try {
      expect((await knex.raw('select pg_is_in_recovery() as standby, inet_server_port() as port')).rows).toEqual([{ standby: false, port: primary.port }])
    } finally {
      await knex.destroy()
    }
  })

  test('whose servers all only repeat another one is told so, and a wrong password is no reason to try the next', async () => {
    const repeating = { ...at(standby), database: 'postgres', others: [at(standby)] }
    await expect(chooseHost(repeating, login()).catch((cause: unknown) => Promise.reject(toAppError(cause)))).rejects.toMatchObject({ code: 'databaseUnavailable', reason: 'standby' })
    await expect(chooseHost({ ...at(primary), database: 'postgres', others: [at(standby)] }, { ...login(), password: 'wrong' })).rejects.toMatchObject({ code: '28P01' })
  })

  test('goes on when the first has gone away', async () => {
    const gone = await listen(() => undefined)
    await new Promise((resolve) => open.pop()?.close(resolve))
    const knex = connect({ host: '127.0.0.1', port: gone, database: 'postgres', others: [at(primary)] }, login())
    try {
      expect((await knex.raw('select 1 as one')).rows).toEqual([{ one: 1 }])
    } finally {
      await knex.destroy()
    }
  })
})

describe('the connection of a computer', () => {
  const elsewhere = { hosts: [{ host: '127.0.0.1', port: 1 }], database: 'okno', tls: 'off' as const, certificates: null }

  test('is looked at by everybody and changed by an administrator', async () => {
    let reopened = 0
    const options = { reopen: () => Promise.resolve(void reopened++) }
    const operator = await office.desk('second', options)
    expect(await operator.api.connection.settings({})).toEqual({ kind: 'embedded', server: null, mayChange: false })
    expect(await operator.dispatch('connection.check', { server: elsewhere, login: null })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    expect(await operator.dispatch('connection.save', { server: elsewhere })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    const admin = await office.desk('admin', options)
    expect((await admin.api.connection.check({ server: elsewhere, login: null }))[0]?.steps.at(-1)).toMatchObject({ reason: 'portRefused' })
    await admin.api.connection.save({ server: { ...elsewhere, tls: 'verify-full', certificates: pem('ca.pem') } })
    expect(reopened).toBe(1)
    expect(await admin.api.connection.settings({})).toMatchObject({ kind: 'server', server: { hosts: elsewhere.hosts, certificates: pem('ca.pem') } })
  })

  test('is no place to guess passwords: they count with those of the sign-in', async () => {
    const desk = await office.desk(null, { reopen: () => Promise.resolve() })
    const { host, port, database } = office.address
    await desk.folder.updateSettings((settings) => ({ ...settings, database: { kind: 'server', host, port, others: [], database, tls: 'off' } }))
    const guess = () => desk.dispatch('connection.check', { server: null, login: { login: staff.admin.login, password: 'not-the-password' } })
    const answers = await Promise.all([guess(), guess(), guess(), guess()])
    expect(answers.filter(({ ok }) => ok)).toHaveLength(2)
    expect(answers.filter((answer) => !answer.ok && answer.failure.reason === 'signInDelayed')).toHaveLength(2)
  })

  test('is not changed at a locked desk, whoever locked it', async () => {
    const admin = await office.desk('admin', { reopen: () => Promise.resolve() })
    await admin.api.session.lock({ idle: false })
    expect(await admin.dispatch('connection.save', { server: elsewhere })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    expect(await admin.dispatch('connection.check', { server: elsewhere, login: null })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    await admin.api.session.unlock({ password: staff.admin.password })
  })

  test('that leads nowhere may be changed by whoever stands before it: nobody can sign in', async () => {
    const { port } = inject('postgres')
    const desk = await office.desk(null, { reopen: () => Promise.resolve() })
    expect(await desk.dispatch('connection.save', { server: elsewhere })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    await desk.folder.updateSettings((settings) => ({ ...settings, database: { kind: 'server', host: '127.0.0.1', port: 1, others: [], database: 'okno', tls: 'off' } }))
    expect((await desk.api.connection.settings({})).mayChange).toBe(true)
    await desk.api.connection.save({ server: { hosts: [{ host: '127.0.0.1', port }], database: office.address.database, tls: 'off', certificates: null } })
    expect((await desk.api.connection.settings({})).mayChange).toBe(false)
  })

  test('that IT has locked is changed by an administrator alone, also while it leads nowhere, and stays locked', async () => {
    const desk = await office.desk(null, { reopen: () => Promise.resolve() })
    await desk.folder.updateSettings((settings) => ({ ...settings, database: { kind: 'server', host: '127.0.0.1', port: 1, others: [], database: 'okno', tls: 'off', locked: true } }))
    const before = await desk.folder.readSettings()
    expect((await desk.api.connection.settings({})).mayChange).toBe(false)
    expect(await desk.dispatch('connection.save', { server: elsewhere })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    expect(await desk.dispatch('connection.check', { server: elsewhere, login: null })).toMatchObject({ failure: { reason: 'connectionLocked' } })
    expect(await desk.folder.readSettings()).toEqual(before)
    const admin = await office.desk('admin', { reopen: () => Promise.resolve() })
    await admin.folder.updateSettings((settings) => ({ ...settings, database: { kind: 'embedded', locked: true } }))
    await admin.api.connection.save({ server: elsewhere })
    expect((await admin.folder.readSettings()).database).toMatchObject({ kind: 'server', port: 1, locked: true })
  })
})
