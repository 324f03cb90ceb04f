import { readFileSync } from 'node:fs'
import type { Knex } from 'knex'
import { textOf } from '../../../support/pdf/read-pdf'

/** The password as the visitor reads it on the sheet: groups of four after the word, `length` characters in all. */
export function passwordOn(pdf: Uint8Array, length: number): string {
  const groups = /Пароль ((?:[!-~]{1,4} )+)/.exec(textOf(pdf))?.[1]?.split(' ') ?? []
  const password = groups.slice(0, Math.ceil(length / 4)).join('')
  if (password.length !== length) throw new Error(`no password of ${length} characters on the sheet`)
  return password
}

export const savedPassword = (path: string, length: number): string => passwordOn(readFileSync(path), length)

export interface Credential {
  id: number
  password_hash: string
  revoked_at: Date | null
  expires_at: Date | null
  issued_at: Date
  one_time: boolean
  memo_number: string
}

/** All passwords ever issued for the portal user of an account, oldest first; only the owner of the database can see them. */
export async function credentialsOf(owner: Knex, accountId: number): Promise<Credential[]> {
  const { rows } = await owner.raw(
    `select c.* from portal_credential c join portal_account_link l on l.portal_user_id = c.portal_user_id and l.unlinked_at is null
     where l.account_id = ? order by c.id`,
    [accountId],
  )
  return rows
}

export async function auditedActions(owner: Knex, action: string): Promise<Record<string, unknown>[]> {
  const { rows } = await owner.raw('select details from audit_event where action = ? order by at, seq', [action])
  return rows.map(({ details }: { details: Record<string, unknown> }) => details)
}
