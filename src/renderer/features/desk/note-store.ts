import { api } from '@renderer/api'
import type { CallFailure } from '@renderer/client'
import { operationIds } from '@renderer/operation-id'
import { perSubject, useDraft } from '@renderer/subject'
import { useAction } from '@renderer/use-action'
import { useVisitStore } from '@renderer/visit-store'
import { noteText, type Note } from '@shared/contract/desk'
import { instant, localDate } from '@shared/contract/values'
import { addDays, addMonths, type LocalDate } from '@shared/domain/dates'
import { reactive } from 'vue'
import { z } from 'zod'

export const NOTE_LENGTH = 300
export const noteTerms = ['today', 'week', 'month', 'always'] as const
export type NoteTerm = (typeof noteTerms)[number]

/** What is typed and not yet saved; kept when the dialog is closed and when a save fails. */
export interface NoteDraft {
  text: string
  expiresOn: LocalDate | null
  /** Of the note as it was last seen; 0 of a new one. */
  version: number
}

/** What a colleague did meanwhile; `current` is null when the note was taken off. */
export interface NoteConflict {
  staffName: string | null
  at: string | null
  kind: string | null
  current: { text: string; expiresOn: LocalDate | null; version: number } | null
}

const conflictDetails = z.object({
  staffName: z.string().nullable(),
  at: instant.nullable(),
  kind: z.string().nullable(),
  current: z.object({ text: z.string(), expiresOn: localDate.nullable(), version: z.int() }).nullable(),
})

/** The last day of a note; null is without a term. */
export function lastDayOf(term: NoteTerm, today: LocalDate): LocalDate | null {
  if (term === 'today') return today
  if (term === 'week') return addDays(today, 7)
  return term === 'month' ? addMonths(today, 1) : null
}

/** Null for any other failure. */
export function noteConflictOf(failure: Pick<CallFailure, 'reason' | 'details'> | null): NoteConflict | null {
  if (failure?.reason !== 'changedByAnotherDesk') return null
  const { data } = conflictDetails.safeParse(failure.details)
  return data ?? null
}

/** Both texts, the colleague's first; too long a result is for the operator to shorten. */
export function mergedText(theirs: string, own: string): string {
  if (theirs.includes(own)) return theirs
  return own.includes(theirs) ? own : `${theirs}\n${own}`
}

/** Pinned notes of one subscriber: what is typed about them, and the ways to save it. */
export const useNoteStore = perSubject((subscriberId) => {
  const visits = useVisitStore()
  const { busy, failure, submit, reset } = useAction()
  const ids = operationIds()
  /** By note; 0 is the new one. */
  const drafts = reactive(new Map<number, NoteDraft>())
  useDraft(() => drafts.size > 0)

  const isValid = (draft: NoteDraft) => noteText.safeParse(draft.text).success

  /** Writes the draft: a new note, or what stands in place of the old text. Whether it is saved. */
  async function save(noteId: number): Promise<boolean> {
    const draft = drafts.get(noteId)
    const visit = visits.visit
    if (!draft || !visit || !isValid(draft)) return false
    const input = { visitId: visit.id, text: draft.text.trim(), expiresOn: draft.expiresOn }
    return done(noteId, () =>
      noteId === 0 || draft.version === 0
        ? api.desk.addNote({ operationId: ids.of(input), ...input })
        : api.desk.editNote({ operationId: ids.of({ ...input, noteId, version: draft.version }), ...input, noteId, version: draft.version }),
    )
  }

  async function remove(noteId: number, version: number): Promise<boolean> {
    const visit = visits.visit
    if (!visit) return false
    const input = { visitId: visit.id, noteId, version }
    return done(noteId, () => api.desk.removeNote({ operationId: ids.of(input), ...input }))
  }

  async function done(noteId: number, work: () => Promise<{ notes: Note[] }>): Promise<boolean> {
    const answer = await submit(work)
    if (!answer) return false
    ids.done()
    drafts.delete(noteId)
    if (visits.card) visits.show({ ...visits.card, notes: answer.notes })
    // The history has a new line too.
    void visits.refresh()
    return true
  }

  return { subscriberId, drafts, busy, failure, isValid, save, remove, reset }
})
