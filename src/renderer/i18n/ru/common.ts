export default {
  product: 'Okno',
  cancel: 'Отмена',
  close: 'Закрыть',
  retry: 'Повторить',
  loading: 'Загрузка…',
  nothing: '—',
  services: {
    cold_water: 'Холодная вода',
    hot_water: 'Горячая вода',
    electricity: 'Электроэнергия',
    gas: 'Газ',
    heat: 'Отопление',
  },
  units: { cold_water: 'м³', hot_water: 'м³', electricity: 'кВт·ч', gas: 'м³', heat: 'Гкал' },
  roles: { operator: 'оператор', supervisor: 'старший смены', admin: 'администратор' },
}
