import { connect as connectSocket, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { connect } from '../../../src/main/db/connection'
import { createDatabase } from '../../../src/main/db/database'
import { toAppError } from '../../../src/main/ipc/to-app-error'
import { staff } from '../../support/staff'
import { openTestOffice, type TestOffice } from '../../support/test-app'

// What PgBouncer does at the end of a login's pool, also where there is none. The real one: npm run test:servers.

let office: TestOffice
let door: Server | undefined
beforeAll(async () => void (office = await openTestOffice()))
afterEach(() => new Promise((resolve) => (door ? door.close(resolve) : resolve(null))))
afterAll(() => office.close())
const login = { user: staff.first.login, password: staff.first.password }

const packet = (type: string, body: Buffer) => Buffer.concat([Buffer.from(type), Buffer.from(Uint32Array.of(body.length + 4).buffer).swap32(), body])
const welcome = Buffer.concat([packet('R', Buffer.alloc(4)), packet('Z', Buffer.from('I'))])
const refusal = (words: string) => packet('E', Buffer.from(`SFATAL\0C08P01\0M${words}\0\0`))

/** Takes the first clients as PgBouncer does, before it has a connection to the server, and answers their first query with these words; those after them come to the server. */
async function refuseFirst(times: number, words: string) {
  let clients = 0
  const port = await new Promise<number>((resolve) => {
    door = createServer((inside) => {
      inside.on('error', () => undefined)
      if (clients++ >= times) {
        const outside = connectSocket(office.address.port, office.address.host)
        outside.on('error', () => undefined).on('close', () => inside.destroy())
        inside.on('close', () => outside.destroy())
        inside.pipe(outside).pipe(inside)
        return
      }
      inside.once('data', () => {
        inside.write(welcome)
        inside.once('data', () => inside.end(refusal(words)))
      })
    })
    door.listen(0, '127.0.0.1', () => resolve((door?.address() as AddressInfo).port))
  })
  return { address: { ...office.address, port }, clients: () => clients }
}

describe('a pooler that has just seen the server refuse this login', () => {
  test('lets it in a moment later, with the password that was set meanwhile', async () => {
    const { address, clients } = await refuseFirst(2, 'server login has been failing, try again later (server_login_retry)')
    const knex = connect(address, login)
    try {
      await expect(createDatabase(knex).call('provider_list')).resolves.toBeInstanceOf(Array)
      expect(clients()).toBe(3)
    } finally {
      await knex.destroy()
    }
  })

  test('and refuses it itself is not asked again', async () => {
    const { address, clients } = await refuseFirst(9, 'no such user')
    const knex = connect(address, login)
    try {
      const refused: unknown = await createDatabase(knex).call('provider_list').catch((cause: unknown) => cause)
      expect(toAppError(refused)).toMatchObject({ code: 'notSignedIn', reason: 'sessionEnded' })
      expect(clients()).toBe(1)
    } finally {
      await knex.destroy()
    }
  })
})

test('a connection that the server has ended is given to nobody: the next call has another', async () => {
  const knex = connect(office.address, login, { max: 1 })
  try {
    for (let time = 0; time < 5; time++) {
      const asleep = knex.raw('select pg_sleep(60)').then(() => 'slept', (cause: unknown) => toAppError(cause).reason)
      await expect.poll(async () => (await office.owner.raw(`select count(pg_terminate_backend(pid))::int as n from pg_stat_activity where usename = ? and datname = current_database() and query = 'select pg_sleep(60)' and state = 'active'`, [login.user])).rows[0].n).toBe(1)
      expect(await asleep).toBe('unreachable')
      await expect(createDatabase(knex).call('provider_list')).resolves.toBeInstanceOf(Array)
    }
  } finally {
    await knex.destroy()
  }
})

test('when one connection ends, those opened before it are given to nobody either', async () => {
  const old = new Set<Socket>()
  let isBroken = false
  const port = await new Promise<number>((resolve) => {
    door = createServer((inside) => {
      if (!isBroken) old.add(inside)
      const outside = connectSocket(office.address.port, office.address.host)
      outside.on('error', () => undefined).on('close', () => inside.destroy())
      inside.on('error', () => undefined).on('close', () => outside.destroy())
      // Of an end nothing is seen before something is asked.
      inside.on('data', (asked) => (isBroken && old.has(inside) ? inside.destroy() : outside.write(asked)))
      outside.on('data', (told) => inside.write(told))
    })
    door.listen(0, '127.0.0.1', () => resolve((door?.address() as AddressInfo).port))
  })
  const knex = connect({ ...office.address, port }, login)
  try {
    await Promise.all([1, 2, 3].map(() => knex.raw('select pg_sleep(0.1)')))
    expect(old.size).toBe(3)
    isBroken = true
    expect(toAppError(await knex.raw('select 1').catch((cause: unknown) => cause)).reason).toBe('unreachable')
    await expect(createDatabase(knex).call('provider_list')).resolves.toBeInstanceOf(Array)
  } finally {
    await knex.destroy()
  }
})
