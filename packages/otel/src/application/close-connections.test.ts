import { once } from 'node:events'
import http from 'node:http'
import type { AddressInfo } from 'node:net'
import { createNoopMeter } from '@opentelemetry/api'
import { GatewayInstruments } from '@vr/otel-instruments'
import { expect, it } from 'vitest'
import { readSettings } from '../config/read-settings.ts'
import { liveHandler } from '../health/health-handlers.ts'
import { instrumentApplication } from './instrument-application.ts'

it('a client that checks the health on a connection does not keep a server open that closes', async () => {
  const stop = instrumentApplication({
    settings: readSettings({ VR_HEALTH_PATH: '/health' }).settings,
    instruments: new GatewayInstruments({ meterProvider: { getMeter: () => createNoopMeter() } }),
    endpoint: undefined,
    health: { health: liveHandler, ready: liveHandler },
    tracing: undefined,
    hasSpans: false,
    onFirstRequest: undefined,
    onRequest: () => {},
  })
  const closed = Promise.withResolvers<void>()
  const server = http.createServer((_request, response) => {
    server.close(() => closed.resolve())
    response.end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 })
  const connections = new Set<unknown>()
  const request = async (path: string): Promise<string | undefined> => {
    const [response] = await once(http.get({ port, path, agent }), 'response')
    connections.add(response.socket)
    await once(response.resume(), 'end')
    return response.headers.connection
  }
  expect(await request('/health')).toBe('keep-alive')
  expect(await request('/')).toBe('keep-alive')
  expect(await request('/health')).toBe('close')
  await closed.promise
  expect(connections.size).toBe(1)
  agent.destroy()
  stop()
})
