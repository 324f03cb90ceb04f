import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fillSheetLine, handwritten, MAX_QUESTIONS, needsAccount, readSheetText, requestPlaceholders, sheetPlaceholders, type SheetValues } from '@shared/domain/sheet-template'

const sampleSheetValues = Object.fromEntries([...sheetPlaceholders, ...requestPlaceholders].map(({ name, sample }) => [name, sample])) as SheetValues

const problemsOf = (text: string) => readSheetText(text).problems

test('each line of a form is one thing on paper', () => {
  expect(readSheetText('# Заявление\n## О чём\n> от {subscriber}\n- пункт\n[] да\n\n---\n___\n{signature}\nПрошу.').lines).toEqual([
    { kind: 'title', text: 'Заявление' },
    { kind: 'heading', text: 'О чём' },
    { kind: 'addressee', text: 'от {subscriber}' },
    { kind: 'item', text: 'пункт' },
    { kind: 'box', text: 'да' },
    { kind: 'gap' },
    { kind: 'rule' },
    { kind: 'blank' },
    { kind: 'piece', piece: 'signature' },
    { kind: 'paragraph', text: 'Прошу.' },
  ])
})

test('the operator is asked each question once, in the order of the text', () => {
  expect(readSheetText('С {?Отсутствие с} по {?Отсутствие по}\nПовторю: {? Отсутствие с }').questions).toEqual(['Отсутствие с', 'Отсутствие по'])
})

test('what can’t be filled is told with its line', () => {
  expect(problemsOf('Прошу\n{passport} и {signature} тут\n{subscriber')).toEqual([
    { line: 2, problem: 'unknownName', name: 'passport' },
    { line: 2, problem: 'pieceInText', name: 'signature' },
    { line: 3, problem: 'openBrace' },
  ])
  expect(problemsOf('# ')).toEqual([{ line: 1, problem: 'emptyLine' }])
  expect(problemsOf(' \n \n')).toEqual([{ line: 1, problem: 'nothing' }])
  expect(problemsOf('{?}')).toEqual([{ line: 1, problem: 'questionLength', name: '?' }])
  expect(problemsOf(Array.from({ length: MAX_QUESTIONS + 1 }, (_, n) => `{?Вопрос ${n}}`).join('\n'))).toEqual([{ line: MAX_QUESTIONS + 1, problem: 'tooManyQuestions' }])
})

test('what nobody knows is left to handwriting', () => {
  const values = { ...sampleSheetValues, contract: null }
  expect(fillSheetLine('Договор {contract}, счёт {account}, {?Причина}', values, new Map())).toBe(`Договор ${handwritten}, счёт 100200300, ${handwritten}`)
  expect(fillSheetLine('{?Причина}', values, new Map([['Причина', 'переезд']]))).toBe('переезд')
})

test('an answer or a name with braces in it is printed, never filled again', () => {
  expect(fillSheetLine('{?Причина}', sampleSheetValues, new Map([['Причина', '{debt} {?Причина}']]))).toBe('{debt} {?Причина}')
})

test('a form that says something of an account needs one', () => {
  expect(needsAccount('Я, {subscriber}, прошу.\n{signature}')).toBe(false)
  expect(needsAccount('Счёт {account}')).toBe(true)
  expect(needsAccount('{meters}')).toBe(true)
})

test('every name an editor offers is a name a form may have', () => {
  for (const { name } of sheetPlaceholders) expect(problemsOf(`{${name}}`)).toEqual([])
})

test('any text is read whole: no line is lost, nothing throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('#', '>', '-', '[', ']', '{', '}', '?', '_', ' ', '\n', 'а', 'subscriber', '{meters}') , maxLength: 60 }), (text) => {
      const { lines } = readSheetText(text)
      expect(lines).toHaveLength(text.trimEnd().split('\n').length)
      for (const line of lines) if ('text' in line) fillSheetLine(line.text, sampleSheetValues, new Map())
    }),
  )
})
