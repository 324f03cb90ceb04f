import { errorText } from '@renderer/features/fleet/fleet-text'
import { describe, expect, it } from 'vitest'

describe('the last error of a window', () => {
  it.each([
    ['call broke · 57014', 'сбой при выполнении действия'],
    ['databaseUnavailable · serverAway', 'нет связи с базой'],
    ['database server did not start', 'нет связи с базой'],
    ['schemaMismatch · schemaBehind', 'версия программы не подходит к базе'],
    ['print job not followed · ENOENT', 'сбой печати'],
    ['printerUnavailable', 'сбой печати'],
    ['sheet not withdrawn', 'сбой печати'],
    ['bill not drawn', 'документ не нарисован'],
    ['a step of an update broke', 'сбой обновления'],
    ['installer', 'сбой обновления'],
    ['scheduled backup failed', 'сбой резервной копии'],
    ['months not made', 'не прошло обслуживание базы'],
    ['outbox stopped for a moment', 'сбой отправки сообщений'],
    ['watched folder', 'сбой в папке загрузки'],
    ['page gone', 'страница программы закрылась сама'],
  ])('«%s» is «%s» to whoever looks at the fleet', (code, words) => {
    expect(errorText({ code })).toBe(words)
  })

  it('is named by its event, whatever the cause is called, and never left without words', () => {
    expect(errorText({ code: 'call broke · updateNotPrinted' })).toBe('сбой при выполнении действия')
    expect(errorText({ code: 'something new' })).toBe('сбой программы')
  })
})
