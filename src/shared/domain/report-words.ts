import { actionWords } from './action-words'
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
}

export type ReportWords = typeof reportWords
