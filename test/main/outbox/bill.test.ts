import { afterEach, beforeEach, expect, test } from 'vitest'
import { textOf } from '../../support/pdf/read-pdf'
import { openTestOffice, operation, type TestDesk, type TestOffice } from '../../support/test-app'
import { filter, house } from '../features/document-batches/houses'
import { openMailOffice, type MailOffice } from './mail-office'

/* A bill by e-mail: the letter keeps the number of the document and nothing of it, and the file is drawn when it leaves. */

let office: TestOffice
let senior: TestDesk
let post: MailOffice
beforeEach(async () => {
  office = await openTestOffice()
  senior = await office.desk('senior')
  post = await openMailOffice(office)
  await house(office.owner, '1', ['1', '2'], { email: ['1', '2'] })
})
afterEach(async () => {
  await post.close()
  await office.close()
})

async function sendAll(): Promise<string> {
  const { batchId } = await senior.api.documentBatches.create({ operationId: operation(), name: 'Письма', filter: filter({ delivery: 'email' }), separators: true })
  await senior.api.documentBatches.run({ batchId, output: { how: 'print', printer: 'none' } })
  return batchId
}
const state = (batchId: string) => senior.api.documentBatches.state({ batchId })
const address = async (number: string): Promise<string> => {
  const { rows } = await office.owner.raw(`select k.value from subscriber_contact k join account a on a.subscriber_id = k.subscriber_id where a.number = ? and k.kind = 'email'`, [number])
  return rows[0].value
}

test('arrives as a PDF file with a letter in the provider’s words, an original, and nothing of it stays in the outbox or the log', async () => {
  await office.owner.raw(`update provider set profile = jsonb_set(profile, '{messages}', '{"bill": {"subject": "Счёт за {period}", "text": "Счёт {account} за {period}, к оплате {due}."}}') where code = 'enser'`)
  const batchId = await sendAll()
  expect(await state(batchId)).toMatchObject({ state: 'done', counts: { mailed: 2, printed: 0, sheets: 0 }, mail: { queued: 2 } })
  await post.drain()
  const [letter] = post.mail.lettersTo(await address('П1-1'))
  expect(letter).toMatchObject({ subject: 'Счёт за октябрь 2026 г.', text: expect.stringContaining('Счёт П1-1 за октябрь') as string, attachments: [{ fileName: 'Квитанция 2026-10.pdf', contentType: 'application/pdf' }] })
  expect(letter?.text).toContain('550,00')
  const bill = textOf(letter!.attachments[0]!.content)
  expect(bill).toContain('П1-1')
  expect(bill).not.toContain('ДУБЛИКАТ')
  expect(await state(batchId)).toMatchObject({ mail: { queued: 0, sent: 2, failed: 0 }, failures: [] })
  expect((await office.owner('outbox_message').select('params').where('template', 'bill')).map(({ params }: { params: unknown }) => params)).toEqual([null, null])
})

test('is on paper after all when the subscriber goes back to it before the letter leaves', async () => {
  const batchId = await sendAll()
  await office.owner.raw(`update account set bill_delivery = 'paper' where number = 'П1-2'`)
  await post.drain()
  expect(post.mail.letters).toHaveLength(1)
  expect(await state(batchId)).toMatchObject({ state: 'paused', pausedBecause: 'toPaper', counts: { byEmail: 1, mailed: 1, waiting: 1 }, mail: { sent: 1 } })
  const { rows } = await office.owner.raw(`select i.delivery, i.state, i.is_counted from document_batch_item i join account a on a.id = i.account_id where a.number = 'П1-2'`)
  expect(rows).toEqual([{ delivery: 'paper', state: 'waiting', is_counted: true }])
})

test('goes nowhere when the address is another person’s by then', async () => {
  await sendAll()
  await office.owner.raw(`select set_config('okno.operation', gen_random_uuid()::text, false)`)
  await office.owner.raw(`update subscriber_contact set state = 'removed', is_current = false where value = ?`, [await address('П1-2')])
  await post.drain()
  expect(post.mail.letters.map(({ to }) => to)).toEqual([await address('П1-1')])
})

test('that no server takes is told in its batch and becomes paper when it is tried again', async () => {
  const refused = await address('П1-1')
  post.mail.rules.recipient = (to) => (to === refused ? 550 : null)
  const batchId = await sendAll()
  await post.drain()
  expect(await state(batchId)).toMatchObject({ state: 'done', mail: { sent: 1, failed: 1 }, failures: [{ account: 'П1-1', delivery: 'email', reason: 'smtp550' }] })
  expect(await senior.api.documentBatches.retry({ operationId: operation(), batchId, items: null })).toMatchObject({ state: 'paused', pausedBecause: 'retry', counts: { byEmail: 1, waiting: 1 }, failures: [] })
})
