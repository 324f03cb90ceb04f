import { randomInt } from 'node:crypto'
import type { MemoIssued } from '@shared/contract/portal-access'
import { generatePassword, type PasswordOwner, type PasswordPolicy } from '@shared/domain/password-policy'
import type { ProviderCard, ProviderProfile } from '@shared/domain/provider-profile'
import { AppError } from '@shared/errors'
import type { Database } from '../../db/database'
import type { Service } from '../../ipc/context'
import { seal, type SenderKey } from '../../outbox/sealed'
import { hashLike, hashPassword, type HashRecipe } from '../../password-hash'
import { memoMedia } from '../../printing/documents/memo-media'
import type { MemoSheet } from '../../printing/documents/memo-sheet'
import { drawMemoSheet } from '../../printing/draw'
import { giveSheet } from '../../printing/give-sheet'
import type { Sheets } from '../../printing/sheets'

/** What `portal_password_prepare` answers. */
interface Preparation extends PasswordOwner {
  login: string
  policy: PasswordPolicy
}

/** What `portal_password_issue` answers: all the memo says, the secret excepted. */
interface IssuedMemo extends Omit<MemoSheet, 'password' | 'provider'> {
  provider: ProviderCard & { profile: ProviderProfile }
  timeZone: string
  /** The masked contact it was sent to; null: on paper. */
  sentTo: string | null
}

interface Target {
  operationId: string
  visitId: number
  accountId: number
}

export function portalAccessService({ sheets }: { sheets: Sheets }): Service<'portalAccess'> {
  const sheetOf = (memo: IssuedMemo, password: string): MemoSheet => ({ ...memo, provider: { ...memo.provider, ...memo.provider.profile }, password })

  const drawReceipt = sheets.drawing('passwordReceipt', (memo: IssuedMemo) => drawMemoSheet(sheetOf(memo, ''), { timeZone: memo.timeZone, part: 'receipt' }))

  /** On paper: one transaction with the printing, so that the old password stays in force when the sheet can't be had. */
  async function onPaper(db: Database, target: Target, output: { how: 'print'; printer: string | null } | { how: 'save' }, large: boolean, made: Preparation): Promise<MemoIssued> {
    // Between the hash and the drawing, and gone with this call.
    let password = ''
    const { content: memo, printer, jobId, fileName } = await giveSheet<IssuedMemo>(sheets, db, {
      operationId: target.operationId,
      output,
      form: 'memo',
      name: 'Памятка абонента',
      title: ({ number }) => `Памятка № ${number}`,
      media: (content) => memoMedia(sheetOf(content, ''), large),
      secret: true,
      async issue(transaction, medium) {
        password = generatePassword(made.policy, randomInt, made)
        return { content: await transaction.call('portal_password_issue', { ...target, passwordHash: await hashPassword(password), delivered: medium }) }
      },
      draw: (content) => drawMemoSheet(sheetOf(content, password), { timeZone: content.timeZone, large }),
    })
    if (!memo) throw new AppError('internal')
    return issued(memo, jobId === null ? { how: 'saved', fileName: fileName ?? '' } : { how: 'printed', printer: printer ?? '', jobId })
  }

  /** In a letter or SMS: sealed to the senders that live before it leaves this process, put into the outbox with the hash. */
  async function inLetter(db: Database, target: Target, channel: 'email' | 'sms', made: Preparation): Promise<MemoIssued> {
    const keys = await db.call<SenderKey[]>('outbox_sender_keys')
    if (keys.length === 0) throw new AppError('conflict', 'noSenderOfSecrets')
    const password = generatePassword(made.policy, randomInt, made)
    const [passwordHash, sealed] = await Promise.all([hashPassword(password), seal({ password }, keys, target.operationId)])
    const memo = await db.call<IssuedMemo>('portal_password_issue', { ...target, passwordHash, delivered: channel, sealed })
    return issued(memo, { how: 'sent', channel, to: memo.sentTo ?? '' })
  }

  return {
    impact: (input, { db }) => db.call('portal_impact', input),

    async reissuePassword({ operationId, visitId, accountId, output }, { db }) {
      const target = { operationId, visitId, accountId }
      const { policy, ...owner } = await db.call<Preparation>('portal_password_prepare', { ...target, delivered: output.how })
      const made = { policy, ...owner }
      return output.how === 'print' || output.how === 'save' ? onPaper(db, target, output, output.large, made) : inLetter(db, target, output.how, made)
    },

    letter: (input, { db }) => db.call('portal_letter', input),

    receipt: ({ operationId, visitId, accountId, output }, { db }) =>
      giveSheet<IssuedMemo>(sheets, db, {
        operationId,
        output,
        form: 'memo',
        name: 'Расписка о выдаче пароля',
        issue: (transaction, medium) => transaction.call('portal_receipt', { operationId, visitId, accountId, medium }),
        draw: drawReceipt,
      }),

    async checkSheet({ operationId, visitId, accountId, password }, { db }) {
      // Groups of four are printed with thin spaces between; no password holds one.
      const typed = password.replace(/\s/g, '')
      const recipes = await db.call<(HashRecipe & { id: number })[]>('portal_sheet_salts', { visitId, accountId })
      const hashes = await Promise.all(recipes.map(async ({ id, ...recipe }) => ({ id, hash: await hashLike(typed, recipe) })))
      return db.call('portal_sheet_check', { operationId, visitId, accountId, hashes: JSON.stringify(hashes) })
    },
  }
}

function issued({ number: memoNumber, login, issuedAt, expiresAt }: IssuedMemo, delivered: MemoIssued['delivered']): MemoIssued {
  return { memoNumber, login, issuedAt, expiresAt, delivered }
}
