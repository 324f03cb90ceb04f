import { z } from 'zod'
import { readSheetText } from '../domain/sheet-template'
import { requestKind } from '../domain/request-kinds'
import { admins, operators } from '../roles'
import { command, query } from './call'
import { sheetGiven, sheetOutput } from './printing'
import { id, instant, nothing, operationId, pdf } from './values'

/** What the paper is: an application is signed by the visitor, an act by two sides, a certificate by the office. It says which identification suffices. */
export const sheetKinds = ['application', 'act', 'certificate'] as const
export const sheetKind = z.enum(sheetKinds)
export type SheetKind = z.infer<typeof sheetKind>

const words = {
  kind: sheetKind,
  /** Code; null: forms of all providers. */
  provider: z.string().max(40).nullable(),
  /** The application of this kind of request is printed by this form. */
  requestKind: requestKind.nullable(),
  title: z.string().trim().min(3).max(120),
  text: z
    .string()
    .max(12_000)
    .refine((text) => readSheetText(text).problems.length === 0, { error: 'sheetText' }),
  isActive: z.boolean(),
}

export const sheetTemplate = z.object({ ...words, text: z.string(), id, version: z.int(), changedAt: instant, changedBy: z.string().nullable() })
export type SheetTemplate = z.infer<typeof sheetTemplate>

/** A form without its history: one that Okno brings along, or one that is being written. */
export const sheetDraft = z.object(words)
export type SheetDraft = z.infer<typeof sheetDraft>

const versions = z.array(sheetTemplate.omit({ id: true }))

export const sheetTemplatesContract = {
  list: query({ access: admins, input: nothing, output: z.object({ templates: z.array(sheetTemplate), ready: z.array(sheetDraft) }) }),
  /** Without an id a new one. conflict changedByAnotherDesk; notFound sheetTemplate, provider; conflict requestKindTaken: another active form is the application of that kind. */
  save: command({ access: admins, input: z.object({ ...words, id: id.nullable(), version: z.int().nullable() }), output: sheetTemplate }),
  /** Newest first. */
  history: query({ access: admins, input: z.object({ id }), output: versions }),
  /** As it comes out, of a subscriber there isn't. */
  preview: query({ access: admins, input: z.object({ title: words.title, kind: sheetKind, text: z.string().max(12_000) }), output: z.object({ pdf }) }),
  /** Forms for this visitor: of the account's provider and of all. */
  offer: query({
    access: operators,
    input: z.object({ visitId: id, accountId: id.nullable() }),
    output: z.array(z.object({ id, kind: sheetKind, title: z.string(), questions: z.array(z.string()), needsAccount: z.boolean() })),
  }),
  /** notFound sheetTemplate; invalidInput accountNeeded. `kind` says which printer; `answers` in the order of the questions, an empty one is a blank for handwriting. */
  give: command({
    access: operators,
    input: z.object({ operationId, visitId: id, accountId: id.nullable(), templateId: id, kind: sheetKind, answers: z.array(z.string().trim().max(300)).max(12), output: sheetOutput }),
    output: sheetGiven,
  }),
}
