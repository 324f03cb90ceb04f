import { z } from 'zod'
import { isLoopback, smsGateway } from '../domain/sms-gateway'
import { admins, anyStaff } from '../roles'
import { command, query } from './call'
import { instant, nothing } from './values'

const pem = z.string().trim().max(20_000).regex(/^-----BEGIN CERTIFICATE-----/)

/** How letters leave the office. The password goes in and never comes out; left out, the stored one stays. */
export const mailTransport = z
  .object({
    host: z.string().trim().min(1).max(253),
    port: z.int().min(1).max(65535),
    security: z.enum(['starttls', 'tls', 'none']),
    username: z.string().max(254).optional(),
    fromAddress: z.email().max(254),
    fromName: z.string().trim().min(1).max(120),
    /** Certificate (PEM) of an own authority, when the server's is not known to the system. */
    ca: pem.optional(),
  })
  // A password and codes in the open: only where nobody else's wire lies between.
  .refine(({ security, host }) => security !== 'none' || isLoopback(host), { path: ['security'], error: 'encryptionRequired' })
export type MailTransport = z.infer<typeof mailTransport>

/** A login of the database for a provider's portal (docs/portal.md), and whose portal it is. */
export const portalLogin = z.object({ login: z.string(), provider: z.string(), addedAt: instant })
export type PortalLogin = z.infer<typeof portalLogin>

export const look = z.object({ language: z.enum(['ru', 'en']), theme: z.enum(['light', 'dark', 'system']) })

export const settingsContract = {
  look: query({ access: 'everyone', input: nothing, output: look }),
  saveLook: command({ access: anyStaff, input: look.partial(), output: look }),
  mail: query({ access: admins, input: nothing, output: z.object({ transport: mailTransport.nullable() }) }),
  /** conflict-free; invalidInput 'secretOfAnotherHost': the stored password is for the host it was typed for. */
  saveMail: command({ access: admins, input: mailTransport.safeExtend({ password: z.string().max(256).optional() }), output: nothing }),
  sms: query({ access: admins, input: nothing, output: z.object({ gateway: smsGateway.nullable(), hasSecret: z.boolean() }) }),
  saveSms: command({ access: admins, input: z.object({ gateway: smsGateway, secret: z.string().min(1).max(512).optional() }), output: nothing }),
  removeSms: command({ access: admins, input: nothing, output: nothing }),
  portalLogins: query({ access: admins, input: nothing, output: z.object({ logins: z.array(portalLogin) }) }),
  /** notFound 'provider', conflict 'loginTaken', invalidInput 'loginForm'. The password is chosen by whoever runs the portal and is never shown: give it to `okno call` by standard input. */
  addPortalLogin: command({
    access: admins,
    input: z.object({ provider: z.string().max(30), login: z.string().regex(/^[a-z][a-z0-9_]{2,40}$/), password: z.string().min(16).max(200) }),
    output: z.object({ login: z.string(), provider: z.string() }),
  }),
  /** Ends its connections at once. notFound 'portalLogin'. */
  removePortalLogin: command({ access: admins, input: z.object({ login: z.string().max(60) }), output: z.object({ login: z.string() }) }),
  /** Goes the way of every message; what became of it is asked with outbox.message. conflict 'tooManyTests': five a minute. */
  testMessage: command({
    access: admins,
    input: z.object({ operationId: z.uuid(), channel: z.enum(['email', 'sms']), recipient: z.string().trim().min(3).max(254) }),
    output: z.object({ id: z.int() }),
  }),
}
