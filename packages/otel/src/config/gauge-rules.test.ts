import { expect, it } from 'vitest'
import { gaugeRules } from './gauge-rules.ts'

it.each<[string, Record<string, string> | undefined, string[]]>([
  ['queue.length=sum', { 'queue.length': 'sum' }, []],
  ['a = MAX , b/c-d=by_worker,', { a: 'max', 'b/c-d': 'by_worker' }, []],
  ['a=sum,a=min', { a: 'min' }, []],
  ['a=sum,b=median,=sum,c', { a: 'sum' }, ['b=median', '=sum', 'c']],
  ['constructor=last', { constructor: 'last' }, []],
  ['__proto__=last', undefined, []],
  ['a=median', undefined, []],
  [',', undefined, []],
])('reads %j as %j and rejects %j', (text, expected, rejected) => {
  const parts: string[] = []
  expect(gaugeRules.parse(text, (part) => void parts.push(part))).toEqual(expected)
  expect(parts).toEqual(rejected)
})
