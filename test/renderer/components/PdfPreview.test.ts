import { openPdf } from '@renderer/components/pdf-pages'
import PdfPreview from '@renderer/components/PdfPreview.vue'
import { flushPromises, mount } from '@vue/test-utils'
import { afterEach, expect, test, vi } from 'vitest'

vi.mock('@renderer/components/pdf-pages', () => ({ openPdf: vi.fn() }))
afterEach(() => void vi.restoreAllMocks())

function paper(count: number) {
  let finish = () => {}
  const drawn = new Promise<void>((resolve) => (finish = resolve))
  return { pages: { count, draw: () => drawn, close: vi.fn<() => void>() }, finish }
}

test('the pages of before stay until all new ones are drawn', async () => {
  const [first, second] = [paper(1), paper(2)]
  vi.mocked(openPdf).mockResolvedValueOnce(first.pages).mockResolvedValueOnce(second.pages)
  const wrapper = mount(PdfPreview, { props: { pdf: new Uint8Array([1]), label: 'Квитанция' } })
  first.finish()
  await flushPromises()
  const old = wrapper.find('canvas').element
  await wrapper.setProps({ pdf: new Uint8Array([2]) })
  await flushPromises()
  expect(wrapper.findAll('canvas').map(({ element }) => element)).toEqual([old])
  second.finish()
  await flushPromises()
  expect(wrapper.findAll('canvas')).toHaveLength(2)
  expect(wrapper.find('canvas').element).not.toBe(old)
  expect(first.pages.close).toHaveBeenCalled()
  wrapper.unmount()
  expect(second.pages.close).toHaveBeenCalled()
})

test('a new document that cannot be drawn does not leave the old one in view', async () => {
  vi.spyOn(console, 'error').mockImplementation(() => {})
  const first = paper(1)
  vi.mocked(openPdf).mockResolvedValueOnce(first.pages).mockRejectedValueOnce(new Error('torn'))
  const wrapper = mount(PdfPreview, { props: { pdf: new Uint8Array([1]), label: 'Квитанция' } })
  first.finish()
  await flushPromises()
  await wrapper.setProps({ pdf: new Uint8Array([2]) })
  await flushPromises()
  expect(wrapper.text()).toContain('показать его не удалось')
  expect(wrapper.find('.pages').attributes('style')).toContain('display: none')
})
