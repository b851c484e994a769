import { channel } from 'node:diagnostics_channel'
import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNoopMeter } from '@opentelemetry/api'
import { GatewayInstruments } from '@vr/otel-instruments'
import { expect, it } from 'vitest'
import { readSettings } from '../config/read-settings.ts'
import { liveHandler } from '../health/health-handlers.ts'
import type { Tracing } from '../tracing/start-tracing.ts'
import { instrumentApplication } from './instrument-application.ts'

const CHANNELS = [
  'http.server.request.start',
  'http.client.request.created',
  'fastify.initialization',
  'tracing:express.router.request:start',
  'tracing:net.server.listen:asyncEnd',
]

/** What a start changes in the process. */
const hooks = (): unknown => [
  CHANNELS.filter((name) => channel(name).hasSubscribers),
  [http.Server, http.ServerResponse, http.IncomingMessage].map(({ prototype }) =>
    Object.getOwnPropertyDescriptors(prototype),
  ),
]

const parts = (instrument: () => () => void) => ({
  settings: readSettings({}).settings,
  instruments: new GatewayInstruments({ meterProvider: { getMeter: () => createNoopMeter() } }),
  endpoint: undefined,
  health: { health: liveHandler, ready: liveHandler },
  tracing: { requestTracer: undefined, instrument } as unknown as Tracing,
  hasSpans: false,
  onFirstRequest: undefined,
  onRequest: () => {},
})

it('removes its hooks when it is stopped, and when a part of it cannot start', () => {
  const before = hooks()
  const stop = instrumentApplication(parts(() => () => {}))
  expect(hooks()).not.toEqual(before)
  stop()
  expect(hooks()).toEqual(before)
  const error = new Error('not started')
  const failing = () => {
    throw error
  }
  expect(() => instrumentApplication(parts(failing))).toThrow(error)
  expect(hooks()).toEqual(before)
})

it('announces each measured request before the application handles it, and no request that is not measured', async () => {
  const events: string[] = []
  const onRequest = () => events.push('announced')
  const { settings } = readSettings({ VR_METRICS_EXCLUDED_PATHS: '/private' })
  const stop = instrumentApplication({ ...parts(() => () => {}), settings, onRequest })
  const server = http.createServer((request, response) => {
    events.push(request.url ?? '')
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  for (const path of ['/one', '/private', '/two'])
    await (await fetch(`http://127.0.0.1:${port}${path}`)).text()
  expect(events).toEqual(['announced', '/one', '/private', 'announced', '/two'])
  server.close()
  stop()
})
