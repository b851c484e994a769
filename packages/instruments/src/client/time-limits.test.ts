import { once } from 'node:events'
import type { Server, ServerResponse } from 'node:http'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { startEngine } from '../testing/llm-engine.ts'
import { ObservedServers } from '../testing/observed-servers.ts'
import { close, portOf } from '../testing/servers.ts'

let engine: Server
let servers: ObservedServers

beforeEach(async () => {
  engine = await startEngine()
  servers = new ObservedServers()
})

afterEach(async () => {
  await servers.end()
  await close(engine)
})

/** Ends a stream whose engine call the application aborts. */
async function stream(response: ServerResponse, abort: (controller: AbortController) => void): Promise<void> {
  response.write('data: {}\n\n')
  const controller = new AbortController()
  const url = `http://127.0.0.1:${portOf(engine)}/v1/responses`
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify({ model: 'm', input: '', answer: 'hang' })
  const sent = fetch(url, { method: 'POST', headers, body, signal: controller.signal })
  const aborted = expect(sent).rejects.toMatchObject({ name: 'AbortError' })
  await once(engine, 'request')
  abort(controller)
  await aborted
  response.end()
}

it('makes a stream end with the outcome timeout if the client of the engine exceeds its time limit', async () => {
  await servers.streamOf((response) =>
    stream(response, (controller) => setTimeout(() => controller.abort(), 0)),
  )
  expect(servers.outcomes).toEqual(['timeout'])
})

it('has no effect on a stream if the application aborts the call otherwise', async () => {
  await servers.streamOf((response) => stream(response, (controller) => controller.abort()))
  expect(servers.outcomes).toEqual(['completed'])
})
