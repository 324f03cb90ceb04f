import { z } from 'zod'
import { admins, anyStaff } from '../roles'
import { command, query } from './call'
import { nothing } from './values'

/** How letters leave the office. The password goes in and never comes out; left out, the stored one stays. */
export const mailTransport = z.object({
  host: z.string().trim().min(1).max(253),
  port: z.int().min(1).max(65535),
  security: z.enum(['starttls', 'tls', 'none']),
  username: z.string().max(254).optional(),
  fromAddress: z.email().max(254),
  fromName: z.string().trim().min(1).max(120),
})
export type MailTransport = z.infer<typeof mailTransport>

export const look = z.object({ language: z.enum(['ru', 'en']), theme: z.enum(['light', 'dark', 'system']) })

export const settingsContract = {
  look: query({ access: 'everyone', input: nothing, output: look }),
  saveLook: command({ access: anyStaff, input: look.partial(), output: look }),
  mail: query({ access: admins, input: nothing, output: z.object({ transport: mailTransport.nullable() }) }),
  saveMail: command({ access: admins, input: mailTransport.extend({ password: z.string().max(256).optional() }), output: nothing }),
}
