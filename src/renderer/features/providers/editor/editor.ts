import { requisiteProblems, savedProvider } from '@shared/contract/providers'
import { cardChanges, setAt, valueAt } from '@shared/domain/card-changes'
import type { ProviderCard } from '@shared/domain/provider-profile'
import { computed, inject, nextTick, provide, reactive, ref, shallowRef, type InjectionKey } from 'vue'
import type { ProviderRecord } from '../providers-store'
import { problemText, textOfProblem } from './problems'
import { sectionNames, sectionOf, type SectionName } from '@renderer/provider-sections'

export interface FieldProblem {
  path: string
  text: string
}

/** The card as it stood when the form was opened; without a version it is a provider nobody has saved yet. */
export type EditedCard = ProviderCard & { version?: number | undefined }

/** Problems are gone through in the order of the sections. */
const order = (path: string) => sectionNames.indexOf(sectionOf(path))

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

/**
 * What is typed of one provider, by the paths of its schema («profile.password.length»): fields show and change a value at a path and the problem the
 * contract's own schema has with it. A number that can't be read is kept as it was typed, for the schema to refuse.
 */
export function createEditor(card: ProviderRecord | ProviderCard) {
  const base = shallowRef(editedOf(card))
  const isNew = computed(() => base.value.version === undefined)
  const draft = reactive(copy(base.value))
  const touched = reactive(new Set<string>())
  /** After an attempt to save everything is said, also of fields nobody has come to yet. */
  const isChecked = ref(false)
  const section = ref<SectionName>('requisites')

  const parsed = computed(() => savedProvider.safeParse(draft))
  const problems = computed<FieldProblem[]>(() => {
    const found = (parsed.value.error?.issues ?? []).map((issue) => ({ path: issue.path.join('.'), text: problemText(issue) }))
    // The schema compares fields with each other only when each of them is in order; a wrong digit is told at once.
    const digits = requisiteProblems(draft).filter(({ path }) => !found.some((one) => one.path === path))
    return [...found, ...digits.map(({ path, problem }) => ({ path, text: textOfProblem(problem) }))].sort((left, right) => order(left.path) - order(right.path))
  })
  const shown = computed(() => problems.value.filter(({ path }) => !isNew.value || isChecked.value || touched.has(path)))
  const changes = computed(() => cardChanges(base.value, draft))

  /** Whether and what is wrong at a path; with `inside` also of what stands under it. */
  function problem(path: string, inside = false): string | null {
    return shown.value.find((one) => one.path === path || (inside && one.path.startsWith(`${path}.`)))?.text ?? null
  }

  function set(path: string, value: unknown) {
    setAt(draft, path, value)
    touched.add(path)
    // A template without a word of its own is not there, as in what was saved.
    const [, part, name = ''] = path.split('.')
    const own = draft.profile.messages as Record<string, object>
    if (part === 'messages' && Object.keys(own[name] ?? {}).length === 0) delete own[name]
    // Nor a kind of request without a rule of its own.
    const rules = draft.profile.requests as Record<string, object> | undefined
    if (part !== 'requests' || !rules) return
    if (Object.keys(rules[name] ?? {}).length === 0) delete rules[name]
    if (Object.keys(rules).length === 0) delete draft.profile.requests
  }

  /** Goes to the first section with something wrong and in it to the first field from above: it gets the focus. */
  async function jump(): Promise<void> {
    const first = shown.value[0]
    if (!first) return
    section.value = sectionOf(first.path)
    await nextTick()
    const fields = [...document.querySelectorAll<HTMLElement>('[data-path]')]
    // What has no field of its own stands in one that holds it: a list, a group.
    const field = fields.find(({ dataset }) => problem(dataset['path'] ?? '') !== null) ?? fields.find(({ dataset }) => problem(dataset['path'] ?? '', true) !== null)
    const control = field?.querySelector<HTMLElement>('input, select, textarea, button')
    control?.scrollIntoView?.({ block: 'center' })
    control?.focus()
  }

  /** Another card in the fields: what was saved, a colleague's merged with this one, an earlier version. */
  function show(values: ProviderCard, from?: ProviderRecord) {
    if (from) base.value = editedOf(from)
    const now = { ...editedOf(values), version: base.value.version }
    for (const key of Object.keys(draft)) if (!(key in now)) delete (draft as Record<string, unknown>)[key]
    Object.assign(draft, now)
    touched.clear()
  }

  return {
    draft, base, isNew, section, parsed, problems: shown, changes, touched, isChecked,
    get: (path: string) => valueAt(draft, path),
    set, problem, jump, show,
    touch: (path: string) => touched.add(path),
  }
}

export type Editor = ReturnType<typeof createEditor>

function editedOf(card: ProviderRecord | ProviderCard): EditedCard {
  const { id: _, ...edited } = copy({ id: 0, ...card }) as ProviderRecord
  return edited
}

const key: InjectionKey<Editor> = Symbol('provider editor')

export function provideEditor(editor: Editor): Editor {
  provide(key, editor)
  return editor
}

/** The editor that a field stands in. */
export function useEditor(): Editor {
  const editor = inject(key)
  if (!editor) throw new Error('a field of a provider outside its editor')
  return editor
}
