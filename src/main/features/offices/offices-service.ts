import type { Service } from '../../ipc/context'

export function officesService(): Service<'offices'> {
  return {
    list: (_input, { db }) => db.call('office_list'),
    save: (input, { db }) => db.call('office_save', { office: input }),
  }
}
