import { periodName } from '@shared/domain/dates'
import type { Stored } from './document-batches-service'

type Named = Pick<Stored, 'batchId' | 'period' | 'providerName'>

const short = (batchId: string) => batchId.slice(0, 8)

/** Of one job and no other, so that it is found when its id was lost; names nobody. */
export const titleOf = ({ batchId }: Named, chunk: number) => `Квитанции, часть ${chunk}, пакет ${short(batchId)}`

/** On separator sheets. */
export const aboutOf = ({ batchId, period, providerName }: Named) => `Платёжные документы, ${periodName(period)}, ${providerName}, пакет ${short(batchId)}`

/** «Квитанции 2026-10 3f2a91bc 000001-000054 г. Миасс, ул. Ленина, д. 10.pdf»: a folder sorts them as they are to be printed; the same chunk has the same name again. */
export function fileNameOf({ batchId, period }: Named, firstSheet: number, sheets: number, address: string | null): string {
  const digits = (sheet: number) => String(sheet).padStart(6, '0')
  // A file system allows 255 bytes, Cyrillic takes two each.
  const house = address === null ? '' : ` ${address.replace(/[\\/:*?"<>|\p{Cc}]/gu, '-').slice(0, 90)}`
  return `Квитанции ${period} ${short(batchId)} ${digits(firstSheet)}-${digits(firstSheet + sheets - 1)}${house}.pdf`
}
