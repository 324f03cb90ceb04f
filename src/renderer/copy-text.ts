import { announce } from './announce'
import { t, type TextKey } from './i18n'

/**
 * Puts a text on the clipboard and says so: «Скопировано: лицевой счёт». The text itself is not announced.
 * The page has no permissions, so `navigator.clipboard` is refused to it; answering the copy event of the key or the click that led here needs none,
 * and moves neither the focus nor the selection. Never for a secret or for something masked.
 */
export function copyText(what: TextKey, text: string): boolean {
  let isTaken = false
  const answer = (event: ClipboardEvent) => {
    event.clipboardData?.setData('text/plain', text)
    event.preventDefault()
    event.stopImmediatePropagation()
    isTaken = event.clipboardData !== null
  }
  document.addEventListener('copy', answer, { capture: true })
  document.execCommand('copy')
  document.removeEventListener('copy', answer, { capture: true })
  announce(isTaken ? t('common.copied', { what: t(what) }) : t('common.notCopied'))
  return isTaken
}
