import type { Service } from '../../ipc/context'

export function providersService(): Service<'providers'> {
  return {
    list: (_input, { db }) => db.call('provider_list'),
    save: (card, { db }) => db.call('provider_save', { card }),
  }
}
