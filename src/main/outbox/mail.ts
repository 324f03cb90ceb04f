import { createTransport } from 'nodemailer'
import type { MailTransport } from '@shared/contract/settings'
import type { Letter } from './letters'

export type Transport = MailTransport & { password?: string | undefined }

/**
 * How one attempt ended. `retry`: the server asked to come again later, could not be reached, or would not let the office in.
 * `brokenOff`: no answer came after the whole text had gone out. It may have been taken, and a second letter is worse than none.
 */
export type SendResult = { sent: true } | { sent: false; error: string; retry: boolean }

/** Sends one letter by SMTP. The message id is made of the outbox id, so that a server or a mailbox that gets it twice can tell. */
export async function sendMail(transport: Transport, { id, to, letter }: { id: number; to: string; letter: Letter }): Promise<SendResult> {
  const { host, port, security, username, password, fromAddress, fromName } = transport
  const mailer = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(username ? { auth: { user: username, pass: password ?? '' } } : {}),
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 30_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  // The library tells a connection lost after the text in the same words as one lost before it.
  let textIsOut = false
  mailer.use('stream', ({ message }, done) => {
    // Its end is read by the connection only after the server's «354 go on».
    message.processFunc((text) => text.once('end', () => (textIsOut = true)))
    done()
  })
  try {
    await mailer.sendMail({
      from: { name: fromName, address: fromAddress },
      to: { name: '', address: to },
      subject: letter.subject,
      text: letter.text,
      messageId: `<okno-${id}@${fromAddress.split('@')[1] ?? 'okno.invalid'}>`,
    })
    return { sent: true }
  } catch (cause) {
    return explain(cause, textIsOut)
  } finally {
    mailer.close()
  }
}

// Codes of nodemailer and of SMTP; the server's text may quote the address, so it is not kept.
function explain(cause: unknown, textIsOut: boolean): SendResult {
  const { code, responseCode, command } = { code: '', responseCode: 0, command: '', ...(cause as { code?: string; responseCode?: number; command?: string }) }
  if (code === 'EAUTH' || responseCode === 530) return { sent: false, error: 'authentication', retry: true }
  if (code === 'ETLS' || command === 'STARTTLS') return { sent: false, error: 'encryption', retry: true }
  if (responseCode >= 400) {
    // Only what is said of the recipient or of the text is about this letter. The rest (a greeting, the sender's address) is between the servers:
    // the letter waits until that is put right.
    const isFinal = responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
    return { sent: false, error: `smtp${responseCode}`, retry: !isFinal }
  }
  if (code === 'EENVELOPE') return { sent: false, error: 'addressRefused', retry: false }
  if (textIsOut) return { sent: false, error: 'brokenOff', retry: false }
  return { sent: false, error: 'unreachable', retry: true }
}
