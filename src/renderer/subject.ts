import { defineStore } from 'pinia'
import {
  computed, effectScope, getCurrentInstance, hasInjectionContext, inject, onScopeDispose, provide, reactive, ref, shallowReactive,
  type ComponentInternalInstance, type EffectScope, type InjectionKey, type UnwrapNestedRefs,
} from 'vue'

/*
 * Several cards are open at once, and nothing of one may show in another. So whatever the page knows of a subscriber is made once for each of
 * them: a store made by `perSubject` called inside a card is that card's own for as long as the component lives, and a slow answer can only
 * reach the subscriber it is about.
 */

const subjectKey: InjectionKey<number> = Symbol('subject')
/** A component does not inject what it provides itself. */
const provided = new WeakMap<ComponentInternalInstance, number>()
/** Whose store is being set up: the stores it uses are the same subscriber's. */
let settingUp: number | null = null

interface Kept {
  scope: EffectScope
  store: object
}

/** Whose cards the page holds, and which one is shown; 0 is nobody's. */
export const useSubjects = defineStore('subjects', () => {
  const shownId = ref(0)
  const kept = new Map<number, Map<symbol, Kept>>()
  const drafts = shallowReactive(new Map<symbol, { subscriberId: number; isDirty: () => boolean }>())

  function storeOf(subscriberId: number, key: symbol, setup: (subscriberId: number) => object): object {
    const own = kept.get(subscriberId) ?? new Map<symbol, Kept>()
    kept.set(subscriberId, own)
    const known = own.get(key)
    if (known) return known.store
    // Detached: the component that asks first is not the owner.
    const scope = effectScope(true)
    const before = settingUp
    settingUp = subscriberId
    try {
      const store = scope.run(() => reactive(setup(subscriberId))) as object
      own.set(key, { scope, store })
      return store
    } finally {
      settingUp = before
    }
  }

  /** Nothing of this person stays in the page. */
  function forget(subscriberId: number) {
    for (const { scope } of kept.get(subscriberId)?.values() ?? []) scope.stop()
    kept.delete(subscriberId)
    if (shownId.value === subscriberId) shownId.value = 0
  }

  function forgetAll() {
    for (const subscriberId of [...kept.keys()]) forget(subscriberId)
  }

  /** Something typed in this card and not yet sent. */
  const hasDraft = (subscriberId: number) => [...drafts.values()].some((draft) => draft.subscriberId === subscriberId && draft.isDirty())

  return { shownId, drafts, storeOf, forget, forgetAll, hasDraft }
})

/** This component and everything below it is about one subscriber. Call first in setup. */
export function provideSubject(subscriberId: number): void {
  const instance = getCurrentInstance()
  if (instance) provided.set(instance, subscriberId)
  provide(subjectKey, subscriberId)
}

function ownSubject(): number | null {
  if (settingUp !== null) return settingUp
  const instance = getCurrentInstance()
  return (instance && provided.get(instance)) ?? (hasInjectionContext() ? inject(subjectKey, null) : null)
}

type PerSubject<Store extends object> = (() => Store) & { of: (subscriberId: number) => Store }

/**
 * A store of which every subscriber has their own. Called in the setup of a component inside a card, or of another such store, it is the card's;
 * anywhere else it is that of the card shown at the moment of each use. `of(subscriberId)` is a certain one's.
 */
export function perSubject<Setup extends object>(setup: (subscriberId: number) => Setup): PerSubject<UnwrapNestedRefs<Setup>> {
  type Store = UnwrapNestedRefs<Setup>
  const key = Symbol('store')
  const of = (subscriberId: number) => useSubjects().storeOf(subscriberId, key, setup) as Store
  const shown = new Proxy({} as Store, {
    get: (_target, property) => Reflect.get(of(useSubjects().shownId), property),
    set: (_target, property, value) => Reflect.set(of(useSubjects().shownId), property, value),
    has: (_target, property) => Reflect.has(of(useSubjects().shownId), property),
  })
  const use = () => {
    const own = ownSubject()
    return own === null ? shown : of(own)
  }
  return Object.assign(use, { of })
}

/** Whether the card this component stands in is the one shown; true outside of cards. Call in setup. */
export function useIsShown(): () => boolean {
  const own = ownSubject()
  if (own === null) return () => true
  const subjects = useSubjects()
  return () => subjects.shownId === own
}

/** Tells that there is something typed here that would be lost: the tab shows a mark, signing out asks. Call in setup. */
export function useDraft(isDirty: () => boolean): void {
  const subjects = useSubjects()
  const key = Symbol('draft')
  const dirty = computed(isDirty)
  subjects.drafts.set(key, { subscriberId: ownSubject() ?? subjects.shownId, isDirty: () => dirty.value })
  onScopeDispose(() => subjects.drafts.delete(key))
}
