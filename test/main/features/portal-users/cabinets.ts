import type { Knex } from 'knex'
import { randomBytes } from 'node:crypto'
import { hashPassword } from '../../../../src/main/password-hash'
import type { TestOffice } from '../../../support/test-app'

/** What the portals would have done: arranged by the owner of the database. */
export function cabinets({ owner }: Pick<TestOffice, 'owner'>) {
  const one = async <T>(sql: string, values: Knex.RawBinding[] = []): Promise<T> => {
    const { rows } = await owner.raw<{ rows: { value: T }[] }>(sql, values)
    return rows[0]!.value
  }

  const accountId = (provider: string, number: string) => one<number>('select a.id::int as value from account a join provider p on p.id = a.provider_id where p.code = ? and a.number = ?', [provider, number])

  return {
    one,
    accountId,
    /** The training office has requests and a stranger's cabinet of its own. */
    async empty(): Promise<void> {
      await owner.raw('delete from portal_pin_request')
      await owner.raw('delete from portal_registration')
      await owner.raw(`delete from portal_account_link where portal_user_id in (select id from portal_user where login = 'sosed.po.dache@example.org')`)
    },
    /** As if nobody had ever registered under this login. */
    async forget(login: string): Promise<void> {
      const ids = owner('portal_user').where({ login }).select('id')
      await owner('portal_account_link').whereIn('portal_user_id', ids.clone()).delete()
      await owner('portal_user').where({ login }).delete()
    },
    /** A portal user that holds these accounts of one provider. */
    async user(provider: string, login: string, numbers: readonly string[]): Promise<number> {
      const id = await one<number>('insert into portal_user (provider_id, login) select id, ? from provider where code = ? returning id::int as value', [login, provider])
      for (const number of numbers) await owner.raw('insert into portal_account_link (portal_user_id, account_id) values (?, ?)', [id, await accountId(provider, number)])
      return id
    },
    userOf: (provider: string, login: string) => one<number>('select u.id::int as value from portal_user u join provider p on p.id = u.provider_id where p.code = ? and u.login_key = lower(?)', [provider, login]),
    /** The password the subscriber has chosen at the portal. */
    async password(userId: number, password: string): Promise<void> {
      await owner.raw('select (credential_chosen(u, ?)).id from portal_user u where u.id = ?', [await hashPassword(password), userId])
    },
    /** Another account of somebody, like one they have. */
    async account(provider: string, like: string, number: string, numberKey: string): Promise<number> {
      return one<number>(
        `insert into account (provider_id, number, number_key, subscriber_id, address_id, status)
         select a.provider_id, ?, ?, a.subscriber_id, a.address_id, 'active' from account a where a.id = ? returning id::int as value`,
        [number, numberKey, await accountId(provider, like)],
      )
    },
    confirmEmail: (email: string) => owner.raw(`update subscriber_contact set state = 'confirmed', confirmed_at = now() - interval '100 days', confirmed_how = 'portal' where key = ? and is_current`, [email]),
    doubtEmail: (email: string) => owner.raw(`update subscriber_contact set state = 'unconfirmed', confirmed_at = null, confirmed_how = null where key = ? and is_current`, [email]),
    profile: (provider: string, path: string, value: unknown) => owner.raw(`update provider set profile = jsonb_set(profile, ?::text[], ?::jsonb) where code = ?`, [path, JSON.stringify(value), provider]),
    askPin: async (userId: number) => one<{ requestId: number; state: string }>('select portal_pin_ask(?) as value', [userId]),
    checkPin: (userId: number, pin: string) => one<{ result: string; attemptsLeft: number }>('select portal_pin_check(?, ?) as value', [userId, pin]),
    /** Letters and SMS of a template, the newest last. */
    async letters(template: string): Promise<{ recipient: string; channel: string; state: string; params: Record<string, string> | null }[]> {
      return owner('outbox_message').where({ template }).orderBy('id').select('recipient', 'channel', 'state', 'params')
    },
    access: (userId: number) => one<string>('select portal_user_access(u) as value from portal_user u where id = ?', [userId]),
    register: (provider: string, login: string, email: string, numberKey: string | null, passwordHash: string | null = null) =>
      one<{ registrationId: number | null; result: string }>('select portal_registration_ask(id, ?, ?, ?, ?) as value from provider where code = ?', [login, email, numberKey, passwordHash, provider]),
    follow: (link: string) => one<{ result: string; portalUserId: number | null }>('select portal_registration_confirm(?) as value', [link.split('#')[1] ?? '']),
    /** Everywhere a secret could have stayed behind, as text. */
    everything: () => one<string>(`select concat_ws(' ', (select string_agg(o::text, ' ') from operation o), (select string_agg(e::text, ' ') from audit_event e),
      (select string_agg(r::text, ' ') from portal_pin_request r), (select string_agg(r::text, ' ') from portal_registration r), (select string_agg(c::text, ' ') from portal_credential c)) as value`),
  }
}
export type Cabinets = ReturnType<typeof cabinets>

/** A login nobody has. */
export const strangersEmail = () => `stranger.${randomBytes(4).toString('hex')}@example.org`
