import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { printerFor, usePrintJob } from '@renderer/print-job'
import { useSheet } from '@renderer/sheet'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useApproval } from '@renderer/use-approval'
import { useVisitStore } from '@renderer/visit-store'
import type { InputOf, OutputOf } from '@shared/contract/call'
import type { Impact, MemoIssued, PasswordDelivery, PasswordLetter, portalAccessContract, SheetCheck } from '@shared/contract/portal-access'
import type { printingContract } from '@shared/contract/printing'
import { onScopeDispose, ref, shallowRef, watch } from 'vue'

type Printers = OutputOf<(typeof printingContract)['printers']>
type Output = InputOf<(typeof portalAccessContract)['reissuePassword']>['output']

export const ways = ['print', 'save', 'email', 'sms'] as const
export type Way = (typeof ways)[number]
export const deliveryOf = (how: Way): PasswordDelivery => (how === 'email' || how === 'sms' ? how : 'paper')

const LETTER_EVERY_MS = 1_000
/** A minute of asking, then seldom: a letter may wait an hour for its server. */
const EAGER_QUESTIONS = 60
const PATIENT_EVERY_MS = 10_000

/** Issuing a portal password: what it would change, how it is handed over, how that goes; the consent of a supervisor; the check of a disputed sheet. The secret never comes here. */
export const usePortalAccessStore = perSubject(() => {
  const subject = ref('')
  const impact = shallowRef<Impact | null>(null)
  const printers = shallowRef<Printers['printers']>([])
  const printer = ref<string | null>(null)
  const issued = shallowRef<MemoIssued | null>(null)
  const letter = shallowRef<PasswordLetter | null>(null)
  const checked = shallowRef<SheetCheck | null>(null)
  const { job, follow, forget } = usePrintJob()
  const loading = useAction()
  const asking = useAction()
  const issuing = useAction()
  const checking = useAction()
  const ids = operationIds()
  const checkIds = operationIds()
  const approval = useApproval('portalAccess.reissuePassword')
  const receipt = useSheet<{ visitId: number; accountId: number }>('memo', (input) => api.portalAccess.receipt(input))
  let letterTimer: ReturnType<typeof setTimeout> | undefined
  onScopeDispose(() => clearTimeout(letterTimer))

  const visits = useVisitStore()
  let shown: { visitId: number; accountId: number } | null = null
  // What a new password would change is told as it is now, also when another desk changed the e-mail meanwhile.
  watch(
    () => visits.revision,
    async () => {
      const about = shown
      if (!about || !impact.value || issued.value || issuing.busy.value) return
      const answer = await loading.run(() => api.portalAccess.impact(about))
      if (answer && about === shown) impact.value = answer
      await approval.lookAgain()
    },
  )

  /** What still stands between the operator and a password handed over this way; null: nothing. */
  const needsApproval = (how: Way) =>
    impact.value !== null && impact.value.approval !== 'none' && !(approval.current.value?.state === 'granted' && approval.current.value.deliver === deliveryOf(how))

  async function open(visitId: number, accountId: number) {
    leave()
    const own = `${visitId}/${accountId}`
    subject.value = own
    shown = { visitId, accountId }
    await loading.run(async () => {
      // Without a print system a memo can still be saved, so its failure is kept apart.
      const [answer, found] = await Promise.all([api.portalAccess.impact({ visitId, accountId }), asking.run(() => api.printing.printers({}))])
      if (subject.value !== own) return
      impact.value = answer
      printers.value = found?.printers ?? []
      printer.value = found ? printerFor('memo', found) : null
      if (answer.approval !== 'none') await approval.find({ visitId, accountId, deliver: 'paper' })
    })
  }

  /** Remembered for this desk. */
  async function choosePrinter(name: string) {
    printer.value = name
    await issuing.run(() => api.printing.choose({ form: 'memo', printer: name }))
  }

  async function issue(visitId: number, accountId: number, how: Way, large: boolean) {
    const own = `${visitId}/${accountId}`
    const output: Output = how === 'print' ? { how, printer: printer.value, large } : how === 'save' ? { how, large } : { how }
    const input = { visitId, accountId, output }
    await issuing.submit(async () => {
      const memo = await api.portalAccess.reissuePassword({ operationId: ids.of(input), ...input })
      ids.done()
      if (subject.value !== own) return
      issued.value = memo
      if (memo.delivered.how === 'printed') follow(memo.delivered.jobId)
      if (memo.delivered.how === 'sent') followLetter(own, visitId, accountId, 0)
    })
    // Closing the dialog is a decision, not a failure.
    if (issuing.failure.value?.reason === 'saveCancelled') issuing.reset()
    // The consent has been used up, has grown old, or a contact has changed since.
    if (issuing.failure.value?.reason === 'approvalNeeded') await refreshImpact()
  }

  async function refreshImpact() {
    const about = shown
    if (!about) return
    const answer = await loading.run(() => api.portalAccess.impact(about))
    if (answer && about === shown) impact.value = answer
    await approval.lookAgain()
  }

  function followLetter(own: string, visitId: number, accountId: number, questions: number) {
    clearTimeout(letterTimer)
    letterTimer = setTimeout(
      async () => {
        const answer = await asking.run(() => api.portalAccess.letter({ visitId, accountId }))
        if (subject.value !== own) return
        if (answer) letter.value = answer.letter
        if (letter.value?.state !== 'sent' && letter.value?.state !== 'failed') followLetter(own, visitId, accountId, questions + 1)
      },
      questions === 0 ? 0 : questions < EAGER_QUESTIONS ? LETTER_EVERY_MS : PATIENT_EVERY_MS,
    )
  }

  /** `password` as it stands on the sheet; one question is one try. */
  async function checkSheet(password: string) {
    const about = shown
    if (!about) return
    checked.value = null
    await checking.submit(async () => {
      // Another id for each press: the same sheet typed twice is two tries, and nothing typed is kept here.
      const answer = await api.portalAccess.checkSheet({ operationId: checkIds.of(about), ...about, password })
      checkIds.done()
      if (about === shown) checked.value = answer
    })
  }

  function forgetSheet() {
    checked.value = null
    checking.reset()
  }

  async function printReceipt() {
    if (shown) await receipt.print(shown)
  }

  async function previewReceipt() {
    if (shown) await receipt.preview(shown)
  }

  function leave() {
    forget()
    clearTimeout(letterTimer)
    loading.reset()
    asking.reset()
    issuing.reset()
    approval.forget()
    receipt.clear()
    forgetSheet()
    subject.value = ''
    shown = null
    impact.value = null
    issued.value = null
    letter.value = null
  }

  return {
    impact, printers, printer, issued, letter, job, loading: loading.busy, loadFailure: loading.failure, printersFailure: asking.failure, busy: issuing.busy, failure: issuing.failure,
    approval, needsApproval,
    checked, checkBusy: checking.busy, checkFailure: checking.failure, receipt,
    open, choosePrinter, issue, checkSheet, forgetSheet, printReceipt, previewReceipt, leave,
  }
})
