export default {
  palette: {
    open: 'All actions',
    title: 'What to do',
    field: 'Action, section or account',
    placeholder: 'For example: e-mail, audit, bill',
    list: 'Actions',
    nothing: 'No such action here: “{text}”',
    find: 'Find a subscriber: {text}',
    account: 'Account {number}, {provider}',
    page: 'Section “{title}”',
    recent: 'recent',
    help: 'Enter runs, Esc closes. Words may be typed in any layout and with slips.',
  },
  sheet: {
    filter: 'Find a key',
    nothing: 'No key with such words here.',
    groups: { visit: 'Visit', search: 'Search', form: 'This form', everywhere: 'Everywhere' },
  },
}
