import { spawn, type ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from 'vitest'
import { build } from 'vite'
import { openTestOffice, type TestOffice } from '../../support/test-app'
import { gatewaySettings, startGateway, type TestGateway } from './gateway'
import { openMailOffice, type MailOffice } from './mail-office'

// A real sender, in a process of its own, is killed (SIGKILL) at each step of a message; another one then does what is left to do.

const bundle = resolve('node_modules', '.cache', `okno-sender-${randomBytes(4).toString('hex')}`)
const logs = mkdtempSync(join(tmpdir(), 'okno-sender-logs-'))
beforeAll(async () => {
  await build({
    configFile: false,
    logLevel: 'error',
    resolve: { alias: { '@shared': resolve('src/shared') } },
    build: { ssr: resolve('test/main/outbox/sender-process.ts'), outDir: bundle, emptyOutDir: true, rollupOptions: { output: { entryFileNames: 'sender.mjs' } } },
  })
}, 60_000)
afterAll(() => {
  rmSync(bundle, { recursive: true, force: true })
  rmSync(logs, { recursive: true, force: true })
})

let office: TestOffice
let post: MailOffice
let gateway: TestGateway
let running: ChildProcess[]
beforeEach(async () => {
  running = []
  office = await openTestOffice()
  post = await openMailOffice(office)
  gateway = await startGateway()
})
afterEach(async () => {
  for (const child of running) child.kill('SIGKILL')
  await gateway.close()
  await post.close()
  await office.close()
})

const patiently = { timeout: 30_000, interval: 20 }

function startProcess(): ChildProcess {
  const child = spawn(process.execPath, [join(bundle, 'sender.mjs')], { stdio: ['pipe', 'ignore', 'inherit'] })
  child.stdin?.write(JSON.stringify({ address: office.deskAddress, login: post.login, logs }))
  running.push(child)
  return child
}

/** Kills the sender; what it had asked of the database and was still waiting for dies with it, as when its computer loses power. */
async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit')
  child.kill('SIGKILL')
  await ended
  await office.owner.raw('select pg_terminate_backend(pid) from pg_stat_activity where usename = ?', [post.login.user])
  await vi.waitFor(async () => {
    const { rows } = await office.owner.raw('select count(*)::int as n from pg_stat_activity where usename = ?', [post.login.user])
    expect(rows[0].n).toBe(0)
  }, patiently)
}

async function queue(channel: 'email' | 'sms' = 'email', recipient = 'a@example.org'): Promise<number> {
  const { rows } = await office.owner.raw(`select outbox_put(gen_random_uuid(), ?, ?, 'test', '{}', null) as id`, [channel, recipient])
  return Number(rows[0].id)
}
async function message(id: number): Promise<{ state: string; error: string | null; leaving: boolean }> {
  const { rows } = await office.owner.raw('select state, error, leaving_at is not null as leaving from outbox_message where id = ?', [id])
  return rows[0]
}
const timePasses = () => office.owner.raw(`update outbox_message set claimed_at = claimed_at - interval '4 minutes', leaving_at = leaving_at - interval '4 minutes'`)
const waitsFor = (functionName: string) =>
  vi.waitFor(async () => {
    const { rows } = await office.owner.raw(`select count(*)::int as n from pg_stat_activity where usename = ? and wait_event_type = 'Lock' and query like ?`, [post.login.user, `%${functionName}(%`])
    expect(rows[0].n).toBeGreaterThan(0)
  }, patiently)

/** Another sender, long after: how many letters have arrived in the end. */
async function afterwards(): Promise<number> {
  await timePasses()
  await post.drain()
  await timePasses()
  await post.drain()
  return post.mail.letters.length
}

test('before it has claimed the message: it is sent once by another', async () => {
  const id = await queue()
  const holding = await office.owner.transaction()
  await holding.raw('lock table outbox_message in exclusive mode')
  const child = startProcess()
  await waitsFor('outbox_claim')
  await kill(child)
  await holding.commit()
  expect(await message(id)).toMatchObject({ state: 'queued' })
  expect(await afterwards()).toBe(1)
  expect(await message(id)).toMatchObject({ state: 'sent' })
})

test('after it has claimed the message and before anything went out: it is sent once by another', async () => {
  const asked = vi.fn()
  post.mail.rules.recipient = (address) => {
    asked(address)
    return 'hang'
  }
  const id = await queue()
  const child = startProcess()
  await vi.waitFor(() => expect(asked).toHaveBeenCalled(), patiently)
  await kill(child)
  expect(await message(id)).toEqual({ state: 'sending', error: null, leaving: false })
  post.mail.rules.recipient = () => null
  await post.drain()
  expect(post.mail.letters).toEqual([])
  expect(await afterwards()).toBe(1)
  expect(await message(id)).toMatchObject({ state: 'sent' })
})

test('at the point of no return, before it was passed: it is sent once by another', async () => {
  const holding = await office.owner.transaction()
  const id = await queue()
  // Claimed before the server is asked; from then on outbox_started waits for this lock.
  post.mail.rules.greeting = () => holding.raw('select from outbox_message where id = ? for update', [id])
  const child = startProcess()
  await waitsFor('outbox_started')
  await kill(child)
  await holding.commit()
  post.mail.rules.greeting = () => Promise.resolve()
  expect(await message(id)).toEqual({ state: 'sending', error: null, leaving: false })
  expect(post.mail.letters).toEqual([])
  expect(await afterwards()).toBe(1)
})

test('after the text has gone and before the server has answered: nobody knows, so it is not sent again by itself', async () => {
  post.mail.rules.text = () => 'hang'
  const id = await queue()
  const child = startProcess()
  await vi.waitFor(() => expect(post.mail.letters).toHaveLength(1), patiently)
  await kill(child)
  post.mail.rules.text = () => null
  expect(await afterwards()).toBe(1)
  expect(await message(id)).toEqual({ state: 'uncertain', error: 'senderStopped', leaving: true })
})

test('after the server has taken it and before the database has heard of that: it is not sent again by itself', async () => {
  const holding = await office.owner.transaction()
  const id = await queue()
  post.mail.rules.taking = () => holding.raw('select from outbox_message where id = ? for update', [id])
  const child = startProcess()
  await waitsFor('outbox_sent')
  await kill(child)
  await holding.commit()
  post.mail.rules.taking = () => Promise.resolve()
  expect(await message(id)).toMatchObject({ state: 'sending', leaving: true })
  expect(await afterwards()).toBe(1)
  expect(await message(id)).toEqual({ state: 'uncertain', error: 'senderStopped', leaving: true })
})

test('after a gateway has the request of an SMS: it is not sent again by itself', async () => {
  const admin = await office.desk('admin')
  await admin.api.settings.saveSms({ gateway: gatewaySettings(gateway.port), secret: 'x' })
  gateway.answer = 'hang'
  const id = await queue('sms', '+79430000001')
  const child = startProcess()
  await vi.waitFor(() => expect(gateway.requests).toHaveLength(1), patiently)
  await kill(child)
  gateway.answer = { status: 200, body: '{"status": "ok"}' }
  await afterwards()
  expect(gateway.requests).toHaveLength(1)
  expect(await message(id)).toMatchObject({ state: 'uncertain' })
})

test('while the next message to the same address waits behind it: that one goes as soon as the first is given up', async () => {
  post.mail.rules.text = () => 'hang'
  const first = await queue()
  const second = await queue()
  const child = startProcess()
  await vi.waitFor(() => expect(post.mail.letters).toHaveLength(1), patiently)
  await kill(child)
  post.mail.rules.text = () => null
  await post.drain()
  expect(await message(second)).toMatchObject({ state: 'queued' })
  expect(await afterwards()).toBe(2)
  expect(await message(first)).toMatchObject({ state: 'uncertain' })
  expect(await message(second)).toMatchObject({ state: 'sent' })
})

test('a sender so slow that it was given up can’t send what another has sent meanwhile', async () => {
  const letGo: (() => void)[] = []
  post.mail.rules.greeting = () => new Promise<void>((resolve) => letGo.push(resolve))
  const id = await queue()
  startProcess()
  await vi.waitFor(() => expect(letGo).toHaveLength(1), patiently)
  await timePasses()
  post.mail.rules.greeting = () => Promise.resolve()
  await post.drain()
  expect(post.mail.letters).toHaveLength(1)
  letGo[0]?.()
  // The slow one comes as far as the recipient and the point of no return; it then looks for other work.
  await queue('email', 'b@example.org')
  await vi.waitFor(() => expect(post.mail.lettersTo('b@example.org')).toHaveLength(1), patiently)
  expect(post.mail.lettersTo('a@example.org')).toHaveLength(1)
  expect(await message(id)).toMatchObject({ state: 'sent' })
})
