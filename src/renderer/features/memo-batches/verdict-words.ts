import type { MemoItem, MemoRow } from '@shared/contract/memo-batches'
import { hasText, t } from '@renderer/i18n'

type Tone = 'success' | 'warning' | 'danger' | 'info' | 'neutral'

export function verdictWords({ verdict, sameAs }: Pick<MemoRow, 'verdict' | 'sameAs'>): { words: string; tone: Tone } {
  const tone = verdict === 'ready' ? 'success' : verdict === 'unknown' || verdict === 'ambiguous' ? 'danger' : 'warning'
  return { words: t(`memoBatches.verdict.${verdict}`, { line: sameAs ?? 0 }), tone }
}

const tones: Record<MemoItem['state'], Tone> = { refused: 'neutral', waiting: 'neutral', issued: 'info', printed: 'success', failed: 'danger' }

/** What became of a row, with the reason where there is one. */
export function stateWords(item: MemoItem): { words: string; tone: Tone } {
  if (item.state === 'refused') return verdictWords(item)
  const words = t(`memoBatches.state.${item.state}`)
  const reasons = item.reason ? [`memoBatches.failed.${item.reason}`, `memoBatches.verdict.${item.reason}`] : []
  const reason = reasons.find(hasText)
  return { words: reason && hasText(reason) ? `${words}: ${t(reason)}` : words, tone: tones[item.state] }
}
