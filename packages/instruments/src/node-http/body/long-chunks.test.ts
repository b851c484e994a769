import { constants } from 'node:buffer'
import { expect, it } from 'vitest'
import { GatewayInstruments } from '../../instruments/gateway-instruments.ts'
import { RequestObservation } from '../../observation/request-observation.ts'
import { RecordingProvider } from '../../testing/recording-provider.ts'
import { recordChunk } from './body-hooks.ts'

it('counts the events of a chunk of more bytes than a string can have', () => {
  const provider = new RecordingProvider()
  const instruments = new GatewayInstruments({ meterProvider: provider, prefix: '', now: () => 1 })
  const request = { method: 'POST', scheme: 'http', protocolVersion: '1.1', target: '/' } as const
  const observation = new RequestObservation(instruments, request)
  observation.headersSent({ status: 200, isEventStream: true, isIdentity: true, decoder: undefined })
  const event = 'data: 1\n\n'
  const chunk = Buffer.alloc(constants.MAX_STRING_LENGTH + 2 * event.length)
  chunk.write(event)
  chunk.write(`\n\n${event}`, chunk.length - event.length - 2)
  if (observation.body !== undefined) recordChunk(observation.body, chunk, undefined)
  observation.end('finished', 200, 200)
  expect(provider.sums('sse.events')).toEqual({ 'route=unmatched': 2 })
  expect(provider.sums('sse.bytes')).toEqual({ 'route=unmatched': chunk.length })
})
