import type { SameTexts } from '../same-texts'
import type ru from '../ru/training'

const training: SameTexts<typeof ru> = {
  open: 'Training mail and SMS',
  title: 'Training mail and SMS',
  text: 'No real letters and SMS leave a training office. Here is what the subscriber would have received.',
  empty: 'No messages yet',
  unread: '{n} new message | {n} new messages',
  to: 'To: {to}',
  smsTo: 'SMS to {to}',
}

export default training
