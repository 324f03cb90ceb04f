import type { SameTexts } from '../same-texts'
import type ru from '../ru/portal-access'

const portalAccess: SameTexts<typeof ru> = {
  title: 'Portal password',
  register: 'There is no portal user yet. One will be made with this login.',
  login: 'Login',
  noLogin: 'none',
  impact: {
    title: 'What will change',
    old: 'The earlier password (issued {at}) stops working at once.',
    first: 'The office has not issued a password for this login yet.',
    linked: '{n} account uses this login | {n} accounts use this login',
    esia: 'The Gosuslugi link stays: {n} | The Gosuslugi links stay: {n}',
    esiaLink: '{name}, account {number}, since {at}',
    pin: '{n} PIN request waits | {n} PIN requests wait',
    lastSignIn: 'Last sign-in to the portal: {at}.',
    neverSignedIn: 'Nobody has signed in to the portal yet.',
    oneTime: 'The password works once: the portal asks for another.',
    ttl: 'The new password lives {n} hour. | The new password lives {n} hours.',
    ttlDays: 'The new password lives {n} day. | The new password lives {n} days.',
    forever: 'The new password lives until it is changed.',
    recentContactChange: 'Contacts were changed within the last day. The supervisor will see this reissue.',
  },
  output: {
    title: 'Where the memo goes',
    print: 'Print',
    save: 'Save as PDF',
    printer: 'Printer',
    printerDefault: '{name} (default)',
    printerStopped: '{name} (stopped)',
    noPrinters: 'There are no printers. The memo can be saved as PDF.',
  },
  submit: { print: 'Issue the password and print', save: 'Issue the password and save' },
  confirmTitle: 'Issue a new password?',
  confirmText: 'The password appears on the sheet only. It can not be printed again.',
  notChanged: 'The password has not changed, the earlier one is in force.',
  done: {
    title: 'Memo No. {number}',
    printed: 'The sheet went to the printer {printer}',
    saved: 'The memo is saved: {file}',
    login: 'Login {login}',
    validUntil: 'The password is valid until {at}',
    hand: 'Give the sheet to the visitor and have the stub signed.',
    deleteFile: 'Give the file to the visitor and delete it: it holds the password.',
    again: 'If the sheet is spoilt, issue a new password: there is no second print.',
    job: { queued: 'in the queue', printing: 'being printed', printed: 'printed', held: 'held at the printer', failed: 'not printed', lost: 'handed to the printer' },
    jobFailed: 'The printer failed. The password is changed already, so issue a new one.',
    jobLost: 'The system does not tell what became of the sheet. See whether it came out.',
    another: 'Issue again',
  },
}

export default portalAccess
