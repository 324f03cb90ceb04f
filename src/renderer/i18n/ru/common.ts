import { serviceWords } from '@shared/domain/report-words'

export default {
  product: 'Okno',
  cancel: 'Отмена',
  close: 'Закрыть',
  retry: 'Повторить',
  loading: 'Загрузка…',
  nothing: '—',
  size: { byte: '{n} Б', kilobyte: '{n} КБ', megabyte: '{n} МБ', gigabyte: '{n} ГБ' },
  next: 'Дальше',
  previous: 'Назад',
  choose: 'Выбрать',
  dateFormat: 'ДД.ММ.ГГГГ',
  copy: 'Скопировать: {what}',
  copied: 'Скопировано: {what}',
  notCopied: 'Скопировать не удалось. Ничего не изменилось.',
  services: serviceWords,
  units: { cold_water: 'м³', hot_water: 'м³', electricity: 'кВт·ч', gas: 'м³', heat: 'Гкал' },
  placeholders: { title: 'Можно вставить:', insert: 'Вставить туда, где был курсор' },
  roles: { operator: 'оператор', supervisor: 'старший смены', admin: 'администратор' },
}
