import { approvalsContract } from './approvals'
import { auditContract } from './audit'
import { backupsContract } from './backups'
import type { Call, InputOf, OutputOf, ParsedInputOf } from './call'
import { configurationContract } from './configuration'
import { connectionContract } from './connection'
import { consentsContract } from './consents'
import { contactsContract } from './contacts'
import { deskContract } from './desk'
import { documentBatchesContract } from './document-batches'
import { flagsContract } from './flags'
import { fleetContract } from './fleet'
import { liveDeskContract } from './live-desk'
import { officesContract } from './offices'
import { outboxContract } from './outbox'
import { memoBatchesContract } from './memo-batches'
import { paymentDocumentsContract } from './payment-documents'
import { portalAccessContract } from './portal-access'
import { portalRequestsContract, portalUsersContract } from './portal-users'
import { printingContract } from './printing'
import { providersContract } from './providers'
import { readingsContract } from './readings'
import { registersContract } from './registers'
import { reportSettingsContract } from './report-settings'
import { reportsContract } from './reports'
import { requestsContract } from './requests'
import { sessionContract } from './session'
import { settingsContract } from './settings'
import { sheetTemplatesContract } from './sheet-templates'
import { staffContract } from './staff'
import { updatesContract } from './updates'
import { visitsContract } from './visits'

/** Every call there is. A line here and the compiler demands a service (main) and offers a method (renderer). */
export const contract = {
  session: sessionContract,
  desk: deskContract,
  visits: visitsContract,
  contacts: contactsContract,
  consents: consentsContract,
  portalAccess: portalAccessContract,
  portalUsers: portalUsersContract,
  portalRequests: portalRequestsContract,
  approvals: approvalsContract,
  readings: readingsContract,
  paymentDocuments: paymentDocumentsContract,
  memoBatches: memoBatchesContract,
  documentBatches: documentBatchesContract,
  printing: printingContract,
  registers: registersContract,
  requests: requestsContract,
  sheetTemplates: sheetTemplatesContract,
  staff: staffContract,
  offices: officesContract,
  providers: providersContract,
  audit: auditContract,
  liveDesk: liveDeskContract,
  flags: flagsContract,
  fleet: fleetContract,
  reports: { ...reportsContract, ...reportSettingsContract },
  settings: settingsContract,
  updates: updatesContract,
  configuration: configurationContract,
  outbox: outboxContract,
  backups: backupsContract,
  connection: connectionContract,
}

export type Contract = typeof contract
export type FeatureName = keyof Contract

type Calls<F> = { [Name in keyof F]: F[Name] extends Call ? F[Name] : never }

/** What a page sees: `api.contacts.change(input)`. */
export type Api = {
  [Feature in FeatureName]: {
    [Name in keyof Contract[Feature]]: (input: InputOf<Calls<Contract[Feature]>[Name]>) => Promise<OutputOf<Calls<Contract[Feature]>[Name]>>
  }
}

/** What a service is: a handler for each call of its feature. `Context` is main's. */
export type Handlers<F, Context> = {
  [Name in keyof F]: (input: ParsedInputOf<Calls<F>[Name]>, context: Context) => Promise<OutputOf<Calls<F>[Name]>> | OutputOf<Calls<F>[Name]>
}
