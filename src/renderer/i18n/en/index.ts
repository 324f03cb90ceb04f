import type { SameTexts } from '../same-texts'
import type ru from '../ru'
import audit from './audit'
import common from './common'
import contacts from './contacts'
import desk from './desk'
import failures from './failures'
import live from './live'
import paymentDocuments from './payment-documents'
import portalAccess from './portal-access'
import printing from './printing'
import providers from './providers'
import readings from './readings'
import registers from './registers'
import settings from './settings'
import session from './session'
import shell from './shell'
import staff from './staff'
import training from './training'
import visits from './visits'

const en: SameTexts<typeof ru> = { audit, common, contacts, desk, failures, live, paymentDocuments, portalAccess, printing, providers, readings, registers, session, settings, shell, staff, training, visits }

export default en
