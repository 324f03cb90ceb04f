import { CallFailure } from '@renderer/client'
import { useAction } from '@renderer/use-action'
import { expect, test } from 'vitest'

function later<T>() {
  let resolve: (value: T) => void = () => {}
  let reject: (cause: unknown) => void = () => {}
  const promise = new Promise<T>((yes, no) => ((resolve = yes), (reject = no)))
  return { promise, resolve, reject }
}

test('a second press while the first is under way does nothing', async () => {
  const { submit } = useAction()
  const first = later<string>()
  let runs = 0
  const work = () => (runs++, first.promise)
  const pressed = [submit(work), submit(work)]
  first.resolve('done')
  await expect(Promise.all(pressed)).resolves.toEqual(['done', undefined])
  expect(runs).toBe(1)
})

test('after a refusal the button works again', async () => {
  const { submit, busy, failure } = useAction()
  await submit(() => Promise.reject(new CallFailure('conflict', 'changedByAnotherDesk')))
  expect(busy.value).toBe(false)
  expect(failure.value?.reason).toBe('changedByAnotherDesk')
  await expect(submit(() => Promise.resolve('second try'))).resolves.toBe('second try')
  expect(failure.value).toBeNull()
})

test('a late failure of an older question does not spoil the newer one', async () => {
  const { run, busy, failure } = useAction()
  const slow = later<string>()
  const quick = later<string>()
  const answers = [run(() => slow.promise), run(() => quick.promise)]
  quick.resolve('new')
  await answers[1]
  slow.reject(new CallFailure('databaseUnavailable'))
  await answers[0]
  expect(failure.value).toBeNull()
  expect(busy.value).toBe(false)
})

test('a defect of the program is not shown as an ordinary refusal', async () => {
  const { run, busy, failure } = useAction()
  await expect(run(() => Promise.reject(new TypeError('a defect')))).rejects.toThrow('a defect')
  expect(failure.value).toBeNull()
  expect(busy.value).toBe(false)
})
