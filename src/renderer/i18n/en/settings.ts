import type ru from '../ru/settings'
import type { SameTexts } from '../same-texts'

export default {
  mail: {
    title: 'Mail',
    lead: 'The server through which the office sends confirmation codes and notices. One setting for all desks.',
    loading: 'Reading the mail settings…',
    none: 'No mail server is set. A training office shows letters on the screen, a working one keeps them waiting.',
    host: 'SMTP server',
    hostHint: 'For example, smtp.office.example',
    port: 'Port',
    security: 'Encryption',
    securities: { starttls: 'STARTTLS', tls: 'TLS from the start', none: 'None (only on this very computer)' },
    username: 'User name',
    usernameHint: 'Leave empty if the server does not ask.',
    password: 'Password',
    passwordHint: 'The stored password is never shown. An empty field keeps it.',
    fromName: 'Sender’s name',
    fromAddress: 'Sender’s address',
    save: 'Save',
    saved: 'Mail settings are saved. Letters that waited leave within a minute.',
    problem: { host: 'Enter the server.', port: 'The port is a number from 1 to 65535.', fromName: 'Enter the sender’s name.', fromAddress: "Enter an address like office{'@'}example.org." },
  },
} satisfies SameTexts<typeof ru>
