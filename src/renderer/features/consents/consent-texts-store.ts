import { api } from '@renderer/api'
import { useAction } from '@renderer/use-action'
import type { ConsentText } from '@shared/contract/consents'
import { defineStore } from 'pinia'
import { computed, shallowRef } from 'vue'

type Listed = Awaited<ReturnType<typeof api.consents.texts>>
type NewText = Parameters<typeof api.consents.addText>[0]

/** The texts of consents of the whole office, an administrator's: what is read out now, what will be, what was. */
export const useConsentTextsStore = defineStore('consent-texts', () => {
  const listed = shallowRef<Listed | null>(null)
  const loading = useAction()
  const { busy: saving, failure: saveFailure, submit, reset: forgetFailure } = useAction()

  /** One group for each purpose and channel; the newest text first. */
  const groups = computed(() =>
    (['service', 'advertising'] as const).flatMap((purpose) =>
      (['sms', 'email'] as const).map((channel) => {
        const texts = (listed.value?.texts ?? []).filter((one) => one.purpose === purpose && one.channel === channel)
        const now = texts.find(({ isNow }) => isNow) ?? null
        const isLater = ({ validFrom }: ConsentText) => now === null || validFrom > now.validFrom
        return { purpose, channel, now, coming: texts.filter(isLater), past: texts.filter((one) => one !== now && !isLater(one)) }
      }),
    ),
  )

  async function load(): Promise<void> {
    await loading.run(async () => (listed.value = await api.consents.texts({})))
  }
  /** The new text, or nothing when it was refused; the list is read again in either case. */
  async function add(input: NewText): Promise<ConsentText | undefined> {
    const made = await submit(() => api.consents.addText(input))
    await load()
    return made
  }
  async function drop({ purpose, channel, version }: ConsentText): Promise<boolean> {
    const done = await submit(() => api.consents.dropText({ purpose, channel, version }))
    await load()
    return done !== undefined
  }

  return { listed, groups, loading: loading.busy, loadFailure: loading.failure, saving, saveFailure, forgetFailure, load, add, drop }
})
export type ConsentTextGroup = ReturnType<typeof useConsentTextsStore>['groups'][number]
