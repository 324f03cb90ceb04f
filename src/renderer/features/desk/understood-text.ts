import { t } from '@renderer/i18n'
import { lowerFirst } from '@renderer/text-of'
import type { Found } from '@shared/contract/desk'
import { type DocumentType, documentLabels } from '@shared/domain/identity-document'
import { understand } from '@shared/domain/search-query'

type Kind = Found['understood'][number]

/** More types than these are «документ»: nine of them have a number like AA1234567. */
const MOST_TYPES = 2

/** «лицевой счёт»; of a document what it is, where its number says so: «паспорт гражданина РФ». */
export function kindText(kind: Kind, query: string): string {
  const types = kind === 'document' ? documentTypesIn(query) : []
  return types.length > 0 ? types.map((type) => lowerFirst(documentLabels[type])).join(` ${t('desk.search.or')} `) : t(`desk.kinds.${kind}`)
}

function documentTypesIn(query: string): DocumentType[] {
  const types = [...new Set(understand(query).flatMap((lookup) => (lookup.kind === 'document' && !lookup.isWeak ? lookup.types : [])))]
  return types.length <= MOST_TYPES ? types : []
}
