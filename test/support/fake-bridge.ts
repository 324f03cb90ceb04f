import type { Bridge } from '@shared/bridge'
import { contract } from '@shared/contract'
import type { Call } from '@shared/contract/call'
import type { EventName, Events } from '@shared/events'
import type { Failure, FailureCode, FailureDetails } from '@shared/errors'
import type { Representative, Visit } from '@shared/contract/visits'
import * as office from './fake-office'

type Handler = (input: never) => unknown

/** Thrown by a handler to end the call as main would end it. */
export class FakeFailure extends Error {
  readonly failure: Failure
  constructor(code: FailureCode, reason?: string, details?: FailureDetails) {
    super(reason ?? code)
    this.failure = { code, reason, details }
  }
}

/**
 * The other side of the process boundary, from fixtures: for tests of the page and for nothing else. Handlers replace single calls;
 * every answer goes through the output schema of its call, as main's would, so that a fixture cannot drift from the contract.
 */
export function fakeBridge(handlers: Record<string, Handler> = {}) {
  const listeners = new Map<string, Set<(payload: unknown) => void>>()
  const calls: { name: string; input: Record<string, unknown> }[] = []
  const all: Record<string, Handler> = { ...usual(), ...handlers }

  const bridge: Bridge = {
    async call(name, input) {
      calls.push({ name, input: input as Record<string, unknown> })
      const [feature = '', method = ''] = name.split('.')
      const call = (contract as unknown as Record<string, Record<string, Call>>)[feature]?.[method]
      const handler = all[name]
      if (!call || !handler) return { ok: false, failure: { code: 'notFound', reason: 'unknownCall' } }
      try {
        return { ok: true, value: call.output.parse(await handler(structuredClone(call.input.parse(input)) as never)) }
      } catch (cause) {
        if (cause instanceof FakeFailure) return { ok: false, failure: cause.failure }
        throw cause
      }
    },
    on(event, listener) {
      const known = listeners.get(event) ?? new Set()
      listeners.set(event, known.add(listener))
      return () => known.delete(listener)
    },
  }

  return {
    ...bridge,
    calls,
    /** Inputs of all calls of a name, oldest first. */
    inputsOf: (name: string) => calls.filter((call) => call.name === name).map(({ input }) => input),
    handle(name: string, handler: Handler) {
      all[name] = handler
    },
    emit<Name extends EventName>(name: Name, payload: Events[Name]) {
      listeners.get(name)?.forEach((listener) => listener(payload))
    },
  }
}
export type FakeBridge = ReturnType<typeof fakeBridge>

/** An operator is signed in; the visit of subscriber 1 goes on as its calls say. */
function usual(): Record<string, Handler> {
  let visit: Visit = office.openVisit
  return {
    'session.status': () => ({ version: '0.1.0', database: { state: 'ready' }, staff: office.operator, locked: false, training: office.trainingPeople }),
    'session.signIn': () => ({ ...office.operator, signIn: { previous: { at: office.operator.lastSignInAt, desk: 'okno-3' }, failures: [], recoveryLeft: null } }),
    'session.changePassword': () => office.operator,
    'session.lock': () => ({}),
    'session.unlock': () => ({}),
    'session.signOut': () => ({}),
    'settings.look': () => ({ language: 'ru', theme: 'light' }),
    'settings.saveLook': (input: object) => ({ language: 'ru', theme: 'light', ...input }),
    'desk.search': () => ({ understood: ['name'], hits: office.hits, more: false, closedHidden: 2, documentsWaitSeconds: null }),
    'desk.card': () => office.card,
    'visits.open': () => visit,
    'visits.mine': () => [],
    'visits.identify': ({ number }: { number: string }) => {
      const agrees = number.replace(/\D/g, '') === '7423000317'
      visit = agrees ? { ...office.identified } : { ...visit, attemptsLeft: Math.max(0, visit.attemptsLeft - 1) }
      return { agrees, visit }
    },
    'visits.identifyRepresentative': ({ representative }: { representative: Representative }) => ({
      agrees: true,
      visit: (visit = { ...office.identified, identification: 'representative', represented: { by: representative.by, name: representative.name, form: 'form' in representative ? representative.form : null, until: null } }),
    }),
    'visits.summary': () => ({ done: [], waiting: [] }),
    'visits.waiting': () => [],
    'visits.colleagues': () => [{ id: 5, fullName: 'Петренко Илья Ильич', window: '4', openVisits: 1 }, { id: 6, fullName: 'Юсупова Дина Маратовна', window: '7', openVisits: 0 }],
    'visits.handOver': () => ({ visit: { ...visit, state: 'waiting' } }),
    'visits.accept': () => visit,
    'visits.postpone': () => ({ visit: { ...visit, state: 'closed', closedAt: office.at('09:47') }, code: 'V123456782', expiresOn: '2026-12-22', done: [] }),
    'visits.slip': ({ output }: { output: { how: string } }) => (output.how === 'print' ? { printer: 'HP_LaserJet_окно_3', jobId: '78', fileName: null } : { printer: null, jobId: null, fileName: 'Талон.pdf' }),
    'visits.nextSlip': ({ output }: { output: { how: string } }) => (output.how === 'print' ? { printer: 'HP_LaserJet_окно_3', jobId: '79', fileName: null } : { printer: null, jobId: null, fileName: 'Что принести.pdf' }),
    'visits.recordApplication': ({ number, date }: { number: string; date: string }) => ({ visit: (visit = { ...visit, application: { number, date } }) }),
    'visits.readingsOnly': () => ({ visit: (visit = { ...visit, identification: 'readingsOnly' }) }),
    'visits.undo': () => ({ undone: 'contacts.changeEmail' }),
    'visits.close': () => ({ visit: { ...visit, state: 'closed', closedAt: office.at('09:47') }, done: [] }),
    'contacts.check': () => ({ usedByOthers: 0, hints: [], isCurrent: false, impact: { logins: [], consents: [], bills: [] } }),
    'contacts.pending': () => office.contactRules,
    'contacts.history': () => ({ entries: [] }),
    'contacts.unmask': () => ({ value: 'elizaveta@mail.ru' }),
    'portalAccess.impact': () => office.impact,
    'portalAccess.reissuePassword': ({ output }: { output: { how: string } }) => ({
      memoNumber: '2026-000148', login: '740015023', issuedAt: office.at('09:45'), expiresAt: office.at('09:45', '2026-11-25'),
      delivered: output.how === 'email' ? { how: 'sent', channel: 'email', to: 'e***@mail.ru' } : output.how === 'print' ? { how: 'printed', printer: 'HP_LaserJet_окно_3', jobId: '77' } : { how: 'saved', fileName: 'Памятка 2026-000148.pdf' },
    }),
    'portalAccess.letter': () => ({ letter: { channel: 'email', to: 'e***@mail.ru', state: 'sent', error: null } }),
    'portalAccess.receipt': ({ output }: { output: { how: string } }) => (output.how === 'print' ? { printer: 'HP_LaserJet_окно_3', jobId: '80', fileName: null } : { printer: null, jobId: null, fileName: 'Расписка.pdf' }),
    'portalAccess.checkSheet': () => ({ matches: 'none', memoNumber: null, issuedAt: null, expired: false, replacedAt: null, replacedBy: null, triesLeft: 4 }),
    'approvals.state': () => ({ approval: null }),
    'approvals.waiting': () => ({ approvals: [] }),
    'printing.printers': () => ({ printers: [office.printer('HP_LaserJet_окно_3', { isDefault: true }), office.printer('Kyocera_зал', { state: 'stopped' })], options: office.printingOptions({ memo: 'HP_LaserJet_окно_3' }), tests: {} }),
    'printing.jobs': () => [],
    'printing.choose': () => ({}),
    'printing.job': () => ({ state: 'printed', reason: null, message: null }),
  }
}
