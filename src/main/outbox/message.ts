import { isMessageTemplate, renderMessage, type MessageChannel, type MessageOverrides, type MessageParams } from '@shared/domain/message-templates'

export interface WrittenMessage {
  /** Empty for an SMS. */
  subject: string
  text: string
}

/**
 * Puts a message of the outbox into words: the provider's own (`profile.messages`), else the usual ones. Throws RangeError for a template nobody knows
 * and for parameters that lack what the template needs.
 */
export function writeMessage(template: string, channel: MessageChannel, params: MessageParams, overrides: MessageOverrides | null): WrittenMessage {
  if (template === 'test') return testMessage(channel, String(params['office'] ?? ''))
  if (!isMessageTemplate(template)) throw new RangeError('no such message template')
  if (channel === 'sms') return { subject: '', text: renderMessage(template, 'sms', params, overrides ?? {}).text }
  return renderMessage(template, 'email', params, overrides ?? {})
}

/** To the administrator who has just set the mail server or the gateway: no subscriber ever gets it. */
function testMessage(channel: MessageChannel, office: string): WrittenMessage {
  const text = `Проверка связи: ${office}. Если вы это читаете, сообщения уходят.`
  return { subject: channel === 'email' ? 'Проверка отправки писем' : '', text }
}
