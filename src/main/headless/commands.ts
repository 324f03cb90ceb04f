import { parseArgs, type ParseArgsConfig } from 'node:util'
import { AppError } from '@shared/errors'
import { rolloutCommands } from './rollout'
import { backupCommands } from './backup'
import { connectionCommands } from './connection'

export interface Command {
  /** Words that name it: `audit verify`. */
  name: string
  /** Names of the arguments that follow, for the usage line. */
  positionals: string[]
  options: NonNullable<ParseArgsConfig['options']>
  about: string
  help: string
}

const help = { help: { type: 'boolean', short: 'h' } } as const

/** What IT can do without a window. The texts are the help. */
export const commands: Command[] = [
  {
    name: 'call',
    positionals: ['NAME', '[JSON]'],
    options: { out: { type: 'string' } },
    about: 'any call of the contract under a staff login',
    help: `okno call NAME [JSON] [--out FILE]
  Makes one call of the application, e.g.  okno call desk.search '{"text":"100200300"}'
  NAME  feature.call, as in src/shared/contract    JSON  its input, {} when left out
  JSON - reads it from standard input: a secret must not stand in an argument (session.changePassword, staff.create);
         the password of OKNO_LOGIN then comes from OKNO_PASSWORD_FILE
  --out FILE   where a call that saves a sheet writes it
  Prints the result as JSON (exit 0) or the failure {code, reason, details} (exit 1).`,
  },
  {
    name: 'import watch',
    positionals: [],
    options: { once: { type: 'boolean' } },
    about: 'take in the registers of the watched folder (administrator)',
    help: `okno import watch [--once]
  Looks into the folder set on the page «Реестры» (or: okno call registers.saveWatch -) every so many minutes until it is stopped.
  A finished file is taken in and lies in done/ with its verdict file, or in failed/ with a text that says why.
  --once   one look, for a scheduler
  Prints {taken, unchanged, failed, problem}. Exit 1 when a file failed or something waits: see problem.`,
  },
  {
    name: 'import',
    positionals: ['KIND', 'FILE'],
    options: { verdict: { type: 'string' }, provider: { type: 'string' } },
    about: 'take in a register (administrator)',
    help: `okno import KIND FILE [--verdict OUT.csv] [--provider CODE]
  KIND  subscribers | accounts | meters | readings | charges | payments
  FILE  CSV, UTF-8 or windows-1251, separated by ; , or tab; or XLSX, its first sheet
  --provider CODE     columns as remembered for this provider; without it as the header says
  --verdict OUT.csv   what became of each row, with the reasons
  Prints the counts as JSON. Refused rows stop nothing; the same file again changes nothing.`,
  },
  {
    name: 'init',
    positionals: [],
    options: { training: { type: 'boolean' }, subscribers: { type: 'string' }, admin: { type: 'string' }, 'admin-name': { type: 'string' }, office: { type: 'string' }, 'time-zone': { type: 'string' } },
    about: 'make an empty or a training office',
    help: `okno init [--training [--subscribers N]] --admin LOGIN [--admin-name NAME] [--office NAME] [--time-zone ZONE]
  Makes the office in an empty database. The administrator's password is asked for (or read from OKNO_PASSWORD_FILE or standard input).
  --training   with fictional subscribers, 2000 unless N says otherwise; its other staff get random passwords, shown on its sign-in screen
  --time-zone  whose days and hours the office keeps, as in Asia/Vladivostok; Europe/Moscow unless told
  On a shared server the owner's login is OKNO_OWNER_LOGIN and its password is in the file OKNO_OWNER_PASSWORD_FILE.`,
  },
  {
    name: 'migrate',
    positionals: [],
    options: {},
    about: 'bring the database to the schema of this version',
    help: `okno migrate
  An embedded database is copied to backups/ first. On a shared server the owner's login is OKNO_OWNER_LOGIN,
  its password is in the file OKNO_OWNER_PASSWORD_FILE. Prints {from, to}.`,
  },
  ...connectionCommands,
  ...backupCommands,
  {
    name: 'audit verify',
    positionals: [],
    options: { incremental: { type: 'boolean' }, anchor: { type: 'string' } },
    about: 'recount the chains of the audit (supervisor, administrator)',
    help: `okno audit verify [--incremental] [--anchor FILE.json]
  --incremental   only what was written since the last check
  --anchor FILE   compares the log with a control point that was kept elsewhere (okno audit anchor)
  Prints {chains, events, problems, takenBack, missingSessions, archived, anchor}. Exit 1 when there are problems.
  takenBack: numbers of a login that are in no record: calls refused late, previews, or somebody who looked and rolled back.`,
  },
  {
    name: 'audit anchor',
    positionals: [],
    options: { out: { type: 'string' } },
    about: 'write the heads of the audit into a file (supervisor, administrator)',
    help: `okno audit anchor --out FILE.json
  A control point, to be kept where nobody of the office can write: it tells later when the log was made anew as a whole.
  Prints {fileName, chains, sha256, at}; sha256 can be written down on paper.`,
  },
  {
    name: 'audit export',
    positionals: [],
    options: {
      from: { type: 'string' }, to: { type: 'string' }, subscriber: { type: 'string' }, visit: { type: 'string' }, staff: { type: 'string' }, office: { type: 'string' }, window: { type: 'string' }, group: { type: 'string' },
      basis: { type: 'string' }, out: { type: 'string' },
    },
    about: 'an extract from the audit for a regulator (supervisor, administrator)',
    help: `okno audit export --from YYYY-MM-DD --to YYYY-MM-DD [choice] --basis TEXT --out FILE.csv
  choice  --subscriber ID --visit ID --staff LOGIN --office ID --window NUMBER
          --group signIns|searches|views|changes|visits|prints|exports|portal|configuration|staff|journal|direct
  --basis   on what ground it is taken; stands in the log and in the note
  FILE.csv and beside it FILE.pdf: a note with the counts and the SHA-256 of the file. The extract itself is recorded.
  Prints {fileName, noteName, rows, subscribers, staff, sha256}.`,
  },
  {
    name: 'audit retention',
    positionals: [],
    options: { months: { type: 'string' } },
    about: 'how long the audit is kept (administrator)',
    help: `okno audit retention [--months N]
  Prints {months, nextMonths, nextOn, version, parts}: the term and the months of the log; "mayGo" may be archived.
  --months N   12 to 240. A longer term is in force at once, a shorter one in thirty days.`,
  },
  {
    name: 'audit archive',
    positionals: [],
    options: { month: { type: 'string' }, out: { type: 'string' } },
    about: 'archive the oldest month of the audit (administrator)',
    help: `okno audit archive --month YYYY-MM --out FILE.jsonl.gz
  Only a month past its term, the oldest first. It is removed from the database when the file holds all of it and it is whole.
  Prints {month, events, fileName, sha256}.`,
  },
  {
    name: 'audit check-archive',
    positionals: ['FILE'],
    options: {},
    about: 'recount the file of an archived month, without a database',
    help: `okno audit check-archive FILE.jsonl.gz
  Prints {month, events, problems, sha256, digest}; sha256 is the one in  okno audit retention.  Exit 1 when there are problems.`,
  },
  {
    name: 'feed key',
    positionals: [],
    options: { out: { type: 'string' }, passphrase: { type: 'boolean' } },
    about: 'a key pair for signing updates (no login)',
    help: `okno feed key --out DIR [--passphrase]
  Writes DIR/update-key.pem (private, stays with IT, readable by you only) and DIR/update-key.pub (goes to build/update-key.pub before
  packing). --passphrase   encrypts the private key; the passphrase comes from the file OKNO_KEY_PASSPHRASE_FILE, standard input or a prompt
  An existing pair is not overwritten: every installed window trusts it. Prints {privateKey, publicKey, encrypted}.`,
  },
  {
    name: 'feed sign',
    positionals: ['FILE'],
    options: { key: { type: 'string' } },
    about: 'sign the feed of a release (no login)',
    help: `okno feed sign FILE.yml --key update-key.pem
  FILE.yml  latest.yml, latest-linux.yml, pilot.yml, … beside the packages, with its part \`okno\` (docs/rollout.md); its name must fit its channel and platform
  Adds or replaces the signature and changes nothing else. Prints what was signed.`,
  },
  {
    name: 'feed check',
    positionals: ['FILE'],
    options: { key: { type: 'string' } },
    about: 'whether windows will take a feed (no login)',
    help: `okno feed check FILE.yml [--key update-key.pub]
  Checks the signature (with the key of this build unless another is named), the date, and the packages that lie beside the feed.
  Prints {ok, reason, version, channel, platform, sequence, schema, packages}. Exit 1 when a window would refuse it.`,
  },
  {
    name: 'config export',
    positionals: [],
    options: { out: { type: 'string' } },
    about: 'the configuration of the office as one file (administrator)',
    help: `okno config export --out FILE.json
  Providers with rules and tariffs, forms, texts of consents, rules of flags, limits, settings of reports, columns of registers.
  No staff, no secret, no printer, no mail or SMS settings, nothing of subscribers. The same configuration is the same file to the byte.
  Prints {fileName, items, checksum}.`,
  },
  {
    name: 'config check',
    positionals: ['FILE'],
    options: {},
    about: 'what a configuration file would change; writes nothing',
    help: `okno config check FILE.json
  Prints what differs, field by field: {checksum, same, items: [{part, key, state, changes, problems}]}.
  state  new | changed | wrong (not in order, can't be taken in) | onlyHere (stays)
  Exit 0 when the office is as the file says, 1 when it differs or the file is refused.`,
  },
  {
    name: 'config import',
    positionals: ['FILE'],
    options: { own: { type: 'boolean' }, only: { type: 'string' } },
    about: 'take in a configuration file, in one operation',
    help: `okno config import FILE.json [--own] [--only LIST]
  Takes in what differs, but not what each office has of its own (name, address, telephone, hours, time zone).
  --own        that, too
  --only LIST  parts or items, separated by commas: providers,sheetTemplates  or  providers/CODE,flagRules/massLookups
  All of it or nothing. Prints {importId, items, taken, wrong}; the page «Конфигурация» undoes an import as a whole
  (or: okno call configuration.revert '{"operationId":"…","importId":"…"}').
  Exit 1 when something of the file was not in order and stayed out, or nothing could be taken in.`,
  },
  {
    name: 'outbox list',
    positionals: [],
    options: { what: { type: 'string' }, template: { type: 'string' }, limit: { type: 'string' } },
    about: 'letters and SMS that could not be sent (administrator)',
    help: `okno outbox list [--what dead|waiting|sent|cancelled] [--template CODE] [--limit N]
  Prints {overview, messages}: counts, who sends, and the messages with the code of the reason; recipients are masked.
  Exit 1 when the list of the dead is asked for (as it is without --what) and is not empty: good for a monitor.`,
  },
  {
    name: 'outbox resend',
    positionals: ['IDS'],
    options: { 'even-if-arrived': { type: 'boolean' } },
    about: 'send dead messages after all (administrator)',
    help: `okno outbox resend ID[,ID…] [--even-if-arrived]
  Puts dead messages back into the queue; a machine that sends does so at once.
  --even-if-arrived   also those that may have arrived: somebody may get them twice
  Prints {resent, left}; left are the ids that stayed as they were. Exit 1 when there are any.`,
  },
  {
    name: 'outbox cancel',
    positionals: ['IDS'],
    options: {},
    about: 'take messages out of the queue (administrator)',
    help: `okno outbox cancel ID[,ID…]
  Neither sent nor shown among the dead any more. Prints {cancelled, left}. Exit 1 when some were on their way already.`,
  },
  {
    name: 'export contacts',
    positionals: [],
    options: { provider: { type: 'string' }, encoding: { type: 'string' }, again: { type: 'string' }, out: { type: 'string' } },
    about: 'changed contacts for billing into a file (administrator)',
    help: `okno export contacts [--provider CODE] [--encoding utf-8|windows-1251] --out FILE.csv
okno export contacts --again BATCH --out FILE.csv
  Main contacts that changed in Okno or on a portal since billing was last told of them; each change is told once.
  --again BATCH   the file of that batch once more, the same to the byte (batches: okno call registers.contactExports)
  Prints {batchId, rows, fileName}.`,
  },
  {
    name: 'export readings',
    positionals: [],
    options: { period: { type: 'string' }, provider: { type: 'string' }, encoding: { type: 'string' }, again: { type: 'string' }, out: { type: 'string' } },
    about: 'readings for billing into a file (administrator)',
    help: `okno export readings --period YYYY-MM [--provider CODE] [--encoding utf-8|windows-1251] --out FILE.csv
okno export readings --again BATCH --out FILE.csv
  Readings taken in Okno that count for the period and were not given to billing yet; they are marked and not given again.
  --again BATCH   the file of that batch once more, the same to the byte (batches: okno call registers.exports)
  Prints {batchId, rows, cancelled, fileName}.`,
  },
  {
    name: 'print document',
    positionals: [],
    options: { provider: { type: 'string' }, account: { type: 'string' }, period: { type: 'string' }, out: { type: 'string' } },
    about: 'payment document of a period into a file (operator)',
    help: `okno print document --account NUMBER [--provider CODE] --period YYYY-MM --out FILE.pdf
  Counted as given out, like one from the desk: the second is «ДУБЛИКАТ № 1». Prints {number, duplicate, fileName}.`,
  },
  {
    name: 'close-period',
    positionals: [],
    options: { provider: { type: 'string' }, period: { type: 'string' } },
    about: 'make the payment documents of a period (supervisor, administrator)',
    help: `okno close-period --provider CODE --period YYYY-MM
  After the register of charges: from then on the charges of the period are final, its documents are made and stored.
  Broken off, the same command goes on where it stopped; repeated, it changes nothing.
  Prints {provider, period, state, accounts, made, kept, differing, seconds}. kept: documents given out before, they stay as
  they were; differing: those of them whose charges have changed since (billing sends a recalculation in the next period).`,
  },
  {
    name: 'print memos',
    positionals: [],
    options: { list: { type: 'string' }, provider: { type: 'string' }, name: { type: 'string' }, large: { type: 'boolean' }, printer: { type: 'string' }, resume: { type: 'string' } },
    about: 'portal memos for a list of new contracts (supervisor)',
    help: `okno print memos --list FILE --provider CODE [--name NAME] [--large] [--printer QUEUE]
okno print memos --resume BATCH [--printer QUEUE]
  FILE  numbers of contracts, one a line, or a CSV file with a column of them; UTF-8 or windows-1251; 500 at most
  Straight to the printer: a password is in no file. A contract with a password in force, closed or unknown gets none.
  --resume BATCH   goes on with a list whose printing was broken off (lists: okno call memoBatches.list)
  Prints the counts and every row that was not printed. Exit 1 when there are such rows or sheets to look for.`,
  },
  {
    name: 'print documents',
    positionals: [],
    options: {
      provider: { type: 'string' }, period: { type: 'string' }, town: { type: 'string' }, street: { type: 'string' }, house: { type: 'string' }, delivery: { type: 'string' }, 'debt-from': { type: 'string' }, 'debt-to': { type: 'string' },
      debtors: { type: 'boolean' }, again: { type: 'boolean' }, 'no-separators': { type: 'boolean' }, name: { type: 'string' }, count: { type: 'boolean' }, to: { type: 'string' }, printer: { type: 'string' }, out: { type: 'string' },
      per: { type: 'string' }, duplex: { type: 'string' }, resume: { type: 'string' }, 'last-good-sheet': { type: 'string' }, json: { type: 'boolean' },
    },
    about: 'payment documents of a period in one go (supervisor)',
    help: `okno print documents --provider CODE --period YYYY-MM --to printer|folder [choice] [--name NAME] [--no-separators]
okno print documents --provider CODE --period YYYY-MM --count [choice]
okno print documents --resume BATCH --to printer|folder [--last-good-sheet K]
  choice  --town NAME --street NAME --house NUMBER --delivery paper|email --debt-from RUB --debt-to RUB --debtors
          --again   also bills that somebody has got already
  --to printer [--printer QUEUE] [--duplex none|long|short]
  --to folder --out DIR [--per house|SHEETS]   PDF files, one for each house, or whole houses while they fit into SHEETS
  Ordered for the postman, a separator sheet before each house. Those who chose e-mail get a letter instead.
  --count    counts documents, pages and sheets, and prints nothing
  --resume BATCH   goes on with a batch that was broken off, here or on another computer (batches: okno call documentBatches.list)
  --last-good-sheet K   everything on later sheets is printed again (the number stands at the foot of a sheet; 0: none came out)
  --json     progress as JSON, one object a line, on standard error
  Prints {batchId, state, counts, inDoubt, failures}. Exit 0 when every bill was given, 1 when some were not or a sheet has to be told.`,
  },
  ...rolloutCommands,
]

export const usage = `Okno without a window.

  okno COMMAND [arguments]      okno COMMAND --help

${commands.map(({ name, positionals, about }) => `  ${[name, ...positionals].join(' ').padEnd(28)}${about}`).join('\n')}

Environment
  OKNO_LOGIN           staff login
  OKNO_PASSWORD_FILE   file with its password; without it the password is read from standard input or asked for
  OKNO_CODE            code of the second factor, where the login has one; without it it is asked for
  OKNO_END_OTHER       yes: ends a session of the same login on another computer instead of refusing
  OKNO_DATA            data folder: embedded database, settings, logs

Exit: 0 done, 1 failed (the failure is printed as JSON), 2 wrong arguments.`

export interface Given {
  command: Command
  positionals: string[]
  options: Record<string, string | boolean | undefined>
}

/** Throws AppError invalidInput 'usage' with the text to show. */
export function parseCommand(args: string[]): Given | { show: string } {
  const command = commands.find(({ name }) => name.split(' ').every((word, index) => args[index] === word))
  if (!command) {
    if (args.length === 0 || args[0] === '--help' || args[0] === '-h' || args[0] === 'help') return { show: usage }
    throw new AppError('invalidInput', 'usage', { text: usage })
  }
  const rest = args.slice(command.name.split(' ').length)
  let parsed: { values: Record<string, string | boolean | undefined>; positionals: string[] }
  try {
    const { values, positionals } = parseArgs({ args: rest, options: { ...command.options, ...help }, allowPositionals: true })
    parsed = { values: values as Record<string, string | boolean | undefined>, positionals }
  } catch {
    throw new AppError('invalidInput', 'usage', { text: command.help })
  }
  if (parsed.values['help']) return { show: command.help }
  const needed = command.positionals.filter((name) => !name.startsWith('[')).length
  if (parsed.positionals.length < needed || parsed.positionals.length > command.positionals.length) throw new AppError('invalidInput', 'usage', { text: command.help })
  return { command, positionals: parsed.positionals, options: parsed.values }
}
