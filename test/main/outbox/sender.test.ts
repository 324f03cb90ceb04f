import { readFileSync } from 'node:fs'
import pg from 'pg'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openTestOffice, type TestOffice } from '../../support/test-app'
import { openMailOffice, startMailServer, type MailOffice } from './mail-office'

let office: TestOffice
let post: MailOffice
beforeEach(async () => {
  office = await openTestOffice()
  post = await openMailOffice(office)
})
afterEach(async () => {
  await post.close()
  await office.close()
})

const patiently = { timeout: 15_000, interval: 50 }

/** Letters to the given addresses in this order, as the database queues them. */
async function queue(...recipients: string[]): Promise<number[]> {
  const { rows } = await office.owner.raw(
    `select outbox_put(gen_random_uuid(), 'email', r, 'contactChanged', jsonb_build_object('kind', 'email', 'to', n || '***@new.example', 'at', now()), null) as id
     from unnest(?::text[]) with ordinality u(r, n) order by n`,
    [recipients],
  )
  return rows.map(({ id }: { id: string }) => Number(id))
}

interface OutboxRow {
  state: string
  error: string | null
  attempts: number
  params: unknown
  waits: boolean
}
async function letter(id: number): Promise<OutboxRow> {
  const { rows } = await office.owner.raw('select state, error, attempts, params, next_attempt_at > now() as waits from outbox_message where id = ?', [id])
  return rows[0]
}
const timePasses = (interval = '1 hour') => office.owner.raw(`update outbox_message set next_attempt_at = next_attempt_at - interval '${interval}', queued_at = queued_at - interval '${interval}',
  claimed_at = claimed_at - interval '${interval}', leaving_at = leaving_at - interval '${interval}', finished_at = finished_at - interval '${interval}'`)

test('a letter that has left is “sent”, and what it was written from is wiped', async () => {
  const [id] = await queue('a@example.org')
  await post.drain()
  expect(post.mail.letters).toMatchObject([{ to: 'a@example.org', messageId: `<okno-${id}@okno.example>` }])
  expect(await letter(id!)).toMatchObject({ state: 'sent', error: null, attempts: 1, params: null })
})

describe('a server that refuses', () => {
  test('for good (550) is not asked again by itself, and the operation’s card can tell', async () => {
    post.mail.rules.recipient = () => 550
    const [id] = await queue('nobody@new.example')
    await post.drain()
    const { rows } = await office.owner.raw('select outbox_delivery(operation_id) as messages from outbox_message')
    expect(rows[0].messages).toMatchObject([{ id, template: 'contactChanged', channel: 'email', recipient: 'n***@new.example', state: 'failed', error: 'smtp550' }])
    post.mail.rules.recipient = () => null
    await timePasses()
    await post.drain()
    expect(post.mail.letters).toEqual([])
  })

  test('for now (451, greylisting) is asked later, and not at once', async () => {
    post.mail.rules.recipient = () => 451
    const [id] = await queue('a@example.org')
    await post.drain()
    expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'smtp451', attempts: 1, waits: true })
    post.mail.rules.recipient = () => null
    await post.drain()
    expect(post.mail.letters).toEqual([])
    await timePasses()
    await post.drain()
    expect(post.mail.lettersTo('a@example.org')).toHaveLength(1)
    expect(await letter(id!)).toMatchObject({ state: 'sent', error: null, attempts: 2, params: null })
  })

  test('the text (451 after it) may be given it again: it said that it had not taken it', async () => {
    post.mail.rules.text = () => 451
    const [id] = await queue('a@example.org')
    await post.drain()
    expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'smtp451' })
    post.mail.rules.text = () => null
    await timePasses()
    await post.drain()
    expect(post.mail.letters).toHaveLength(1)
  })

  test('again and again is given up after a day, and the waits between attempts grow to half an hour', async () => {
    post.mail.rules.recipient = () => 451
    const [id] = await queue('a@example.org')
    const waits: number[] = []
    for (let attempt = 1; attempt <= 12; attempt++) {
      await post.drain()
      const { rows } = await office.owner.raw('select round(extract(epoch from next_attempt_at - now()))::int as seconds from outbox_message')
      waits.push(rows[0].seconds)
      await timePasses()
    }
    expect(await letter(id!)).toMatchObject({ state: 'queued', attempts: 12 })
    expect(waits.slice(0, 4)).toEqual([5, 10, 20, 40].map((seconds) => expect.toSatisfy((wait: number) => Math.abs(wait - seconds) <= 2)))
    expect(Math.max(...waits)).toBeLessThanOrEqual(1800)
    await timePasses('12 hours')
    await post.drain()
    expect(await letter(id!)).toMatchObject({ state: 'failed', error: 'smtp451', attempts: 13 })
  })

  test('the office’s own password lets letters wait until it is put right', async () => {
    const strict = await startMailServer({
      authOptional: false,
      allowInsecureAuth: true,
      onAuth: ({ username, password }, _session, done) => (username === 'office' && password === 'right' ? done(null, { user: username }) : done(new Error('no'))),
    })
    try {
      const admin = await office.desk('admin')
      const transport = { host: '127.0.0.1', port: strict.port, security: 'none' as const, username: 'office', fromAddress: 'office@okno.example', fromName: 'Офис' }
      await admin.api.settings.saveMail({ ...transport, password: 'wrong' })
      const [id] = await queue('a@example.org')
      await post.drain()
      expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'authentication' })
      await admin.api.settings.saveMail({ ...transport, password: 'right' })
      expect(await admin.api.settings.mail({})).toEqual({ transport })
      await timePasses()
      await post.drain()
      expect(strict.letters).toHaveLength(1)
    } finally {
      await strict.close()
    }
  })
})

describe('a connection that breaks', () => {
  test('before the text went out: the letter is sent later', async () => {
    post.mail.rules.recipient = () => 'hangUp'
    const [id] = await queue('a@example.org')
    await post.drain()
    expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'unreachable' })
    post.mail.rules.recipient = () => null
    await timePasses()
    await post.drain()
    expect(post.mail.letters).toHaveLength(1)
    expect(await letter(id!)).toMatchObject({ state: 'sent' })
  })

  test('after the text went out: the letter may have arrived and is not sent again by itself', async () => {
    post.mail.rules.text = () => 'hangUp'
    const [id] = await queue('a@example.org')
    await post.drain()
    expect(await letter(id!)).toMatchObject({ state: 'uncertain', error: 'brokenOff' })
    post.mail.rules.text = () => null
    await timePasses()
    await post.drain()
    expect(post.mail.letters).toHaveLength(1)
  })
})

test('letters wait while the mail server is away and leave when it is back', async () => {
  const { port } = post.mail
  await post.mail.close()
  const [id] = await queue('a@example.org')
  await post.drain()
  expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'unreachable' })
  const back = await startMailServer({}, port)
  try {
    await timePasses()
    await post.drain()
    expect(back.letters).toHaveLength(1)
  } finally {
    await back.close()
  }
})

test('a mail server without encryption gets nothing when the office demands it', async () => {
  const admin = await office.desk('admin')
  await admin.api.settings.saveMail({ host: '127.0.0.1', port: post.mail.port, security: 'starttls', fromAddress: 'office@okno.example', fromName: 'Офис' })
  const [id] = await queue('a@example.org')
  await post.drain()
  expect(post.mail.letters).toEqual([])
  expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'encryption' })
})

test('a server that takes nothing from this office (550 to the sender’s address) refuses the office, not the letter', async () => {
  const strict = await startMailServer({ onMailFrom: (_address, _session, done) => done(Object.assign(new Error('not yours'), { responseCode: 550 })) })
  try {
    const admin = await office.desk('admin')
    await admin.api.settings.saveMail({ host: '127.0.0.1', port: strict.port, security: 'none', fromAddress: 'office@okno.example', fromName: 'Офис' })
    const [id] = await queue('a@example.org')
    await post.drain()
    expect(await letter(id!)).toMatchObject({ state: 'queued', error: 'smtp550' })
  } finally {
    await strict.close()
  }
})

test('a text refused for good is not offered again', async () => {
  post.mail.rules.text = () => 554
  const [id] = await queue('a@example.org')
  await post.drain()
  expect(await letter(id!)).toMatchObject({ state: 'failed', error: 'smtp554' })
})

test('without any mail server letters wait untouched', async () => {
  await office.owner.raw('delete from mail_transport')
  const [id] = await queue('a@example.org')
  await post.drain()
  expect(await letter(id!)).toMatchObject({ state: 'queued', attempts: 0, error: null })
})

test('what waited only because the server was away leaves as soon as one letter has passed; a single recipient’s greylisting does not', async () => {
  post.mail.rules.recipient = (address) => (address === 'grey@example.org' ? 451 : null)
  const [away, grey] = await queue('away@example.org', 'grey@example.org')
  await post.drain()
  await office.owner.raw(`update outbox_message set state = 'queued', finished_at = null, error = 'unreachable', params = '{"kind": "email", "to": "x", "at": "2026-11-22T09:00:00Z"}',
    next_attempt_at = now() + interval '20 minutes' where id = ?`, [away!])
  const [fresh] = await queue('fresh@example.org')
  await post.drain()
  expect(await letter(fresh!)).toMatchObject({ state: 'sent' })
  expect(await letter(away!)).toMatchObject({ state: 'sent' })
  expect(await letter(grey!)).toMatchObject({ state: 'queued', waits: true })
})

test('a letter that can’t be written does not stop those behind it; an SMS waits for a gateway', async () => {
  const [unknown, sms, good] = await queue('a@example.org', '+79430000000', 'b@example.org')
  await office.owner.raw(`update outbox_message set template = 'noSuchLetter' where id = ?`, [unknown!])
  await office.owner.raw(`update outbox_message set channel = 'sms' where id = ?`, [sms!])
  await post.drain()
  expect(await letter(unknown!)).toMatchObject({ state: 'failed', error: 'letterNotWritten' })
  expect(await letter(sms!)).toMatchObject({ state: 'queued', attempts: 0 })
  expect(await letter(good!)).toMatchObject({ state: 'sent' })
})

test('a provider’s own words are written, and the usual ones where it has none', async () => {
  const { rows } = await office.owner.raw(`update provider set profile = jsonb_set(profile, '{messages}', '{"contactCode": {"subject": "Наш код {code}"}}') where id = (select min(id) from provider) returning id, name`)
  for (const provider of [rows[0].id, null]) {
    await office.owner.raw(`select outbox_put(gen_random_uuid(), 'email', ?, 'contactCode', '{"code": "482915", "minutes": 10}', ?)`, [provider ? 'own@example.org' : 'usual@example.org', provider])
  }
  await post.drain()
  expect(post.mail.lettersTo('own@example.org')).toMatchObject([{ subject: 'Наш код 482915', text: expect.stringContaining('Код действует 10') }])
  expect(post.mail.lettersTo('usual@example.org')).toMatchObject([{ subject: 'Код подтверждения: 482915' }])
})

test('one operation puts a message in once, and tells several recipients', async () => {
  const put = (recipient: string) => office.owner.raw(`select outbox_put('7b7d0b1e-6a3e-4f0e-9a53-5a3f6f6c1a11', 'email', ?, 'test', '{}', null) as id`, [recipient]).then(({ rows }) => rows[0].id as string)
  const first = await put('a@example.org')
  expect(await put('a@example.org')).toBe(first)
  expect(await put('b@example.org')).not.toBe(first)
  await post.drain()
  expect(post.mail.letters.map(({ to }) => to).sort()).toEqual(['a@example.org', 'b@example.org'])
})

describe('several desks that send', () => {
  test('send every letter once, and the letters to one address in their order', async () => {
    const recipients = Array.from({ length: 60 }, (_, n) => `subscriber${n % 20}@example.org`)
    const ids = await queue(...recipients)
    const senders = [post.sender(), post.sender(), post.sender()]
    await vi.waitFor(async () => {
      const { rows } = await office.owner.raw(`select count(*)::int as n from outbox_message where state in ('queued', 'sending')`)
      expect(rows[0].n).toBe(0)
    }, patiently)
    expect(senders).toHaveLength(3)
    expect(post.mail.letters.map(({ messageId }) => messageId).sort()).toEqual(ids.map((id) => `<okno-${id}@okno.example>`).sort())
    for (const address of new Set(recipients)) {
      const sent = post.mail.lettersTo(address).map(({ messageId }) => Number(/\d+/.exec(messageId)![0]))
      expect(sent).toEqual([...sent].sort((a, b) => a - b))
    }
  })

  test('and look at the same moment take different letters, without waiting for each other', async () => {
    await queue(...Array.from({ length: 10 }, (_, n) => `subscriber${n}@example.org`))
    const [one, two] = await Promise.all([0, 1].map(async () => {
      const client = new pg.Client({ ...office.address, ...post.login, statement_timeout: 5000 })
      await client.connect()
      return client
    })) as [pg.Client, pg.Client]
    try {
      const claim = async (client: pg.Client) => (await client.query(`select outbox_claim('{email}', '{}', 5) as letters`)).rows[0].letters.map(({ recipient }: { recipient: string }) => recipient) as string[]
      await one.query('begin')
      const first = await claim(one)
      const second = await claim(two)
      await one.query('commit')
      expect([...first, ...second].sort()).toEqual(Array.from({ length: 10 }, (_, n) => `subscriber${n}@example.org`))
    } finally {
      await one.end()
      await two.end()
    }
  })

  test('a letter that waits for its next attempt holds back only its own address', async () => {
    post.mail.rules.recipient = (address) => (address === 'slow@example.org' ? 451 : null)
    const [first, second, other] = await queue('slow@example.org', 'slow@example.org', 'quick@example.org')
    await post.drain()
    expect([await letter(first!), await letter(second!), await letter(other!)].map(({ state, attempts }) => `${state} ${attempts}`)).toEqual(['queued 1', 'queued 0', 'sent 1'])
  })
})

describe('the sender of a desk', () => {
  test('wakes when a letter is put in, long before it would look by itself', async () => {
    post.sender()
    await vi.waitFor(async () => {
      const { rows } = await office.owner.raw(`select count(*)::int as n from pg_stat_activity where usename = ? and state = 'idle' and query like '%outbox_next_in%'`, [post.login.user])
      expect(rows[0].n).toBe(1)
    }, patiently)
    await queue('a@example.org')
    await vi.waitFor(() => expect(post.mail.letters).toHaveLength(1), { timeout: 10_000, interval: 20 })
  })

  test('comes back after the database has cut it off', async () => {
    post.sender()
    const connections = async () => (await office.owner.raw('select pid from pg_stat_activity where usename = ?', [post.login.user])).rows as { pid: number }[]
    await vi.waitFor(async () => expect(await connections()).toHaveLength(1), patiently)
    await office.owner.raw('select pg_terminate_backend(?)', [(await connections())[0]!.pid])
    await queue('a@example.org')
    await vi.waitFor(() => expect(post.mail.letters).toHaveLength(1), patiently)
  })

  test('that is stopped finishes the letter in hand and takes no other', async () => {
    await queue(...Array.from({ length: 5 }, (_, n) => `a${n}@example.org`))
    let stopping: Promise<void> | null = null
    const sender = post.sender()
    post.mail.rules.text = () => {
      stopping ??= sender.stop()
      return null
    }
    await vi.waitFor(() => expect(stopping).not.toBeNull(), patiently)
    await stopping
    const { rows } = await office.owner.raw('select state, count(*)::int as n from outbox_message group by state order by state')
    expect(rows).toEqual([{ state: 'queued', n: 4 }, { state: 'sent', n: 1 }])
  })

  test('logs neither addresses nor what is written to them', async () => {
    await queue('secret.name@new.example')
    await office.owner.raw(`select outbox_put(gen_random_uuid(), 'email', 'other.name@new.example', 'contactCode', '{"minutes": "no-code-here"}', null)`)
    post.mail.rules.recipient = () => 550
    await post.drain()
    const log = post.logFiles().map((file) => readFileSync(file, 'utf8')).join('')
    expect(log).toContain('smtp550')
    expect(log).toContain('letterNotWritten')
    expect(log).not.toMatch(/secret\.name|other\.name|no-code-here|\*\*\*@/)
  })
})

test('the sender’s login claims letters and can do nothing else', async () => {
  const client = new pg.Client({ ...office.address, ...post.login })
  await client.connect()
  try {
    for (const sql of [
      'select * from outbox_message', 'select * from mail_transport', 'select * from sms_gateway', 'select * from outbox_sender_key', 'select outbox_sender_keys()', 'select outbox_overview()', `select outbox_put(gen_random_uuid(), 'email', 'x', 'test', '{}', null)`, 'select * from subscriber_contact', 'select * from staff', 'select visit_mine()',
      `select desk_search_keys(p_accounts => '{04012345}')`, 'select audit_search()', `select session_start('x')`, `insert into outbox_message (operation_id, channel, recipient, template) values (gen_random_uuid(), 'email', 'x', 'x')`,
    ]) {
      await expect(client.query(sql), sql).rejects.toMatchObject({ code: '42501' })
    }
    await expect(client.query(`select outbox_claim('{email}', '{}', 1)`)).resolves.toBeTruthy()
  } finally {
    await client.end()
  }
})
