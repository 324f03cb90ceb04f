import type { SameTexts } from '../same-texts'
import type ru from '../ru/shell'

const shell: SameTexts<typeof ru> = {
  menu: {
    label: 'Sections',
    search: 'Subscribers',
    approvals: 'Approvals',
    requests: 'Requests',
    portalRequests: 'Portal',
    fresh: '{n} new | {n} new',
    documentBatches: 'Bills',
    memos: 'Memos',
    reports: 'Reports',
    registers: 'Registers',
    staff: 'Staff',
    providers: 'Providers',
    sheetTemplates: 'Forms',
    outbox: 'Outgoing',
    audit: 'Log',
    settings: 'Settings',
  },
  search: {
    label: 'Find a subscriber',
    placeholder: 'Account, passport, phone, e-mail, meter or surname',
  },
  person: {
    window: 'window {window}',
    menu: 'Signed in:',
    lock: 'Lock',
    changePassword: 'Change password',
    signOut: 'Sign out',
    theme: 'Theme',
    light: 'light',
    dark: 'dark',
    system: 'as the system',
    language: 'Language',
  },
  trainingMark: 'TRAINING OFFICE',
  help: 'Keys',
  cheatSheet: {
    title: 'Keys on this screen',
    text: 'Letter keys work under any keyboard layout.',
  },
  start: {
    title: 'Starting the database',
    text: 'This usually takes a few seconds.',
    long: 'This takes longer than usual. Please wait, the data is intact.',
    steps: {
      startingDatabase: 'Opening the database',
      opening: 'Opening the database',
      creatingOffice: 'Creating the office',
      loadingTraining: 'Filling the training office',
      creatingDatabase: 'Creating the database',
      recoveringDatabase: 'Recovering after a sudden stop',
      copyingDatabase: 'Making a backup',
      migrating: 'Updating the database',
    },
    unavailable: 'The database is not available',
    schemaMismatch: 'Program and database versions do not fit',
    folder: 'Folder',
    file: 'File',
    code: 'Code for the administrator: {code}',
  },
  connection: {
    starting: 'The database is starting. Nothing can be saved yet.',
    lost: 'No connection to the database. What you typed stays on the screen and can be saved when it returns.',
  },
  defect: { title: 'An error occurred in the program', text: 'What you typed is still on the screen. Try again; if it returns, tell the administrator.' },
}

export default shell
