import { expect, it } from 'vitest'
import { startAll } from './undo.ts'

/** A start that notes when it is run and when it is undone. */
const noting = (log: string[], name: string) => () => {
  log.push(`start ${name}`)
  return () => void log.push(`undo ${name}`)
}

it('undoes all starts in reverse order, once', () => {
  const log: string[] = []
  const undo = startAll([noting(log, 'a'), noting(log, 'b')])
  undo()
  undo()
  expect(log).toEqual(['start a', 'start b', 'undo b', 'undo a'])
})

it('undoes the starts before one that throws, and throws its error', () => {
  const log: string[] = []
  const error = new Error('not started')
  const failing = () => {
    throw error
  }
  expect(() => startAll([noting(log, 'a'), noting(log, 'b'), failing, noting(log, 'c')])).toThrow(error)
  expect(log).toEqual(['start a', 'start b', 'undo b', 'undo a'])
})
