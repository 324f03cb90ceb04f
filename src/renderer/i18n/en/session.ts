import type { SameTexts } from '../same-texts'
import type ru from '../ru/session'

const session: SameTexts<typeof ru> = {
  signIn: {
    title: 'Sign in',
    login: 'Login',
    password: 'Password',
    submit: 'Sign in',
    wait: 'You can try again in {seconds} s',
    capsLock: 'Caps Lock is on',
    russianLayout: 'The Russian keyboard layout is on',
    loginLayout: 'Logins are written in Latin letters. Did you mean “{login}”?',
    acceptLogin: 'Correct it',
    version: 'Version {version}',
    help: 'No login, or the password is forgotten? Ask the Okno administrator of your office.',
    tagline: 'The desk of a service-center operator',
    ended: {
      endedByAdministrator: 'The administrator ended your session. Everything saved is intact.',
    },
  },
  training: {
    title: 'Training office',
    text: 'All people, accounts and sums here are made up. Choose who to sign in as:',
    as: 'Sign in as',
    login: 'login',
    password: 'password',
  },
  changePassword: {
    title: 'New password',
    first: 'The password from the administrator works once. Set your own: nobody but you will know it.',
    current: 'Current password',
    next: 'New password',
    repeat: 'New password again',
    submit: 'Save the password',
    rules: {
      title: 'What the password must be',
      length: '10 characters or more',
      different: 'not the current one',
      same: 'both fields agree',
      advice: 'Length beats tricks: four random words will do.',
      met: 'met',
      unmet: 'not met',
    },
    incomplete: 'First meet all the rules',
    done: 'The password is changed',
  },
  lock: {
    title: 'This desk is locked',
    text: 'Unfinished work is kept and opens where you left it.',
    password: 'Password of {name}',
    unlock: 'Go on',
    signOut: 'Another person signs in',
    windowTitle: 'Okno: locked',
  },
  lastSignIn: 'Last sign-in: {at}. If that was not you, tell the administrator.',
}

export default session
