import { renderMessage, sampleParams, type MessageChannel, type MessageOverrides, type MessageTemplate, type RenderedMessage } from '@shared/domain/message-templates'
import type { ProviderCard } from '@shared/domain/provider-profile'

/** Values as this provider's subscribers would get them; fictional, and nothing in them opens anything. */
export function sampleOf(template: MessageTemplate, card: ProviderCard): Record<string, unknown> {
  const { portal, password, safety } = card.profile
  const link = (secret: string) => (portal.confirmUrl ?? '').replace('{token}', secret)
  const usual = sampleParams(template)
  const own: Record<string, unknown> = {
    provider: card.name || usual['provider'],
    portalName: portal.name,
    url: portal.url || usual['url'],
    login: { email: 'maria@example.org', account: '100200300', contract: '100200300' }[portal.scheme],
    minutes: portal.codeMinutes,
    hours: template === 'pin' ? portal.pinHours : template === 'contactChanged' ? safety.revertHours : portal.linkMinutes / 60,
    pin: '604173925'.slice(0, portal.pinDigits),
    link: link('Zm9yLXByZXZpZXctb25seQ') || usual['link'],
    revertLink: link('cmV2ZXJ0LXByZXZpZXc'),
    expires: password.ttlHours === null ? null : usual['expires'],
  }
  return { ...usual, ...Object.fromEntries(Object.entries(own).filter(([name]) => name in usual)) }
}

/** The message as it would leave; null when it can't be written from what is typed. */
export function sampleMessage<Channel extends MessageChannel>(template: MessageTemplate, channel: Channel, card: ProviderCard, overrides: MessageOverrides): RenderedMessage<Channel> | null {
  try {
    return renderMessage(template, channel, sampleOf(template, card), overrides)
  } catch (cause) {
    if (cause instanceof RangeError) return null
    throw cause
  }
}
