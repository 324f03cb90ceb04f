import iconv from 'iconv-lite'
import { periodName } from '@shared/domain/dates'
import { buildGostQr, gostQrPeriod } from '@shared/domain/gost-qr'
import type { PaymentDocumentContent, PaymentDocumentPayer, PaymentDocumentProvider } from '@shared/domain/payment-document'

export interface PaymentCode {
  /** As the code says it. */
  text: string
  /** What a bank's app reads from the symbol. */
  bytes: Uint8Array
}

/** What the payment is for, as the bank writes it into the payment order. */
export function paymentPurpose({ provider, payer, period }: Pick<PaymentDocumentContent, 'provider' | 'payer' | 'period'>): string {
  if (provider.kind === 'internet') return `Оплата услуг связи по договору ${payer.contract ?? payer.account}`
  return `Оплата ЖКУ за ${periodName(period)}, л/с ${payer.account}`.replaceAll('\u00a0', ' ')
}

/** The code of a payment document; null when nothing is due: a code without a sum, or with a zero, makes banks ask the payer for one. */
export function paymentQr(content: PaymentDocumentContent): PaymentCode | null {
  const { provider, payer, period, totals } = content
  return totals.due > 0 ? paymentCode({ provider, payer, period, sum: totals.due, purpose: paymentPurpose(content) }) : null
}

/** The payment code by ГОСТ Р 56042-2014. `period` and `counter` (number of the meter and what it shows) are left out where there is none; `sum` is kopecks. */
export function paymentCode({
  provider,
  payer,
  sum,
  purpose,
  period,
  counter,
}: {
  provider: PaymentDocumentProvider
  payer: PaymentDocumentPayer
  sum: number
  purpose: string
  period: string | null
  counter?: { id: string; value: string } | null
}): PaymentCode {
  const internet = provider.kind === 'internet'
  const { text, encoding } = buildGostQr(
    {
      Name: provider.legalName,
      PersonalAcc: provider.settlementAccount,
      BankName: provider.bankName,
      BIC: provider.bic,
      CorrespAcc: provider.correspondentAccount,
      Sum: sum,
      Purpose: purpose,
      PayeeINN: provider.inn,
      KPP: provider.kpp,
      LastName: payer.lastName,
      FirstName: payer.firstName,
      MiddleName: payer.middleName,
      ...(internet
        ? { Contract: payer.contract ?? payer.account, PersAcc: payer.contract && payer.contract !== payer.account ? payer.account : null }
        : { PayerAddress: payer.address, PersAcc: payer.account, PaymPeriod: period === null ? null : gostQrPeriod(period) }),
      ...(counter ? { CounterId: counter.id, CounterVal: counter.value } : {}),
      TechCode: provider.techCode,
    },
    provider.qrEncoding,
  )
  return { text, bytes: encoding === 'utf-8' ? new TextEncoder().encode(text) : new Uint8Array(iconv.encode(text, 'windows-1251')) }
}
