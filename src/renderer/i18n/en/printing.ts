import type { SameTexts } from '../same-texts'
import type ru from '../ru/printing'

export default {
  title: 'Settings',
  lead: 'Printers, language and theme of this desk.',
  printers: {
    title: 'Printers',
    lead: 'Each sheet may have a printer of its own. A choice is saved at once.',
    loading: 'Asking the system for printers…',
    refresh: 'Refresh',
    none: 'No printers found',
    noneText: 'Switch the printer on, connect it and refresh the list. If it is on, ask an administrator to add it to the system. A payment document can be saved as a PDF file without a printer.',
    found: '{n} printer | {n} printers',
    default: 'system default',
    column: { name: 'Printer', state: 'State', forms: 'Prints' },
    state: { ready: 'ready', printing: 'printing', stopped: 'stopped', rejecting: 'refuses jobs' },
    stoppedHint: 'Check paper and the cover. If the system has stopped it, resume it in the print settings.',
    systemDefault: 'Default printer ({name})',
    noDefault: 'No printer chosen',
    gone: '{name} — not connected now',
    goneHint: 'The chosen printer “{name}” is not found. Connect it or choose another.',
    saved: 'Saved: {form} — {name}.',
  },
  sheet: { printed: 'The sheet was sent to the printer {printer}.', saved: 'The sheet was saved: {file}', held: 'The sheet waits for the printer {printer}: check the paper.', failed: 'The sheet was not printed, printer {printer}. Print it again or save it.' },
  form: { memo: 'Memo sheet', paymentDocument: 'Payment document', invoice: 'Invoice', statement: 'Statement of settlements', visitSlip: 'Slip of a visit', application: 'Application', consent: 'Consent', act: 'Act', notice: 'Notice', report: 'Report', separator: 'Separator sheet' },
  appearance: {
    title: 'Language and theme',
    language: 'Language',
    theme: 'Theme',
    themes: { light: 'Light', dark: 'Dark', system: 'As in the system' },
    languages: { ru: 'Русский', en: 'English' },
  },
} satisfies SameTexts<typeof ru>
