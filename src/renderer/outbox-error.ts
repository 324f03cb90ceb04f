import { hasText, t } from './i18n'

/**
 * Why a message is not sent, in words that say what to do. Codes are those of main/outbox and 0024-outbox.sql; an answer of a server that has no words of
 * its own is told by its class and number.
 */
export function outboxErrorText(error: string): string {
  const key = `outbox.errors.${error}`
  if (hasText(key)) return t(key)
  const [, kind, code = ''] = /^(smtp|gateway)(\d{3})$/.exec(error) ?? []
  if (kind === 'smtp') return t(code.startsWith('5') ? 'outbox.errors.smtpRefused' : 'outbox.errors.smtpLater', { code })
  if (kind === 'gateway') return t(code.startsWith('5') ? 'outbox.errors.gatewayBroken' : 'outbox.errors.gatewayAnswered', { code })
  return t('outbox.errors.unknown', { code: error })
}

/** «Код подтверждения», or the code itself for a template that this version has no words for. */
export function templateText(template: string): string {
  const key = `outbox.template.${template}`
  return hasText(key) ? t(key) : template
}
