import { t, type TextKey } from '@renderer/i18n'
import type { Card, CardAccount } from '@shared/contract/desk'

export interface Copyable {
  what: TextKey
  text: string
  /** Of which of several: «Горячая вода». */
  of?: string
}

/** What an operator may take from the card into another program, the most asked for first. Nothing masked and no secret is among it. */
export function copyableOf({ subscriber }: Card, account: CardAccount | null): Copyable[] {
  const { requisites } = subscriber
  const all: { what: TextKey; text: string | null | undefined; of?: string }[] = [
    { what: 'desk.copy.account', text: account?.number },
    { what: 'desk.copy.contract', text: account?.contract },
    { what: 'desk.copy.address', text: account?.address },
    { what: 'desk.copy.name', text: subscriber.name },
    { what: 'desk.copy.els', text: account?.els },
    { what: 'desk.copy.inn', text: requisites?.inn },
    { what: 'desk.copy.kpp', text: requisites?.kpp },
    { what: 'desk.copy.ogrn', text: requisites?.ogrn },
    ...(account?.meters ?? []).filter(({ removedOn }) => !removedOn).map(({ serial, service }) => ({ what: 'desk.copy.serial' as const, text: serial, of: t(`common.services.${service}`) })),
  ]
  return all.filter((one): one is Copyable => Boolean(one.text))
}
