import { afterEach, beforeEach, expect, it } from 'vitest'
import { startEngine } from '../testing/llm-engine.ts'
import { ObservedServers } from '../testing/observed-servers.ts'
import { close, portOf } from '../testing/servers.ts'
import { UnobservedClient } from '../testing/unobserved-client.ts'

const client = new UnobservedClient()

let servers: ObservedServers
let engine: Awaited<ReturnType<typeof startEngine>>

beforeEach(async () => {
  engine = await startEngine()
  servers = new ObservedServers({ groups: ['http', 'tool'], activeContext: client.activeContext })
})

afterEach(async () => {
  await servers.end()
  await close(engine)
})

async function post(url: string, body: object): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await (await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })).text()
}

const output = [{ type: 'web_search_call', id: 'ws_1', status: 'completed' }]
const answer = JSON.stringify({ object: 'response', status: 'completed', model: 'm', output })

it.each<[executed: number, answers: readonly string[], reason: string]>([
  [1, ['json'], 'the answer of the engine does not show it'],
  [0, ['unknown coding'], 'the engine may have executed it'],
  [0, ['json', 'unknown coding'], 'one of the engines may have executed it'],
  [0, ['embeddings'], 'nothing was generated'],
  [1, ['json', 'embeddings'], 'only the call that generates counts'],
  [0, ['fail'], 'nothing was generated'],
  [1, ['fail', 'json'], 'only the attempt that was answered counts'],
])('the gateway has executed %i built-in tool after the answers %j: %s', async (executed, answers) => {
  const url = await servers.serve(async (request, response) => {
    request.resume()
    for (const kind of answers) {
      const path = kind === 'embeddings' ? 'embeddings' : 'engine'
      await post(`http://127.0.0.1:${portOf(engine)}/${path}`, { model: 'm', input: 'hi', answer: kind })
    }
    response.writeHead(200, { 'content-type': 'application/json' }).end(answer)
  })
  await client.exchange(`${url}/v1/responses`)
  await servers.idle()
  expect(servers.provider.sums('tool.calls.requested')).toEqual({ 'tool_type=web_search': 1 })
  const counts = executed === 0 ? {} : { 'tool_type=web_search': executed }
  expect(servers.provider.sums('tool.calls.executed')).toEqual(counts)
})
