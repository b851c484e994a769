import { describe, expect, it } from 'vitest'
import { FactRecorder } from '../testing/fact-recorder.ts'
import { JsonBody } from './json-body.ts'

const REQUEST = '{"stream":true,"messages":[],"model":"m"}'

describe.each(['request', 'response'] as const)('a %s that is no JSON object', (kind) => {
  it.each(['[', '"', '1', 'null', '<html>', ' \n\t[', '\u0000'])(
    'is not kept if it begins with %j',
    (beginning) => {
      const body = new JsonBody(kind, new FactRecorder())
      for (const part of [...beginning, '{'.repeat(100_000), REQUEST]) body.append(part)
      expect(body.retainedBytes).toBeLessThanOrEqual(beginning.length)
    },
  )
})

it.each([
  ['white space', ' \r\n\t'],
  ['a byte order mark', '\uFEFF'],
  ['nothing', ''],
])('a request is read if %s comes first', (_name, beginning) => {
  const sink = new FactRecorder(['model_requested'])
  const body = new JsonBody('request', sink)
  for (const byte of new TextEncoder().encode(beginning + REQUEST)) {
    body.append(new Uint8Array(0))
    body.append(Uint8Array.of(byte))
  }
  body.end()
  expect(sink.facts).toEqual([{ type: 'model_requested', model: 'm' }])
})
