import { Readable } from 'node:stream'
import type { MailTransport } from '@shared/contract/settings'

export type Transport = MailTransport & { password?: string | undefined }

export interface Letter {
  subject: string
  text: string
  attachment?: { fileName: string; pdf: Uint8Array }
}

/**
 * How one attempt ended. `later`: the other side asked to come again, could not be reached, or would not let the office in. `refused`: for good.
 * `uncertain`: no answer came after the whole text had gone out; it may have been taken, and a second message is worse than none.
 * `lost`: the message is somebody else's by now (or cancelled), and nothing of it has gone out.
 */
export type SendResult = { outcome: 'sent' } | { outcome: 'later' | 'refused' | 'uncertain'; error: string; waitSeconds?: number | undefined } | { outcome: 'lost' }

/** Asked right before the text goes out; false: it must not. */
export type MayStart = () => Promise<boolean>

/** Sends one letter by SMTP. The message id is made of the outbox id, so that a server or a mailbox that gets it twice can tell. */
export async function sendMail(transport: Transport, { id, to, letter }: { id: number; to: string; letter: Letter }, mayStart: MayStart): Promise<SendResult> {
  const { host, port, security, username, password, fromAddress, fromName, ca } = transport
  const { createTransport } = await import('nodemailer')
  const mailer = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    tls: { minVersion: 'TLSv1.2', rejectUnauthorized: true, ...(ca ? { ca } : {}) },
    ...(username ? { auth: { user: username, pass: password ?? '' } } : {}),
    connectionTimeout: 15_000,
    greetingTimeout: 15_000,
    socketTimeout: 45_000,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  let isLost = false
  let textIsOut = false
  mailer.use('stream', ({ message }, done) => {
    // The connection begins to read only after the server's «354 go on», and the library tells a loss after the text in the same words as one before it.
    message.processFunc((text) =>
      Readable.from(
        (async function* () {
          isLost = !(await mayStart())
          if (isLost) throw new Error('the message is not ours any more')
          yield* text as AsyncIterable<Buffer>
          textIsOut = true
        })(),
        { objectMode: false },
      ),
    )
    done()
  })
  try {
    await mailer.sendMail({
      from: { name: fromName, address: fromAddress },
      to: { name: '', address: to },
      subject: letter.subject,
      text: letter.text,
      ...(letter.attachment ? { attachments: [{ filename: letter.attachment.fileName, content: Buffer.from(letter.attachment.pdf), contentType: 'application/pdf' }] } : {}),
      messageId: `<okno-${id}@${fromAddress.split('@')[1] ?? 'okno.invalid'}>`,
    })
    return { outcome: 'sent' }
  } catch (cause) {
    return isLost ? { outcome: 'lost' } : explain(cause, textIsOut)
  } finally {
    mailer.close()
  }
}

/** Codes of OpenSSL by which a connection fails because of who answers, not because nobody does. */
const certificateCode = /CERT|SELF_SIGNED|UNABLE_TO_(GET|VERIFY|DECRYPT)|^ERR_TLS_CERT|HOSTNAME_MISMATCH|^CRL_/

// Codes of nodemailer and of SMTP; the server's text may quote the address, so it is not kept.
function explain(cause: unknown, textIsOut: boolean): SendResult {
  const { code, originalCode, responseCode, command } = { code: '', originalCode: '', responseCode: 0, command: '', ...(cause as { code?: string; originalCode?: string; responseCode?: number; command?: string }) }
  if (certificateCode.test(originalCode) || certificateCode.test(code)) return { outcome: 'later', error: 'certificate' }
  if (code === 'EAUTH' || responseCode === 530) return { outcome: 'later', error: 'authentication' }
  if (code === 'ETLS' || command === 'STARTTLS' || /^ERR_SSL|^EPROTO$/.test(originalCode)) return { outcome: 'later', error: 'encryption' }
  if (responseCode >= 400) {
    // Only what is said of the recipient or of the text is about this letter. The rest (a greeting, the sender's address) is between the servers:
    // the letter waits until that is put right.
    const isFinal = responseCode >= 500 && (command === 'RCPT TO' || command === 'DATA')
    return { outcome: isFinal ? 'refused' : 'later', error: `smtp${responseCode}` }
  }
  if (code === 'EENVELOPE') return { outcome: 'refused', error: 'addressRefused' }
  if (textIsOut) return { outcome: 'uncertain', error: 'brokenOff' }
  return { outcome: 'later', error: 'unreachable' }
}
