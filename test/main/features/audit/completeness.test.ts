import { readdirSync, readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { contract } from '@shared/contract'
import { actionWords } from '@shared/domain/action-words'

// Every call of the contract either leaves an event of its own name, or of another one that stands here, or stands here with the reason why it leaves none. A new call that nobody has thought about fails.

const migrations = resolve(import.meta.dirname, '../../../../src/main/db/migrations')
const sql = readdirSync(migrations).map((name) => readFileSync(join(migrations, name), 'utf8')).join('\n')
/** Whether the functions of the database can write an event of that name: as one literal, as a kind and a verb put together, or by the verb of a contact (0023). */
const isWritten = (action: string): boolean => {
  const [feature = '', verb = ''] = action.split('.')
  const ofContact = feature === 'contacts' && /(Email|Phone)$/.test(verb) && sql.includes(`contact_operation('${verb.slice(0, -5)}'`)
  return ofContact || sql.includes(`'${action}'`) || (sql.includes(`'.${verb}'`) && sql.includes(`'${feature}'`))
}

const inVisit = 'a part of an own open visit, whose beginning and card stand in the journal'
const noPerson = 'tells and changes nothing about a person'
const ofComputer = 'of this computer, not of the office’s data'
const ofFile = 'reads a file that its user has chosen; what is taken in is recorded'

/** Calls that leave an event of another name. */
const elsewhere: Record<string, string[]> = {
  'session.signIn': ['session.signIn', 'staff.signInsFailed', 'staff.wrongCode'],
  'session.enrolFactor': ['staff.factorOn'],
  'session.removeFactor': ['staff.factorOff'],
  'session.renewRecoveryCodes': ['staff.recoveryCodes'],
  'desk.card': ['desk.openCard'],
  'desk.search': ['desk.search', 'desk.searchRefused'],
  'contacts.change': ['contacts.changeEmail', 'contacts.changePhone'],
  'contacts.ask': ['contacts.askEmail', 'contacts.askPhone'],
  'contacts.resend': ['contacts.resendEmail', 'contacts.resendPhone'],
  'contacts.confirm': ['contacts.confirmEmail', 'contacts.confirmPhone'],
  'contacts.cancel': ['contacts.cancelEmail', 'contacts.cancelPhone'],
  'contacts.remove': ['contacts.removeEmail', 'contacts.removePhone'],
  'contacts.revert': ['contacts.revertEmail', 'contacts.revertPhone'],
  'approvals.decideHere': ['approvals.grant', 'approvals.refuse', 'approvals.wrongLogin'],
  'approvals.decide': ['approvals.grant', 'approvals.refuse'],
  'paymentDocuments.give': ['paymentDocuments.print', 'paymentDocuments.save'],
  'paymentDocuments.invoicePreview': ['paymentDocuments.preview'],
  'paymentDocuments.statementPreview': ['statements.preview'],
  'paymentDocuments.statement': ['statements.give'],
  'reports.visit': ['desk.timeline'],
  'registers.run': ['registers.import'],
  'sheetTemplates.give': ['sheetTemplates.application', 'sheetTemplates.act', 'sheetTemplates.certificate'],
  'audit.search': ['audit.events'],
  'audit.export': ['audit.export', 'audit.exported'],
  'audit.archive': ['audit.archiveBegun', 'audit.archive'],
  'flags.decide': ['flags.look', 'flags.explain', 'flags.reopen'],
  'settings.saveMail': ['settings.saveMailTransport'],
  'settings.saveSms': ['settings.saveSmsGateway'],
  'settings.removeSms': ['settings.removeSmsGateway'],
  'settings.addPortalLogin': ['portalLogins.add'],
  'settings.removePortalLogin': ['portalLogins.remove'],
}

/** Calls that leave none, and why. */
const none: Record<string, string> = {
  'session.status': noPerson,
  'session.factor': 'whether the asker has a second factor',
  'session.beginFactor': 'makes a secret that is in force only when it was typed back, and that is recorded',
  'visits.mine': inVisit,
  'visits.summary': inVisit,
  'visits.colleagues': noPerson,
  'visits.waiting': 'visits handed to the asker; taking one is recorded',
  'visits.exhausted': 'visits of the office that wait for a supervisor, by number',
  'contacts.pending': inVisit,
  'consents.list': inVisit,
  'consents.texts': noPerson,
  'portalAccess.impact': inVisit,
  'portalAccess.letter': inVisit,
  'approvals.state': 'what became of an own question, which is recorded',
  'approvals.waiting': 'questions of colleagues that wait for the asker; each is recorded when asked and when decided',
  'readings.sheet': inVisit,
  'readings.acts': inVisit,
  'readings.portalVerdict': inVisit,
  'readings.tellRefused': 'what a rule kept out, which is a row of its own and changes nothing',
  'readings.verificationNotice': inVisit,
  'readings.previewRules': noPerson,
  'paymentDocuments.periods': inVisit,
  'paymentDocuments.invoiceDraft': inVisit,
  'paymentDocuments.closings': noPerson,
  'paymentDocuments.checkPeriod': noPerson,
  'paymentDocuments.pauseClosing': 'stops the making of documents that is recorded when it began and when it ended',
  'memoBatches.state': 'a list that was made, which is recorded with what is printed of it',
  'memoBatches.list': noPerson,
  'documentBatches.state': noPerson,
  'documentBatches.list': noPerson,
  'printing.printers': ofComputer,
  'printing.choose': ofComputer,
  'printing.jobs': ofComputer,
  'printing.job': ofComputer,
  'printing.dismiss': ofComputer,
  'printing.testPage': ofComputer,
  'printing.testOutcome': ofComputer,
  'registers.chooseFile': ofFile,
  'registers.preview': ofFile,
  'registers.check': ofFile,
  'registers.mappings': noPerson,
  'registers.cancel': 'stops a register that is under way; what was not taken in is not there',
  'registers.showVerdict': ofComputer,
  'registers.history': noPerson,
  'registers.exports': noPerson,
  'registers.contactExports': noPerson,
  'registers.watch': ofComputer,
  'registers.chooseWatchFolder': ofComputer,
  'registers.saveWatch': ofComputer,
  'registers.watchNow': 'each register that is taken in is recorded',
  'requests.offer': inVisit,
  'sheetTemplates.list': noPerson,
  'sheetTemplates.history': noPerson,
  'sheetTemplates.preview': noPerson,
  'sheetTemplates.offer': inVisit,
  'staff.list': 'colleagues, as the administrator’s work needs them',
  'staff.history': 'changes of a colleague, each of which is recorded',
  'staff.strayFailures': 'failed sign-ins, each day of which is recorded',
  'offices.list': noPerson,
  'providers.list': noPerson,
  'providers.templates': noPerson,
  'providers.history': noPerson,
  'providers.version': noPerson,
  'providers.previewMemo': noPerson,
  'providers.previewDocument': noPerson,
  'audit.stopVerify': noPerson,
  'audit.choices': noPerson,
  'audit.retention': noPerson,
  'liveDesk.state': 'windows and accounts, no names; a name is asked for by liveDesk.name',
  'liveDesk.totals': noPerson,
  'liveDesk.tell': ofComputer,
  'flags.check': 'counts what is recorded already; raising a flag is kept in its history',
  'flags.rules': noPerson,
  'flags.attention': noPerson,
  'fleet.state': noPerson,
  'fleet.history': noPerson,
  'fleet.rollouts': noPerson,
  'fleet.shutOut': noPerson,
  'reports.stop': noPerson,
  'reports.choices': noPerson,
  'reports.settings': noPerson,
  'settings.look': ofComputer,
  'settings.saveLook': ofComputer,
  'settings.mail': noPerson,
  'settings.sms': noPerson,
  'settings.portalLogins': noPerson,
  'updates.status': ofComputer,
  'updates.check': ofComputer,
  'updates.install': 'told to the fleet, which keeps it',
  'updates.postpone': ofComputer,
  'updates.notesRead': ofComputer,
  'updates.tellDesk': ofComputer,
  'updates.saveSource': ofComputer,
  'configuration.chooseFile': ofFile,
  'configuration.preview': ofFile,
  'configuration.imports': noPerson,
  'configuration.previewRevert': noPerson,
  'configuration.history': noPerson,
  'configuration.previewRestore': noPerson,
  'outbox.overview': noPerson,
  'outbox.list': 'recipients are masked, words of the letters are not shown',
  'outbox.message': 'recipient masked, words of the letter without what is personal',
  'connection.settings': ofComputer,
  'connection.check': ofComputer,
  'connection.save': ofComputer,
  'backups.state': noPerson,
  'backups.chooseFolder': ofComputer,
  'backups.cancel': 'what was broken off leaves no file',
  'backups.choose': ofFile,
  'backups.chooseKey': ofFile,
}

const calls = Object.entries(contract).flatMap(([feature, of]) => Object.keys(of).map((name) => `${feature}.${name}`))

test.each(calls)('%s leaves its event, or there is a reason why not', (call) => {
  if (call in none) {
    expect(none[call]!.length).toBeGreaterThan(10)
    expect(call in elsewhere).toBe(false)
    return
  }
  const actions = elsewhere[call] ?? [call]
  expect(actions.filter((action) => !isWritten(action) || !(action.replaceAll('.', '_') in actionWords))).toEqual([])
})

test('nothing stands here of calls that are no more', () => {
  expect([...Object.keys(none), ...Object.keys(elsewhere)].filter((call) => !calls.includes(call))).toEqual([])
})
