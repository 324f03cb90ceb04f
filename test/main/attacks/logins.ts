import { randomBytes } from 'node:crypto'
import pg from 'pg'
import type { TestOffice } from '../../support/test-app'
import { outboxLogin } from '../outbox/mail-office'
import { openPortal } from '../portal/portal'

/** Everybody who can connect to the office's database, as psql sees it. */
export type Attacker = 'operator' | 'supervisor' | 'administrator' | 'portal' | 'sender' | 'nobody'
export const attackers: Attacker[] = ['operator', 'supervisor', 'administrator', 'portal', 'sender', 'nobody']
/** The group roles a login of each is in. */
export const groupsOf: Record<Attacker, string[]> = {
  operator: ['okno_staff', 'okno_operator'],
  supervisor: ['okno_staff', 'okno_supervisor'],
  administrator: ['okno_staff', 'okno_admin'],
  portal: ['okno_portal'],
  sender: ['okno_outbox'],
  nobody: ['okno_staff'],
}

export async function openAttackers(office: TestOffice): Promise<Record<Attacker, pg.Client> & { close(): Promise<void> }> {
  const opened: pg.Client[] = []
  const connect = async (user: string, password: string): Promise<pg.Client> => {
    const client = new pg.Client({ ...office.deskAddress, user, password })
    await client.connect()
    opened.push(client)
    return client
  }
  const portal = await openPortal(office, 'enser')
  const sender = await outboxLogin(office)
  const nobody = `nobody_${randomBytes(4).toString('hex')}`
  const nobodyPassword = randomBytes(9).toString('hex')
  await office.owner.raw(`create role ${nobody} login password '${nobodyPassword}' in role okno_staff`)
  await office.owner.raw('grant connect on database ?? to ??', [office.address.database, nobody])
  return {
    operator: await office.psql('first'),
    supervisor: await office.psql('senior'),
    administrator: await office.psql('admin'),
    portal: portal.client,
    sender: await connect(sender.user, sender.password),
    nobody: await connect(nobody, nobodyPassword),
    async close() {
      for (const client of opened) await client.end()
      await portal.close()
    },
  }
}
