import { type AddressInfo } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer } from 'smtp-server'

export interface MailServer {
  port: number
  /** Letters in the order they came. */
  letters: ParsedMail[]
  /** Recipients that are refused for good (550). */
  unknown: Set<string>
  stop(): Promise<void>
}

/** A real SMTP server that asks for a name and a password and keeps what it is given. */
export async function startMailServer(account: { user: string; password: string }): Promise<MailServer> {
  const letters: ParsedMail[] = []
  const unknown = new Set<string>()
  const server = new SMTPServer({
    authOptional: false,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    onAuth({ username, password }, _session, done) {
      if (username === account.user && password === account.password) done(null, { user: username })
      else done(new Error('wrong name or password'))
    },
    onRcptTo({ address }, _session, done) {
      done(unknown.has(address) ? Object.assign(new Error('no such mailbox'), { responseCode: 550 }) : null)
    },
    onData(stream, _session, done) {
      simpleParser(stream).then((letter) => {
        letters.push(letter)
        done()
      }, done)
    },
  })
  server.on('error', () => undefined) // A client that breaks off is seen by the missing letter.
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.server.address() as AddressInfo).port,
    letters,
    unknown,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  }
}

export function recipients(letter: ParsedMail): string {
  return [letter.to ?? []].flat().map(({ text }) => text).join(', ')
}
