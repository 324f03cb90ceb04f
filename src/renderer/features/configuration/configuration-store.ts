import { api } from '@renderer/api'
import { operationIds } from '@renderer/operation-id'
import { useAction } from '@renderer/use-action'
import type { ComparedItem, ConfigurationPart, ConfigurationPreview, ConfigurationState, ImportedConfiguration } from '@shared/contract/configuration'
import { defineStore } from 'pinia'
import { computed, ref, shallowRef } from 'vue'

/** What «Отменить приём» or «Вернуть» would change, to be looked at before it is done. */
export interface Undoing {
  kind: 'revert' | 'restore'
  title: { name: string; at: string; version: number | null }
  items: { part: ConfigurationPart; key: string; name: string; isRemoved: boolean; changes: ConfigurationPreview['items'][number]['changes'] }[]
  changedSince: readonly string[]
  input: { importId: string } | { part: ConfigurationPart; key: string; version: number; current: number }
}

const keyOf = ({ part, key }: Pick<ComparedItem, 'part' | 'key'>) => `${part} ${key}`
const canTake = ({ state }: ComparedItem) => state === 'new' || state === 'changed'

/** The configuration of the office: a file of another one beside it, what was taken in, and every state of every setting. */
export const useConfigurationStore = defineStore('configuration', () => {
  const imports = shallowRef<readonly ImportedConfiguration[] | null>(null)
  const history = shallowRef<readonly ConfigurationState[] | null>(null)
  const part = ref<ConfigurationPart | ''>('')
  const file = shallowRef<{ file: string; preview: ConfigurationPreview } | null>(null)
  const chosen = ref(new Set<string>())
  /** How many settings were taken in just now. */
  const taken = ref<number | null>(null)
  const undoing = shallowRef<Undoing | null>(null)
  const loading = useAction()
  const exporting = useAction()
  const comparing = useAction()
  const taking = useAction()
  const asking = useAction()
  const acting = useAction()
  const ids = operationIds()

  const choice = computed(() => (file.value?.preview.items ?? []).filter((item) => canTake(item) && chosen.value.has(keyOf(item))).map(({ part: of, key }) => ({ part: of, key })))

  async function load() {
    const found = await loading.run(() => Promise.all([api.configuration.imports({}), api.configuration.history({ part: part.value || null, limit: 100 })]))
    if (found) [imports.value, history.value] = found
  }

  /** The name of the file, or undefined: it failed or was cancelled. */
  async function exportFile() {
    const done = await exporting.submit(() => api.configuration.export({ operationId: ids.of('export') }))
    ids.done()
    return done
  }

  async function chooseFile() {
    taking.reset()
    taken.value = null
    const picked = await comparing.submit(() => api.configuration.chooseFile({}))
    if (picked) await compare(picked.file)
  }
  /** What differs, with everything ticked that is not an office's own. */
  async function compare(token: string) {
    const preview = await comparing.run(() => api.configuration.preview({ file: token }))
    // What was compared before says nothing of the file that could not be read.
    if (!preview && file.value?.file !== token) file.value = null
    if (!preview) return
    taking.reset()
    file.value = { file: token, preview }
    chosen.value = new Set(preview.items.filter((item) => canTake(item) && !item.isOwn).map(keyOf))
  }
  function toggle(item: ComparedItem) {
    const next = new Set(chosen.value)
    if (!next.delete(keyOf(item))) next.add(keyOf(item))
    chosen.value = next
  }
  function forget() {
    file.value = null
    taken.value = null
    comparing.reset()
    taking.reset()
  }

  async function take() {
    const now = file.value
    if (!now || choice.value.length === 0) return
    const input = { file: now.file, checksum: now.preview.checksum, state: now.preview.state, choice: choice.value }
    const done = await taking.submit(() => api.configuration.import({ operationId: ids.of(input), ...input }))
    if (!done) return
    ids.done()
    file.value = null
    taken.value = done.items
    await load()
  }

  async function askRevert({ id, fileName, at }: ImportedConfiguration) {
    acting.reset()
    const found = await asking.run(() => api.configuration.previewRevert({ importId: id }))
    if (found) undoing.value = { kind: 'revert', title: { name: fileName, at, version: null }, ...found, input: { importId: id } }
  }
  async function askRestore({ part: of, key, name, version, at }: ConfigurationState) {
    acting.reset()
    const found = await asking.run(() => api.configuration.previewRestore({ part: of, key, version }))
    if (found) undoing.value = { kind: 'restore', title: { name, at, version }, items: [{ part: of, key, name, isRemoved: false, changes: found.changes }], changedSince: [], input: { part: of, key, version, current: found.current } }
  }
  async function undo(): Promise<boolean> {
    const now = undoing.value
    if (!now) return false
    const done = await acting.submit<unknown>(() => {
      const operationId = ids.of(now.input)
      return 'importId' in now.input ? api.configuration.revert({ operationId, ...now.input }) : api.configuration.restore({ operationId, ...now.input })
    })
    if (done === undefined) return false
    ids.done()
    undoing.value = null
    taken.value = null
    await load()
    return true
  }

  return {
    imports, history, part, file, chosen, choice, taken, undoing, load, exportFile, chooseFile, compare, toggle, forget, take, askRevert, askRestore, undo,
    isChosen: (item: ComparedItem) => chosen.value.has(keyOf(item)),
    loading: loading.busy, loadFailure: loading.failure, exporting: exporting.busy, exportFailure: exporting.failure, comparing: comparing.busy, compareFailure: comparing.failure,
    taking: taking.busy, takeFailure: taking.failure, asking: asking.busy, askFailure: asking.failure, acting: acting.busy, actFailure: acting.failure,
  }
})
