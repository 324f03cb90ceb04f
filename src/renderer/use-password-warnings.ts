import { computed, ref } from 'vue'
import { t } from './i18n'

/** Caps Lock and the Russian layout are the usual reasons why a right password is refused; hidden dots do not show them. */
export function usePasswordWarnings() {
  const capsLock = ref(false)
  const russianLayout = ref(false)

  function onKey(event: KeyboardEvent) {
    capsLock.value = event.getModifierState('CapsLock')
    if (event.type === 'keydown' && event.key.length === 1) russianLayout.value = /[а-яё]/i.test(event.key)
  }

  const warning = computed(() => [capsLock.value && t('session.signIn.capsLock'), russianLayout.value && t('session.signIn.russianLayout')].filter(Boolean).join('. '))
  return { warning, onKey }
}
