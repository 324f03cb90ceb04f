import { randomInt } from 'node:crypto'
import type { MemoIssued } from '@shared/contract/portal-access'
import { generatePassword, type PasswordOwner, type PasswordPolicy } from '@shared/domain/password-policy'
import type { Service } from '../../ipc/context'
import { hashPassword } from '../../password-hash'
import { drawMemoSheet, type MemoSheet } from '../../printing/documents/memo-sheet'
import type { ProviderCard, ProviderProfile } from '@shared/domain/provider-profile'
import type { Delivery, Sheets } from '../../printing/sheets'

/** What `portal_password_prepare` answers. */
interface Preparation extends PasswordOwner {
  login: string
  policy: PasswordPolicy
}

/** What `portal_password_issue` answers: all the memo says, the secret excepted. */
interface IssuedMemo extends Omit<MemoSheet, 'password' | 'provider'> {
  provider: ProviderCard & { profile: ProviderProfile }
  timeZone: string
}

export function portalAccessService({ sheets }: { sheets: Sheets }): Service<'portalAccess'> {
  return {
    impact: (input, { db }) => db.call('portal_impact', input),

    async reissuePassword({ operationId, visitId, accountId, output }, { db }): Promise<MemoIssued> {
      const target = { operationId, visitId, accountId }
      const { policy, ...owner } = await db.call<Preparation>('portal_password_prepare', target)
      const queue = output.how === 'print' ? await sheets.queueFor('memo', output.printer) : null
      const path = output.how === 'save' ? await sheets.choosePath('Памятка абонента') : null

      const password = generatePassword(policy, randomInt, owner)
      const passwordHash = await hashPassword(password)
      const handed: { delivery?: Delivery } = {}
      try {
        // One transaction with the printing: when the sheet can't be had, the old password stays in force.
        return await db.transaction(async (transaction) => {
          const memo = await transaction.call<IssuedMemo>('portal_password_issue', { ...target, passwordHash, delivered: output.how })
          const pdf = await drawMemoSheet({ ...memo, provider: { ...memo.provider, ...memo.provider.profile }, password }, { timeZone: memo.timeZone })
          try {
            handed.delivery = path === null ? await sheets.print(pdf, { queue: queue ?? '', title: `Памятка № ${memo.number}`, secret: true }) : await sheets.save(pdf, path)
          } finally {
            pdf.fill(0)
          }
          await transaction.call('operation_delivered', { operationId, delivery: handed.delivery })
          const { number: memoNumber, login, issuedAt, expiresAt } = memo
          return { memoNumber, login, issuedAt, expiresAt, delivered: deliveredBy(handed.delivery) }
        })
      } catch (cause) {
        if (handed.delivery) await sheets.withdraw(handed.delivery, path)
        throw cause
      }
    },
  }
}

function deliveredBy({ jobId, printer = '', fileName = '' }: Delivery): MemoIssued['delivered'] {
  return jobId === undefined ? { how: 'saved', fileName } : { how: 'printed', printer, jobId }
}
