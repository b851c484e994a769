import { expect, it } from 'vitest'
import { FactRecorder } from '../testing/fact-recorder.ts'
import type { FactSink } from './facts.ts'
import { JsonBody } from './json-body.ts'
import { WIRE_FORMATS } from './readers.ts'
import { SseScanner } from './sse-scanner.ts'
import { StreamReader, tableOf } from './stream-reader.ts'
import type { WireFormat } from './wire-format.ts'

/** A wire format that is added to the list, and nowhere else. */
const ADDED: WireFormat = {
  api: 'added',
  operation: 'chat',
  endEvents: { 'added.finished': 'completed', 'added.broken!': 'failed' },
  identifies: (type) => type?.startsWith('added.') === true,
  wantsExcerpt: (type) => type === 'added.finished',
  toolCallMarks: ['added_call'],
  createReader: (sink) => ({
    isDelta: () => false,
    read: (type, data, excerpt) => {
      if (type === 'added.finished') reportModel(sink, `${data.length} of ${excerpt?.head.length}`)
    },
  }),
  isRequest: (body) => body.has('added'),
  readRequest: (_body, sink) => void reportModel(sink, 'of a request'),
  isResponse: (body) => body.has('added'),
  readResponse: (_body, sink) => void reportModel(sink, 'of a response'),
}

function reportModel(sink: FactSink, model: string): true {
  sink.onFact({ type: 'model_served', model })
  return true
}

function factsOf(
  text: string,
  formats: readonly WireFormat[],
  wants?: ConstructorParameters<typeof FactRecorder>[0],
) {
  const sink = new FactRecorder(wants)
  const reader = new StreamReader(sink, tableOf(formats))
  const scanner = new SseScanner((...event) => reader.read(...event), reader.wantsExcerpt)
  scanner.scan(text)
  return sink.facts
}

function factsOfBody(kind: 'request' | 'response', formats: readonly WireFormat[]) {
  const sink = new FactRecorder()
  const body = new JsonBody(kind, sink, formats)
  body.append('{"added":true}')
  body.end()
  return sink.facts
}

const formats = [...WIRE_FORMATS, ADDED]
const finished = `event: added.begin\ndata: {}\n\nevent: added.finished\ndata: ${'x'.repeat(3000)}\n\n`
const broken = 'event: added.begin\ndata: {}\n\nevent: added.broken!\ndata: {}\n\n'

it('a format on the list is identified, its events end streams, and its reader gets excerpts', () => {
  expect(factsOf(finished, formats)).toEqual([
    { type: 'api_identified', api: 'added', operation: 'chat' },
    { type: 'end_expected' },
    { type: 'model_served', model: '1024 of 3000' },
    { type: 'stream_ended', result: 'completed' },
  ])
  expect(factsOf(broken, formats, ['stream_ended'])).toEqual([{ type: 'stream_ended', result: 'failed' }])
})

it('a format on the list reads bodies', () => {
  expect(factsOfBody('request', formats)).toEqual([
    { type: 'api_identified', api: 'added', operation: 'chat' },
    { type: 'model_served', model: 'of a request' },
  ])
  expect(factsOfBody('response', formats)).toEqual([
    { type: 'api_identified', api: 'added', operation: 'chat' },
    { type: 'model_served', model: 'of a response' },
  ])
})

it('a format that is not on the list has no effect', () => {
  expect(factsOf(finished, WIRE_FORMATS)).toEqual([])
  expect(factsOfBody('request', WIRE_FORMATS)).toEqual([])
})

it('a format without one of its parts does not compile', () => {
  const { readRequest, ...withoutRequest } = ADDED
  const { endEvents, ...withoutEnd } = ADDED
  // @ts-expect-error a format without readRequest must not compile
  tableOf([withoutRequest])
  // @ts-expect-error a format without endEvents must not compile
  expect(() => tableOf([withoutEnd])).toThrow()
})
