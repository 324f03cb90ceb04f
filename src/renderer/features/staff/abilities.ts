import { contract } from '@shared/contract'
import type { Call } from '@shared/contract/call'
import { roles, type Role } from '@shared/roles'

/**
 * What a role may do, in words (`staff.ability.<name>`), and the calls behind each. The table on the page is made from the `access` of those calls: nobody writes it, so it can't say
 * what is not so. A test asks that every call is behind one ability, and that all calls behind one are open to the same roles.
 */
export const abilities = {
  serve: ['visits.open', 'visits.identify', 'visits.identifyRepresentative', 'visits.recordApplication', 'visits.readingsOnly', 'visits.mine', 'visits.undo', 'visits.summary', 'visits.close', 'visits.slip', 'visits.handOver', 'visits.waiting', 'visits.accept', 'visits.postpone', 'visits.nextSlip', 'visits.reopen'],
  find: ['desk.search', 'desk.card', 'desk.unmask', 'desk.charges', 'desk.explain', 'desk.neighbours', 'desk.timeline', 'contacts.history'],
  notes: ['desk.addNote', 'desk.editNote', 'desk.removeNote'],
  contacts: ['contacts.check', 'contacts.change', 'contacts.ask', 'contacts.pending', 'contacts.resend', 'contacts.confirm', 'contacts.cancel', 'contacts.remove', 'contacts.revert', 'contacts.unmask'],
  consents: ['consents.list', 'consents.give', 'consents.withdraw', 'consents.chooseDelivery', 'consents.form'],
  passwords: ['portalAccess.impact', 'portalAccess.reissuePassword', 'portalAccess.letter', 'portalAccess.receipt', 'portalAccess.checkSheet', 'approvals.ask', 'approvals.state', 'approvals.withdraw', 'approvals.decideHere'],
  cabinets: ['portalUsers.list', 'portalUsers.register', 'portalUsers.linkAccount', 'portalUsers.unlinkAccount', 'portalUsers.unlinkEsia', 'portalUsers.block', 'portalUsers.unblock', 'portalRequests.askPin', 'portalRequests.confirmRegistration'],
  portalQueue: ['portalRequests.list', 'portalRequests.issuePin', 'portalRequests.resendPin', 'portalRequests.refusePin', 'portalRequests.resendRegistration'],
  readings: ['readings.save', 'readings.tellRefused'],
  meters: ['readings.sheet', 'readings.attach', 'readings.attachment', 'readings.cancel', 'readings.correct', 'readings.replaceMeter', 'readings.removeMeter', 'readings.sealMeter', 'readings.breakSeal', 'readings.noAccess', 'readings.control', 'readings.acts', 'readings.portalVerdict', 'readings.verificationNotice', 'readings.printVerificationNotice'],
  bills: ['paymentDocuments.periods', 'paymentDocuments.preview', 'paymentDocuments.give', 'paymentDocuments.penalty', 'paymentDocuments.invoiceDraft', 'paymentDocuments.invoicePreview', 'paymentDocuments.invoice', 'paymentDocuments.statementPreview', 'paymentDocuments.statement'],
  sheets: ['sheetTemplates.offer', 'sheetTemplates.give'],
  requestsTaken: ['requests.offer', 'requests.create', 'requests.application'],
  requestsDone: ['requests.change', 'requests.open', 'requests.queue'],
  handOver: ['visits.colleagues'],
  approve: ['approvals.waiting', 'approvals.decide'],
  visitsOfOthers: ['visits.reassign', 'visits.exhausted', 'visits.releaseAttempts'],
  oddReadings: ['readings.exceptions', 'readings.review', 'readings.tuneRules'],
  ruleTrial: ['readings.previewRules'],
  windows: ['liveDesk.state', 'liveDesk.totals', 'liveDesk.name', 'liveDesk.day', 'liveDesk.limits'],
  flags: ['flags.list', 'flags.decide', 'flags.check', 'flags.rules', 'flags.tune', 'flags.attention'],
  reports: ['reports.run', 'reports.stop', 'reports.details', 'reports.visit', 'reports.choices', 'reports.settings', 'reports.saveSetting', 'reports.removeSetting', 'reports.chooseHome', 'reports.export'],
  documentBatches: ['documentBatches.preview', 'documentBatches.create', 'documentBatches.run', 'documentBatches.pause', 'documentBatches.retry', 'documentBatches.state', 'documentBatches.list'],
  memoBatches: ['memoBatches.check', 'memoBatches.create', 'memoBatches.run', 'memoBatches.pause', 'memoBatches.retry', 'memoBatches.settle', 'memoBatches.state', 'memoBatches.list', 'memoBatches.coveringList'],
  closing: ['paymentDocuments.closings', 'paymentDocuments.checkPeriod', 'paymentDocuments.closePeriod', 'paymentDocuments.pauseClosing'],
  journal: ['audit.verify', 'audit.stopVerify', 'audit.search', 'audit.events', 'audit.choices', 'audit.export', 'audit.anchor', 'audit.compare', 'audit.retention'],
  lookups: ['audit.lookups'],
  archive: ['audit.saveRetention', 'audit.archive'],
  staffSeen: ['staff.list'],
  staff: ['staff.create', 'staff.change', 'staff.block', 'staff.unblock', 'staff.setRoles', 'staff.setGrants', 'staff.resetPassword', 'staff.resetFactor', 'staff.history', 'staff.strayFailures', 'offices.list', 'offices.save'],
  providersSeen: ['providers.list'],
  providers: ['providers.save', 'providers.templates', 'providers.history', 'providers.version', 'providers.previewMemo', 'providers.previewDocument', 'sheetTemplates.list', 'sheetTemplates.save', 'sheetTemplates.history', 'sheetTemplates.preview', 'consents.texts', 'consents.addText', 'consents.dropText'],
  registers: ['registers.chooseFile', 'registers.preview', 'registers.check', 'registers.run', 'registers.mappings', 'registers.saveMapping', 'registers.removeMapping', 'registers.cancel', 'registers.showVerdict', 'registers.history', 'registers.exportReadings', 'registers.exports', 'registers.exportContacts', 'registers.contactExports', 'registers.watch', 'registers.chooseWatchFolder', 'registers.saveWatch', 'registers.watchNow'],
  messages: ['outbox.overview', 'outbox.list', 'outbox.message', 'outbox.resend', 'outbox.cancel', 'settings.mail', 'settings.saveMail', 'settings.sms', 'settings.saveSms', 'settings.removeSms', 'settings.portalLogins', 'settings.addPortalLogin', 'settings.removePortalLogin', 'settings.testMessage'],
  configurationSeen: ['configuration.history'],
  configuration: ['configuration.export', 'configuration.chooseFile', 'configuration.preview', 'configuration.import', 'configuration.imports', 'configuration.previewRevert', 'configuration.revert', 'configuration.previewRestore', 'configuration.restore'],
  backups: ['backups.state', 'backups.chooseFolder', 'backups.schedule', 'backups.makeKey', 'backups.make', 'backups.verify'],
  fleetSeen: ['fleet.state', 'fleet.history', 'fleet.rollouts'],
  fleet: ['fleet.start', 'fleet.hold', 'fleet.resume', 'fleet.stop', 'fleet.percent', 'fleet.limit', 'fleet.shutOut', 'fleet.minimum', 'fleet.installAt', 'fleet.channel', 'fleet.forget', 'updates.saveSource'],
  desk: ['printing.printers', 'printing.choose', 'printing.jobs', 'printing.cancel', 'printing.retry', 'printing.dismiss', 'printing.testPage', 'printing.testOutcome', 'printing.job', 'settings.saveLook', 'liveDesk.tell', 'updates.postpone'],
} as const
export type Ability = keyof typeof abilities

/** Who may make a call; null: it is not a matter of roles. */
export function rolesOf(name: string): readonly Role[] | null {
  const [feature = '', call = ''] = name.split('.')
  const calls = Object.entries(contract).find(([key]) => key === feature)?.[1] as Record<string, Call> | undefined
  const access = calls?.[call]?.access
  return Array.isArray(access) ? (access as readonly Role[]) : null
}

/** The table: what each ability is open to. */
export const roleTable: { ability: Ability; may: Record<Role, boolean> }[] = (Object.keys(abilities) as Ability[]).map((ability) => {
  const may = rolesOf(abilities[ability][0]) ?? []
  return { ability, may: Object.fromEntries(roles.map((role) => [role, may.includes(role)])) as Record<Role, boolean> }
})
