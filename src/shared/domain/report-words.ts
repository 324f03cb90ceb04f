import { actionWords } from './action-words'
import type { ReportTongue } from './report-text'
import { reportTitles } from './report-titles'

export const channelWords = { desk: 'Визит', phone: 'Телефон', portal: 'Личный кабинет', paper: 'Бумага', act: 'Акт', import: 'Реестр' }
export const serviceWords = { cold_water: 'Холодная вода', hot_water: 'Горячая вода', electricity: 'Электроэнергия', gas: 'Газ', heat: 'Отопление' }
/** Why an operator recorded a reading that a rule warned of. */
export const overrideReasonWords = {
  rollover: 'счётчик перешёл через ноль',
  meterReplaced: 'счётчик заменён',
  previousEntryWrong: 'прошлое показание внесли неверно',
  adjustment: 'исправление, сброс',
  reversedMeter: 'счётчик крутился назад',
  confirmedByVisitor: 'посетитель подтверждает',
  controllerChecked: 'проверил контролёр',
  nobodyLivesThere: 'там никто не живёт',
  verificationInProgress: 'прибор на поверке',
}

/**
 * The Russian words of reports: the screen shows them and exports print them, so they stand once. One column key has one meaning in every report.
 * `how` is «Как считается»: what is counted, from what, and what is left out.
 */
export const reportWords = {
  groups: {
    visits: 'Обслуживание',
    readings: 'Показания',
    access: 'Контакты и кабинеты',
    control: 'Просмотры и безопасность',
    documents: 'Документы',
    billing: 'Долги и поверка',
    exchange: 'Сообщения и реестры',
  } as Record<string, string>,
  reports: { ...reportTitles.reports } as Record<string, { title: string; how: string }>,
  columns: { ...reportTitles.columns } as Record<string, string>,
  /** Words of codes, by the type of their column. */
  values: {
    kind: actionWords,
    channel: channelWords,
    reason: overrideReasonWords,
    service: serviceWords,
    ...reportTitles.values,
  } as Record<string, Record<string, string>>,
  /** What stands around the figures. */
  about: {
    total: 'Итого',
    takenBy: 'Выгрузил(а)',
    asOf: 'Данные на',
    replica: 'с копии базы, отставание {lag}',
    lagUnknown: 'неизвестно',
    cut: 'Показаны первые {n} строк, итоги по всем.',
    ofNow: 'на сегодня',
    filters: { period: 'Период', officeId: 'Офис', provider: 'Поставщик', staffId: 'Сотрудник', window: 'Окно', grain: 'По', days: 'Дней', locality: 'Населённый пункт', streetName: 'Улица', houseName: 'Дом' } as Record<string, string>,
    grains: { hour: 'часам', weekday: 'дням недели', day: 'дням', week: 'неделям', month: 'месяцам' } as Record<string, string>,
    rows: 'Строк',
    how: 'Как считается',
    figures: 'Источник',
    watermark: 'Отметка',
    sheet: 'Отчёт',
    notes: 'Об отчёте',
    page: 'Лист {n} из {of}',
    noRows: 'За этот период и с этим отбором нет ни одной строки.',
    chartOfFirst: 'На диаграмме первые {n} строк таблицы.',
  },
}

export type ReportWords = typeof reportWords

/** How cells are written on paper and in files, by the clock of the office. */
export const russianTongue = (timeZone: string): ReportTongue => ({ locale: 'ru-RU', timeZone, values: reportWords.values, units: { hours: 'ч', minutes: 'мин', seconds: 'с' } })
