import { z } from 'zod'
import { feedChannels } from '../domain/signed-feed'
import { deskReasons, type UpdateState } from '../domain/update'
import { admins, anyStaff } from '../roles'
import { command, query } from './call'
import { instant, nothing } from './values'

/** Typed and not taken apart again: main itself makes it (`stepUpdate`). */
const state = z.custom<UpdateState>((value) => typeof value === 'object' && value !== null && 'state' in value)

export const updateStatus = z.object({
  /** What runs here. */
  version: z.string(),
  state,
  channel: z.enum(feedChannels),
  /** Where it looks; null: nobody has told. */
  source: z.string().nullable(),
  checkedAt: instant.nullable(),
  /** When a downloaded version goes in by the office's policy; null: no policy was heard yet. */
  installAt: z.union([z.enum(['quit', 'lock']), z.object({ hour: z.int() })]).nullable(),
  /** tooOld: below the office's minimum version. olderThanDatabase: nobody can work with it until it is updated. */
  required: z.enum(['tooOld', 'olderThanDatabase']).nullable(),
  /** Not at a lock or an hour before this; closing Okno still installs. */
  postponedUntil: instant.nullable(),
  /** What has come with the version that runs, until somebody has read it. */
  notes: z.object({ version: z.string(), text: z.string(), isReturn: z.boolean() }).nullable(),
})
export type UpdateStatus = z.infer<typeof updateStatus>

/** Open to everybody at the computer: a window that is too old has nobody who could sign in, and only what IT has signed and the policy allows is installed. */
export const updatesContract = {
  status: query({ access: 'everyone', input: nothing, output: updateStatus }),
  /** Looks at the source now; a release that did not come up is tried once more. */
  check: command({ access: 'everyone', input: nothing, output: updateStatus }),
  /** Closes Okno, installs and opens it again. conflict 'updateNotReady', 'updateBusy' {why}. */
  install: command({ access: 'everyone', input: nothing, output: nothing }),
  /** Neither a lock nor the hour installs it for so many hours. conflict 'updateRequired'. */
  postpone: command({ access: anyStaff, input: z.object({ hours: z.int().min(1).max(24) }), output: updateStatus }),
  notesRead: command({ access: 'everyone', input: nothing, output: updateStatus }),
  /** What must be over before Okno may end; the page tells it when it changes. */
  tellDesk: command({ access: 'everyone', input: z.object({ busy: z.array(z.enum(deskReasons)).max(4) }), output: nothing }),
  /** Of this computer; '' takes it back. invalidInput 'updateSource': neither https nor a folder. */
  saveSource: command({ access: admins, input: z.object({ source: z.string().trim().max(500) }), output: updateStatus }),
}
