import type { DeskJob } from '@shared/contract/printing'
import { hasText, t } from './i18n'

/** «лоток 2» for a tray as the print system names it (PWG 5101.1: `tray-2`, `manual`…); a name it does not know stays as the driver wrote it. */
export function trayText(tray: string): string {
  const numbered = /^tray-(\d+)$/.exec(tray)
  if (numbered) return t('printing.tray.numbered', { n: numbered[1] ?? '' })
  const key = `printing.tray.${tray.replaceAll('-', '_')}`
  return hasText(key) ? t(key) : tray
}

/** What is with the sheet, why, and what to do: one sentence each, the last two only where there is something to say. */
export function jobWords({ state, reason, secret, ofBatch, printer }: Pick<DeskJob, 'state' | 'reason' | 'secret' | 'ofBatch' | 'printer'>): { what: string; kept: string | null; todo: string | null } {
  const key = reason ?? state
  // Its operator has seen to it already.
  const isSettled = reason === 'moved' || reason === 'withdrawn'
  const at = (part: 'what' | 'kept' | 'todo') => {
    const own = `printing.job.${part}.${key}`
    const general = `printing.job.${part}.${state}`
    if (hasText(own)) return t(own, { printer })
    return hasText(general) && !isSettled ? t(general, { printer }) : null
  }
  const isDead = (state === 'failed' && !isSettled) || (state === 'lost' && reason === null)
  // A password is not printed twice, and what a batch had on a sheet only the batch knows.
  const isAlone = secret || ofBatch
  const help = `printing.job.here.${key}`
  const todo = isDead && secret && !ofBatch ? t('printing.job.todo.secret') : isDead && ofBatch ? t('printing.job.todo.batch') : isAlone && hasText(help) ? t(help) : at('todo')
  return { what: at('what') ?? '', kept: at('kept'), todo }
}
