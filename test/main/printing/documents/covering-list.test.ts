import { expect, test } from 'vitest'
import { drawCoveringList, type CoveringList } from '../../../../src/main/printing/documents/covering-list'
import { mm } from '../../../../src/main/printing/pdf'
import { infoOf, textOf, wordsOf } from '../../../support/pdf/read-pdf'

const list = (count: number): CoveringList => ({
  ...{ name: 'Дома по Заводской', provider: 'ООО «Эником»', office: 'Центральный офис', timeZone: 'Asia/Yekaterinburg', operatorName: 'Громов Игорь Станиславович', madeAt: '2026-11-22T09:05:00+05:00' },
  rows: Array.from({ length: count }, (_, index) => ({
    ...{ account: `0045${100 + index}`, contract: index % 2 ? 'ГС-2315/2018-000123' : null, memoNumber: `2026-000${100 + index}`, address: 'г. Энск, ул. Ленина, д. 10, кв. 15' },
    subscriberName: index % 3 ? 'Ким Ольга' : 'Константинопольская-Петропавловская Александра Константиновна',
  })),
})

test('names every memo that is in force and says what to do with another one', async () => {
  const text = textOf(await drawCoveringList(list(3)))
  for (const words of ['Список: Дома по Заводской. Выдал(а): Громов Игорь Станиславович', '22 ноября 2026 г., 09:05', '2026-000100', '2026-000102', 'Лист с другим номером уничтожьте', 'Получил(а) для выдачи абонентам 3 памятки 22.11.2026', 'монтажник (фамилия, инициалы)']) {
    expect(text).toContain(words)
  }
})

test('goes on over pages with its heading on each, inside the paper, and signed once', async () => {
  const pdf = await drawCoveringList(list(60))
  const pages = Number(infoOf(pdf)['Pages'])
  expect(pages).toBeGreaterThan(2)
  const words = wordsOf(pdf)
  for (let page = 1; page < pages; page++) expect(words.filter((word) => word.page === page).map(({ text }) => text)).toContain('Договор')
  for (const { left, right, top, bottom } of words) expect([left >= 19.5 * mm, right <= 199 * mm, top >= 13 * mm, bottom <= 284 * mm]).toEqual([true, true, true, true])
  expect(textOf(pdf).match(/монтажник \(фамилия/g)).toHaveLength(1)
  for (let index = 0; index < 60; index++) expect(textOf(pdf)).toContain(`2026-000${100 + index}`)
})
