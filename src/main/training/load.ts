import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Knex } from 'knex'
import { createDatabase } from '../db/database'
import { importRegister } from '../features/registers/import-register'
import type { TrainingOffice } from './office'
import { writeRegisters } from './write-registers'

/** Loads a training office the way a real one comes: register files through the import, then what no register holds. May be repeated. */
export async function loadTrainingOffice(owner: Knex, folder: string, onStep: (step: string) => void, office: TrainingOffice): Promise<void> {
  const db = createDatabase(owner)
  const registers = await mkdtemp(join(folder, 'training-'))
  try {
    const paths = await writeRegisters(registers, office)
    for (const [kind, path] of Object.entries(paths)) {
      onStep(`loadingTraining ${kind}`)
      await importRegister(db, { kind: kind as keyof typeof paths, path })
    }
  } finally {
    await rm(registers, { recursive: true, force: true })
  }
  await addPortalUsers(owner, office)
}

/** The portals' side of it: who has a login, what it is linked to, which addresses were confirmed there. */
async function addPortalUsers(owner: Knex, office: TrainingOffice): Promise<void> {
  const users = JSON.stringify(office.portalUsers)
  await owner.transaction(async (trx) => {
    // One recorded operation, not hundreds of changes nobody can explain.
    await trx.raw("select set_config('okno.operation', 'training', true)")
    await trx.raw(
      `with given as (
         select g.*, p.id as provider_id from jsonb_to_recordset(?::jsonb)
           as g(provider text, login text, accounts text[], "lastSignInAt" timestamptz, esia jsonb) join provider p on p.code = g.provider
       ), users as (
         insert into portal_user (provider_id, login, last_sign_in_at) select provider_id, login, "lastSignInAt" from given
         on conflict on constraint portal_user_login_key do nothing returning id, provider_id, login
       ), linked as (
         insert into portal_account_link (portal_user_id, account_id)
         select u.id, a.id from users u join given g using (provider_id, login) join account a on a.provider_id = g.provider_id and a.number = any(g.accounts)
         returning portal_user_id, account_id
       )
       insert into esia_link (portal_user_id, account_id, masked_name, linked_at)
       select l.portal_user_id, l.account_id, g.esia ->> 'holder', (g.esia ->> 'linkedAt')::timestamptz
       from linked l join users u on u.id = l.portal_user_id join given g on g.provider_id = u.provider_id and g.login = u.login
       where jsonb_typeof(g.esia) = 'object'`,
      [users],
    )
    await trx.raw(
      `update subscriber_contact k set state = 'confirmed', confirmed_at = now() - interval '200 days', confirmed_how = 'portal'
       from jsonb_to_recordset(?::jsonb) as g(provider text, accounts text[], email text, "emailConfirmed" boolean)
       join provider p on p.code = g.provider join account a on a.provider_id = p.id and a.number = any(g.accounts)
       where g."emailConfirmed" and k.subscriber_id = a.subscriber_id and k.kind = 'email' and k.is_current and k.key = lower(g.email)`,
      [users],
    )
    await trx.raw("select audit_record('training.portalUsers', null, null, jsonb_build_object('users', ?::int))", [office.portalUsers.length])
  })
  await owner.raw('analyze')
}
