import { formatDate } from '@shared/domain/dates'
import { formatReading } from '@shared/domain/decimal'
import type { PaymentDocumentContent, PaymentDocumentMeter, PaymentDocumentRow } from '@shared/domain/payment-document'
import type { Block } from '../../flow'
import { tableBlocks, type Column } from '../../table'
import { dash, figure, left, nameColumn, section, words, type Sheet } from './sheet'

/** Section 4 of 43/пр and ПП 354 п. 69 «е»: norms, the meter of the house and its volumes, as far as billing gave them. */
export function house(sheet: Sheet, { rows, provider }: PaymentDocumentContent): Block[] {
  const known = rows.filter((row) => [row.norm, row.normCommon, row.houseReading, row.houseVolume, row.houseVolumeCommon].some((value) => value !== null))
  if (provider.kind === 'internet' || known.length === 0) return []
  const others: Column<PaymentDocumentRow>[] = [
    { title: 'Ед. изм.', width: 40, align: 'center', value: (row) => row.unit ?? dash },
    { title: 'индивид.', group: 'Норматив потребления', width: 62, align: 'right', value: (row) => figure(row.norm) },
    { title: 'общедом.', group: 'Норматив потребления', width: 62, align: 'right', value: (row) => figure(row.normCommon) },
    { title: 'Показание общедомового прибора', width: 82, align: 'right', value: (row) => figure(row.houseReading) },
    { title: 'в помещениях', group: 'Суммарный объём по дому', width: 72, align: 'right', value: (row) => figure(row.houseVolume) },
    { title: 'на общее имущество', group: 'Суммарный объём по дому', width: 72, align: 'right', value: (row) => figure(row.houseVolumeCommon) },
  ]
  return [...section(sheet, 'Справочная информация: нормативы и потребление дома'), ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others), ...others], rows: known, size: sheet.tableSize })]
}

interface MeterZone {
  name: string
  meter: PaymentDocumentMeter
  zone: number
}

export function meters(sheet: Sheet, content: PaymentDocumentContent): Block[] {
  if (content.provider.kind === 'internet' || content.meters.length === 0) return []
  const rows = content.meters.flatMap((meter) => Array.from({ length: meter.zones }, (_, zone): MeterZone => ({ name: zone === 0 ? meter.name : '', meter, zone })))
  const zoneColumn: Column<MeterZone> = { title: 'Зона', width: 30, align: 'center', value: ({ meter, zone }) => (meter.zones > 1 ? `Т${zone + 1}` : dash) }
  const ratioColumn: Column<MeterZone> = { title: 'Коэфф.', width: 36, align: 'right', value: ({ meter, zone }) => (zone === 0 ? figure(meter.ratio) : '') }
  const dial = (values: number[] | null, { meter, zone }: MeterZone) => {
    const value = values?.[zone]
    return value === undefined ? 'нет' : formatReading(value, meter.decimals)
  }
  const others: Column<MeterZone>[] = [
    { title: 'Заводской номер', width: 72, value: ({ meter, zone }) => (zone === 0 ? meter.serial : '') },
    ...(content.meters.some(({ zones }) => zones > 1) ? [zoneColumn] : []),
    { title: 'показание', group: 'Предыдущее', width: 56, align: 'right', value: (row) => dial(row.meter.previous, row) },
    { title: 'дата', group: 'Предыдущее', width: 48, align: 'right', value: ({ meter }) => dateOrDash(meter.previousOn) },
    { title: 'показание', group: 'Текущее', width: 56, align: 'right', value: (row) => dial(row.meter.current, row) },
    { title: 'дата', group: 'Текущее', width: 48, align: 'right', value: ({ meter }) => dateOrDash(meter.currentOn) },
    ...(content.meters.some(({ ratio }) => ratio !== null) ? [ratioColumn] : []),
    { title: 'Разность', width: 50, align: 'right', value: difference },
    { title: 'Поверка до', width: 74, align: 'right', value: ({ meter, zone }) => (zone === 0 ? verification(meter, content.madeOn) : '') },
  ]
  return [...section(sheet, 'Приборы учёта'), ...tableBlocks(sheet.pdf, { x: left, columns: [nameColumn(others, 'Прибор учёта'), ...others], rows, size: sheet.tableSize, goesOn: (_row, next) => next.zone > 0 })]
}

function dateOrDash(date: string | null): string {
  return date ? formatDate(date) : dash
}

/** A dial that went past its end shows less than before; how much was used then stands in the charges. */
function difference({ meter, zone }: MeterZone): string {
  const previous = meter.previous?.[zone]
  const current = meter.current?.[zone]
  if (previous === undefined || current === undefined || current < previous) return dash
  return formatReading(current - previous, meter.decimals)
}

function verification(meter: PaymentDocumentMeter, madeOn: string): string {
  if (!meter.verifiedUntil) return dash
  return meter.verifiedUntil < madeOn ? `истекла ${formatDate(meter.verifiedUntil)}` : formatDate(meter.verifiedUntil)
}

/** The notice of the quarter and the provider's reference text; nothing else may stand on the back of a bill (43/пр). */
export function notices(sheet: Sheet, { provider }: PaymentDocumentContent): Block[] {
  return [
    ...(provider.notice ? [...section(sheet, 'Уведомление'), ...words(sheet, provider.notice)] : []),
    ...(provider.layout.referenceText ? [...section(sheet, 'Справочная информация'), ...words(sheet, provider.layout.referenceText)] : []),
  ]
}
