import type { SameTexts } from '../same-texts'
import type ru from '../ru/common'

const common: SameTexts<typeof ru> = {
  product: 'Okno',
  cancel: 'Cancel',
  close: 'Close',
  retry: 'Try again',
  loading: 'Loading…',
  nothing: '—',
  size: { byte: '{n} B', kilobyte: '{n} KB', megabyte: '{n} MB', gigabyte: '{n} GB' },
  next: 'Next',
  previous: 'Back',
  choose: 'Choose',
  dateFormat: 'DD.MM.YYYY',
  copy: 'Copy: {what}',
  copied: 'Copied: {what}',
  notCopied: 'It could not be copied. Nothing has changed.',
  services: {
    cold_water: 'Cold water',
    hot_water: 'Hot water',
    electricity: 'Electricity',
    gas: 'Gas',
    heat: 'Heating',
  },
  units: { cold_water: 'm³', hot_water: 'm³', electricity: 'kWh', gas: 'm³', heat: 'Gcal' },
  placeholders: { title: 'May be inserted:', insert: 'Insert where the cursor was' },
  roles: { operator: 'operator', supervisor: 'supervisor', admin: 'administrator' },
}

export default common
