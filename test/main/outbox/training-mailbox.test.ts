import { afterEach, beforeEach, expect, test } from 'vitest'
import type { Events } from '@shared/events'
import { sendMail } from '../../../src/main/outbox/mail'
import { sendSms } from '../../../src/main/outbox/sms'
import { openTrainingMailbox } from '../../../src/main/outbox/training-mailbox'

let received: Events['training.letter'][]
let mailbox: Awaited<ReturnType<typeof openTrainingMailbox>>
beforeEach(async () => {
  received = []
  mailbox = await openTrainingMailbox((letter) => received.push(letter))
})
afterEach(() => mailbox.close())
const yes = () => Promise.resolve(true)

test('a letter and an SMS of a training office end on its screen', async () => {
  const { mail, sms } = mailbox.ways
  expect(await sendMail(mail!, { id: 1, to: 'anna@example.org', letter: { subject: 'Код 482915', text: 'Текст' } }, yes)).toEqual({ outcome: 'sent' })
  expect(await sendSms(sms!, { id: 2, to: '+79430000001', text: 'Код 482915 «назовите»' }, yes)).toEqual({ outcome: 'sent' })
  expect(received).toMatchObject([
    { channel: 'email', to: 'anna@example.org', subject: 'Код 482915' },
    { channel: 'sms', to: '+79430000001', subject: '', text: 'Код 482915 «назовите»' },
  ])
})

test('its gateway takes nothing from another program of this computer', async () => {
  expect(await sendSms({ ...mailbox.ways.sms!, secret: 'guessed' }, { id: 2, to: '+79430000001', text: 'x' }, yes)).toEqual({ outcome: 'later', error: 'authentication' })
  expect(received).toEqual([])
})
