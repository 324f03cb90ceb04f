import type { AddressInfo } from 'node:net'
import { simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'
import type { Events } from '@shared/events'
import type { Transport } from './mail'

/**
 * A training office has no mail server and its subscribers no mailboxes: letters end here, on a loopback SMTP server inside the program,
 * and are shown on the screen so that a trainee finds the code. They are kept in memory only.
 */
export async function openTrainingMailbox(received: (letter: Events['training.letter']) => void) {
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    async onData(stream, session, done) {
      const mail = await simpleParser(stream)
      const to = session.envelope.rcptTo.map((recipient) => recipient.address).join(', ')
      received({ to, subject: mail.subject ?? '', text: mail.text ?? '', at: new Date().toISOString() })
      done()
    },
  })
  // A client that breaks off is its own problem; without a listener it would be ours.
  server.on('error', () => undefined)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', () => resolve()))
  const { port } = server.server.address() as AddressInfo
  const transport: Transport = { host: '127.0.0.1', port, security: 'none', fromAddress: 'office@okno.invalid', fromName: 'Учебный офис' }
  return { transport, close: () => new Promise<void>((resolve) => server.close(() => resolve())) }
}
