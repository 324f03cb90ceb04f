import iconv from 'iconv-lite'
import { periodName } from '@shared/domain/dates'
import { buildGostQr, gostQrPeriod } from '@shared/domain/gost-qr'
import type { PaymentDocumentContent } from '@shared/domain/payment-document'

/** What the payment is for, as the bank writes it into the payment order. */
export function paymentPurpose({ provider, payer, period }: PaymentDocumentContent): string {
  if (provider.kind === 'internet') return `Оплата услуг связи по договору ${payer.contract ?? payer.account}`
  return `Оплата ЖКУ за ${periodName(period)}, л/с ${payer.account}`.replaceAll('\u00a0', ' ')
}

/**
 * The payment code of a document by ГОСТ Р 56042-2014: its text, and the bytes a bank's app reads from the symbol.
 * Null when nothing is due: a code without a sum, or with a zero, makes banks ask the payer for one.
 */
export function paymentQr(content: PaymentDocumentContent): { text: string; bytes: Uint8Array } | null {
  const { provider, payer, period, totals } = content
  if (totals.closing <= 0) return null
  const internet = provider.kind === 'internet'
  const { text, encoding } = buildGostQr(
    {
      Name: provider.legalName,
      PersonalAcc: provider.settlementAccount,
      BankName: provider.bankName,
      BIC: provider.bic,
      CorrespAcc: provider.correspondentAccount,
      Sum: totals.closing,
      Purpose: paymentPurpose(content),
      PayeeINN: provider.inn,
      KPP: provider.kpp,
      LastName: payer.lastName,
      FirstName: payer.firstName,
      MiddleName: payer.middleName,
      ...(internet
        ? { Contract: payer.contract ?? payer.account, PersAcc: payer.contract && payer.contract !== payer.account ? payer.account : null }
        : { PayerAddress: payer.address, PersAcc: payer.account, PaymPeriod: gostQrPeriod(period) }),
      TechCode: provider.techCode,
    },
    provider.qrEncoding,
  )
  return { text, bytes: encoding === 'utf-8' ? new TextEncoder().encode(text) : new Uint8Array(iconv.encode(text, 'windows-1251')) }
}
