import type { InputOf } from '@shared/contract/call'
import type { contactsContract } from '@shared/contract/contacts'
import type { CastMember } from '../../../../src/main/training'
import { operation, type TestDesk, type TestOffice } from '../../../support/test-app'
import { identifiedVisitOf } from '../visits/visit-of'

type Change = Omit<InputOf<typeof contactsContract.change>, 'operationId' | 'visitId' | 'version'>

/** A message of the outbox as it lies there before it leaves. */
export interface Message {
  channel: 'email' | 'sms'
  recipient: string
  template: string
  params: Record<string, string | number>
}

/** The contacts of one person in a visit of one desk, and what the outbox holds of them. */
export async function contactsAtDesk(office: TestOffice, desk: TestDesk, person: CastMember) {
  const visit = await identifiedVisitOf(desk, person)
  const card = () => desk.api.desk.card({ subscriberId: visit.subscriberId })
  const version = async () => (await card()).subscriber.version
  const inVisit = { visitId: visit.id }

  async function messages(template?: string): Promise<Message[]> {
    const { rows } = await office.owner.raw(`select channel, recipient, template, params from outbox_message where params is not null order by id`)
    return rows.filter((message: Message) => !template || message.template === template)
  }
  const secretOf = async (template: string, name: string) => String((await messages(template)).findLast(({ params }) => params[name])?.params[name] ?? '')

  const contacts = {
    visit,
    card,
    version,
    messages,
    /** The code that lies in the outbox last. */
    code: () => secretOf('contactCode', 'code'),
    /** The token behind «#» of the last link of this kind. */
    token: async (template: 'contactLink' | 'contactChanged' = 'contactLink') => (await secretOf(template, template === 'contactLink' ? 'link' : 'revertLink')).split('#')[1] ?? '',
    async change(change: Partial<Change> & { value: string }) {
      const operationId = operation()
      const answer = await desk.api.contacts.change({ operationId, ...inVisit, kind: 'email', purpose: 'main', contactId: null, way: change.kind === 'phone' ? 'smsCode' : 'emailCode', ...change, version: await version() })
      return { operationId, ...answer }
    },
    /** Changed and confirmed by the code. */
    async changed(change: Partial<Change> & { value: string }) {
      const { contactId, confirmation } = await contacts.change(change)
      const operationId = operation()
      const { confirmed } = await desk.api.contacts.confirm({ operationId, ...inVisit, confirmationId: confirmation!.id, code: await contacts.code() })
      if (!confirmed) throw new Error('the code of the outbox was not taken')
      return { operationId, contactId }
    },
    confirm: (confirmationId: number, code: string) => desk.api.contacts.confirm({ operationId: operation(), ...inVisit, confirmationId, code }),
    revert: async (contactId: number) => desk.api.contacts.revert({ operationId: operation(), ...inVisit, contactId, version: await version() }),
    remove: async (contactId: number, despite = false) => desk.api.contacts.remove({ operationId: operation(), ...inVisit, contactId, version: await version(), despite }),
    undo: (target: string) => desk.api.visits.undo({ operationId: operation(), target }),
    /** In force or waiting: «m***@example.org main confirmed». */
    async list(kind: 'email' | 'phone' = 'email') {
      return (await card()).contacts.filter((contact) => contact.kind === kind && (contact.isCurrent || contact.state === 'awaiting')).map(({ masked, purpose, state }) => `${masked} ${purpose} ${state}`)
    },
    async main(kind: 'email' | 'phone' = 'email') {
      return (await card()).contacts.find((contact) => contact.kind === kind && contact.isCurrent && contact.purpose === 'main')
    },
  }
  return contacts
}

/** What the page behind the link of a letter asks the database. */
export async function followLink(office: TestOffice, what: 'confirm' | 'revert', token: string): Promise<{ result: string; kind?: string }> {
  const { rows } = await office.owner.raw(`select portal_contact_${what}(?) as answer`, [token])
  return rows[0].answer
}

/** Time goes by for everything that counts from when a message was sent or a change was made. */
export const timePasses = (office: TestOffice, interval: string) =>
  office.owner.raw(
    `do $$ begin
       perform set_config('okno.operation', 'test', true);
       update contact_confirmation set sent_at = sent_at - interval '${interval}', expires_at = expires_at - interval '${interval}';
       update subscriber_contact set in_force_at = in_force_at - interval '${interval}', revert_until = revert_until - interval '${interval}', ended_at = ended_at - interval '${interval}';
       update contact_revert_link set expires_at = expires_at - interval '${interval}';
       update operation set at = at - interval '${interval}' where kind like 'contacts.%';
     end $$`,
  )
