import type ru from '../ru/live'
import type { SameTexts } from '../same-texts'

export default {
  tabs: {
    label: 'Open cards',
    go: 'Card by its place from the left',
    next: 'Next card',
    previous: 'Previous card',
    close: 'Close the visit (F9)',
    closeCard: 'Close the card',
    loading: 'Opening',
    draft: 'something is not saved',
    changed: 'changed by another member of staff',
    state: { none: 'not identified', document: 'identified', representative: 'representative', readingsOnly: 'readings only', noVisit: 'viewing' },
    full: {
      title: '{n} cards are open, no more fit',
      text: 'The new card was not opened, the open ones are kept. Close one of the visits (F9) and open the card again.',
      ok: 'OK',
    },
  },
  news: {
    changed: 'Changed: {what}, {name}, {time}',
    elsewhere: 'The card was refreshed: something changed at {time}',
  },
  signOut: {
    title: 'Sign out?',
    visits: '{n} visit is still open. | {n} visits are still open.',
    kept: 'What was done is saved. You can go on with them after signing in.',
    drafts: 'What was typed and not sent will be lost.',
    readings: 'Readings not saved yet: {n} visitor. | Readings not saved yet: {n} visitors.',
    readingsKept: 'While the window is open they will be saved when the same person signs in.',
    confirm: 'Sign out',
    anyway: 'Sign out anyway',
  },
  conflict: {
    who: 'Another member of staff changed the record while the form was open: {name}, {at}.',
    unknown: 'The record changed while the form was open.',
    what: 'What was done: {what}.',
    now: 'Now: {current}.',
    kept: 'Yours was not saved, but is still on the screen.',
    merge: 'Save mine over it',
    drop: 'Drop mine',
    contactNow: '{value} ({state})',
    noContact: { email: 'no e-mail', phone: 'no phone' },
    awaiting: '{value} waits for its confirmation',
    superseded: 'Another member of staff has changed the contact: the earlier code is good for nothing now.',
  },
} satisfies SameTexts<typeof ru>
