import type { Service } from '../../ipc/context'

export function flagsService(): Service<'flags'> {
  return {
    list: (input, { db }) => db.call('flag_list', input),
    decide: (input, { db }) => db.call('flag_decide', input),
    check: (input, { db }) => db.call('flag_check', input),
    rules: (_input, { db }) => db.call('flag_rules'),
    tune: (input, { db }) => db.call('flag_rule_save', input),
    attention: (_input, { db }) => db.call('attention_counts'),
  }
}
