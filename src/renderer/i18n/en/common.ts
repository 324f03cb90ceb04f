import type { SameTexts } from '../same-texts'
import type ru from '../ru/common'

const common: SameTexts<typeof ru> = {
  product: 'Okno',
  ok: 'Done',
  cancel: 'Cancel',
  close: 'Close',
  back: 'Back',
  retry: 'Try again',
  save: 'Save',
  confirm: 'Confirm',
  loading: 'Loading…',
  nothing: '—',
  yes: 'yes',
  no: 'no',
  error: 'Error',
  subject: 'Subscriber',
  address: 'Address',
  unavailable: 'Not available: {reason}',
  keyNamed: 'Key {key}',
  debt: 'Debt',
  advance: 'In credit',
  keys: { Enter: 'Enter', Escape: 'Esc', Space: 'Space', ArrowUp: '↑', ArrowDown: '↓' },
  services: {
    cold_water: 'Cold water',
    hot_water: 'Hot water',
    electricity: 'Electricity',
    gas: 'Gas',
    heat: 'Heating',
  },
  units: { cold_water: 'm³', hot_water: 'm³', electricity: 'kWh', gas: 'm³', heat: 'Gcal' },
  roles: { operator: 'operator', supervisor: 'supervisor', admin: 'administrator' },
}

export default common
