import { api } from '@renderer/api'
import { useSheet } from '@renderer/sheet'
import { perSubject } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import type { SheetKind } from '@shared/contract/sheet-templates'
import { reactive, shallowRef } from 'vue'

export type OfferedSheet = Awaited<ReturnType<typeof api.sheetTemplates.offer>>[number]
interface Which {
  visitId: number
  accountId: number | null
  templateId: number
  kind: SheetKind
  answers: string[]
}

/** Forms for the visitor of one card, and what was typed into each. */
export const useSheetsStore = perSubject(() => {
  const visits = useVisitStore()
  const offered = shallowRef<readonly OfferedSheet[] | null>(null)
  /** By form and question: coming back to a form finds what was typed. */
  const answers = reactive<Record<string, string>>({})
  const { busy, failure, run } = useAction()
  const give = (input: Parameters<typeof api.sheetTemplates.give>[0]) => api.sheetTemplates.give(input)
  const papers = { application: useSheet<Which>('application', give), act: useSheet<Which>('act', give), certificate: useSheet<Which>('statement', give) }

  async function load(accountId: number | null) {
    const visitId = visits.visit?.id
    if (visitId) await run(async () => (offered.value = await api.sheetTemplates.offer({ visitId, accountId })))
  }

  const keyOf = (sheet: OfferedSheet, question: string) => `${sheet.id} ${question}`
  /** What the call needs to know; null without a visit. */
  function whichOf(sheet: OfferedSheet, accountId: number | null): Which | null {
    const visitId = visits.visit?.id
    return visitId ? { visitId, accountId, templateId: sheet.id, kind: sheet.kind, answers: sheet.questions.map((question) => answers[keyOf(sheet, question)] ?? '') } : null
  }

  return { offered, answers, busy, failure, papers, load, keyOf, whichOf }
})
