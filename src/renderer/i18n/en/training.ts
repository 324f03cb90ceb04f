import type { SameTexts } from '../same-texts'
import type ru from '../ru/training'

const training: SameTexts<typeof ru> = {
  open: 'Training mail',
  title: 'Training mail',
  text: 'No real letters leave a training office. Here is what the subscriber would have received.',
  empty: 'No letters yet',
  unread: '{n} new letter | {n} new letters',
  to: 'To: {to}',
}

export default training
