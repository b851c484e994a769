import { EventEmitter, once } from 'node:events'
import http, { type IncomingMessage } from 'node:http'
import https from 'node:https'
import { text } from 'node:stream/consumers'
import { afterEach, describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { internalErrors } from '../instruments/internal-errors.ts'
import { Faults, failingProvider } from '../testing/faults.ts'
import { CHAT, startEngine } from '../testing/llm-engine.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { close, portOf } from '../testing/servers.ts'
import { observeClientCalls } from './observe-calls.ts'

const ends: (() => unknown)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

const recorded = new RecordingProvider()

/** Observes the calls of this process. */
function observe(instruments: GatewayInstruments): void {
  recorded.calls.length = 0
  ends.push(observeClientCalls(instruments))
}

async function start(): Promise<string> {
  const engine = await startEngine()
  ends.push(() => close(engine))
  return `http://127.0.0.1:${portOf(engine)}/v1/chat/completions`
}

/** Listeners of an event that Node allows without a warning. */
const LIMIT = EventEmitter.defaultMaxListeners

const headers = { 'content-type': 'application/json' }
const body = JSON.stringify({ model: 'm', messages: [], answer: 'stream' })

async function callBoth(url: string): Promise<string[]> {
  const request = http.request(url, { method: 'POST', headers, agent: false }).end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  return [await text(response), await (await fetch(url, { method: 'POST', headers, body })).text()]
}

async function attempts(count: number): Promise<void> {
  const sum = (): number =>
    Object.values(recorded.sums('upstream.attempts')).reduce((total, value) => total + value, 0)
  while (sum() < count) await new Promise((resolve) => setImmediate(resolve))
}

describe('a call to an LLM API', () => {
  it('is recorded, and its bytes are the same, if the provider throws in the middle of the stream', async () => {
    const faults = new Faults([true])
    const reliable = [
      'upstream.attempts',
      'gen_ai.client.token.usage',
      'gen_ai.client.operation.duration',
      'gen_ai.client.operation.time_to_first_chunk',
    ]
    const meterProvider = failingProvider(recorded, faults, reliable)
    observe(new GatewayInstruments({ meterProvider, prefix: '' }))
    expect(await callBoth(await start())).toEqual([CHAT, CHAT])
    await attempts(2)
    expect(faults.thrown).toBeGreaterThan(0)
    expect(Object.values(recorded.sums('upstream.attempts'))).toEqual([2])
    expect(Object.values(recorded.counts('gen_ai.client.token.usage'))).toEqual([2, 2])
  })

  it('reaches the application whatever throws in the observation', async () => {
    const fail = (): never => {
      throw new Error('clock')
    }
    observe(new GatewayInstruments({ meterProvider: recorded, prefix: '', now: fail }))
    expect(await callBoth(await start())).toEqual([CHAT, CHAT])
  })

  it('is not read any more once the observation has stopped', async () => {
    observe(new GatewayInstruments({ meterProvider: recorded, prefix: '' }))
    const url = await start()
    await callBoth(url)
    await attempts(2)
    await ends.shift()?.()
    expect(await callBoth(url)).toEqual([CHAT, CHAT])
    expect(Object.values(recorded.sums('upstream.attempts'))).toEqual([2])
  })

  it('causes no warning of a memory leak for as many listeners as Node allows', async () => {
    const warnings: string[] = []
    const onWarning = (warning: Error): void => void warnings.push(warning.message)
    process.on('warning', onWarning)
    ends.push(() => process.off('warning', onWarning))
    observe(
      new GatewayInstruments({ meterProvider: recorded, prefix: '', groups: ['genai', 'http_semconv'] }),
    )
    const listen = (emitter: EventEmitter, count: number): void => {
      for (let i = 0; i < count; i++) emitter.on('close', () => {})
    }
    const request = http.request(await start(), { method: 'POST', headers, agent: false }).end(body)
    listen(request, LIMIT)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    listen(response, LIMIT - 1) // `text` adds one
    expect(await text(response)).toBe(CHAT)
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([])
    listen(request, 1)
    await new Promise((resolve) => setImmediate(resolve))
    expect(warnings).toEqual([expect.stringContaining('close listeners added to [ClientRequest]')])
  })

  it('causes no internal error if the application names an unknown encoding', async () => {
    const errors = internalErrors.counts.get('llm_call')
    observe(new GatewayInstruments({ meterProvider: recorded, prefix: '' }))
    const request = http.request(await start(), { method: 'POST', headers, agent: false })
    request.on('error', () => {}).write('text', 'unknown' as BufferEncoding)
    await new Promise((resolve) => request.destroy().once('close', resolve)) // else Node throws when the socket connects
    expect(internalErrors.counts.get('llm_call')).toBe(errors)
  })

  it('is read over TLS', async () => {
    observe(new GatewayInstruments({ meterProvider: recorded, prefix: '' }))
    // A shared key needs no certificate.
    const shared = { ciphers: 'PSK', maxVersion: 'TLSv1.2' } as const
    const server = https.createServer(
      { ...shared, pskCallback: () => Buffer.alloc(16, 1) },
      (request, response) => {
        request.resume().on('end', () => response.setHeader('content-type', 'text/event-stream').end(CHAT))
      },
    )
    await once(server.listen(0, '127.0.0.1'), 'listening')
    ends.push(() => close(server))
    const agent = new https.Agent({
      ...shared,
      pskCallback: () => ({ psk: Buffer.alloc(16, 1), identity: 'test' }),
      checkServerIdentity: () => undefined,
    })
    const url = `https://127.0.0.1:${portOf(server)}/v1/chat/completions`
    const request = https.request(url, { method: 'POST', headers, agent })
    const [response] = (await once(request.end(body), 'response')) as [IncomingMessage]
    expect(await text(response)).toBe(CHAT)
    await attempts(1)
    expect(recorded.sums('upstream.attempts')).toEqual({ 'outcome=ok': 1 })
    expect(Object.values(recorded.counts('gen_ai.client.token.usage'))).toEqual([1, 1])
  })
})
