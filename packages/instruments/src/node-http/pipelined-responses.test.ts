import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import http, { type Server, type ServerResponse } from 'node:http'
import net, { type AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { attachObservation } from '../observation/observation-registry.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { trackPipelined } from './pipelined-responses.ts'

let server: Server | undefined
let onStart: ((message: unknown) => void) | undefined

afterEach(() => {
  if (onStart !== undefined) unsubscribe(START, onStart)
  server?.closeAllConnections()
  server?.close()
})

const START = 'http.server.request.start'

/** Ends waiting responses by their connection only, as on Node 22, which emits no events for them. */
async function serve(
  onRequest: (response: ServerResponse) => void,
): Promise<{ port: number; ended: string[] }> {
  const ended: string[] = []
  const instruments = new GatewayInstruments({ meterProvider: new RecordingProvider() })
  onStart = (message) => {
    const { response } = message as { response: ServerResponse }
    const { method } = response.req
    const observation = new RequestObservation(instruments, {
      method,
      scheme: 'http',
      protocolVersion: '1.1',
    })
    attachObservation(response, observation)
    trackPipelined(response, response.req.socket, (waiting) => ended.push(String(waiting.req.url)))
    response.on('finish', () => observation.end('finished', 200, 200))
  }
  subscribe(START, onStart)
  const made = http.createServer((_request, response) => onRequest(response))
  server = made
  await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
  return { port: (made.address() as AddressInfo).port, ended }
}

const requests = (...paths: string[]): string =>
  paths.map((path) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`).join('')

it('ends the responses that wait for an earlier one when the connection closes', async () => {
  let count = 0
  const { port, ended } = await serve(({ req }) => {
    if (++count === 3) req.socket.destroy()
  })
  const socket = net.connect(port, '127.0.0.1', () => socket.write(requests('/first', '/second', '/third')))
  await new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
  await new Promise((resolve) => setImmediate(resolve))
  expect(ended).toEqual(['/second', '/third'])
})

it('adds no listener, and wraps no connection without pipelined requests', async () => {
  const seen: [number, boolean][] = []
  const { port } = await serve((response) => {
    const { socket } = response.req
    seen.push([socket.listenerCount('close'), Object.hasOwn(socket, 'emit')])
    if (seen.length > 1) setImmediate(() => socket.destroy())
    else response.end()
  })
  const socket = net.connect(port, '127.0.0.1', () => socket.write(requests('/first')))
  socket.once('data', () => socket.write(requests('/second', '/third')))
  await new Promise((resolve) => socket.on('error', () => {}).on('close', resolve))
  expect(seen.map(([listeners]) => listeners)).toEqual(Array(3).fill(seen[0]?.[0]))
  expect(seen.map(([, isWrapped]) => isWrapped)).toEqual([false, false, true])
})
