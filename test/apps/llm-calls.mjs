// Makes the same calls to an LLM API by each HTTP client of this Node and by a version of undici (`UNDICI`: path of the package),
// and prints a line for each client: whether the bodies that it received are those that the engine sent, and what was counted.
import { once } from 'node:events'
import http from 'node:http'
import { createRequire } from 'node:module'
import { Writable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'

const require = createRequire(import.meta.url)
const undici = process.env.UNDICI === undefined ? undefined : require(process.env.UNDICI)

const event = (data) =>
  `data: ${JSON.stringify({ object: 'chat.completion.chunk', model: 'm-1', ...data })}\n\n`
const STREAM = [
  ...Array.from({ length: 20 }, (_, i) => event({ choices: [{ index: 0, delta: { content: `é ${i}` } }] })),
  event({ choices: [], usage: { prompt_tokens: 3, completion_tokens: 20 } }),
  'data: [DONE]\n\n',
].join('')
const JSON_BODY = JSON.stringify({
  object: 'chat.completion',
  model: 'm-1',
  choices: [],
  usage: { prompt_tokens: 5, completion_tokens: 7 },
})

const engine = http.createServer(async (request, response) => {
  const { kind } = JSON.parse(await text(request))
  const coding = kind === 'gzip' ? { 'content-encoding': 'gzip' } : {}
  if (kind === 'json') response.writeHead(200, { 'content-type': 'application/json' }).end(JSON_BODY)
  else response.writeHead(200, { 'content-type': 'text/event-stream', ...coding })
  if (kind === 'gzip') response.end(gzipSync(STREAM))
  if (kind === 'cut') response.write(STREAM.slice(0, 500), () => response.destroy())
  if (kind !== 'stream') return
  for (const byte of Buffer.from(STREAM)) response.write(Uint8Array.of(byte))
  response.end()
})
await once(engine.listen(0, '127.0.0.1'), 'listening')
const url = `http://127.0.0.1:${engine.address().port}/v1/chat/completions`

const headers = { 'content-type': 'application/json', 'accept-encoding': 'gzip' }
const CLIENTS = {
  fetch: async (body) => (await fetch(url, { method: 'POST', headers, body })).text(),
  'node:http': async (body) => {
    const request = http.request(url, { method: 'POST', headers })
    request.end(body)
    const [response] = await once(request, 'response')
    return text(response)
  },
  ...(undici && {
    'undici.request': async (body) => {
      const response = await undici.request(url, { method: 'POST', headers, body })
      return response.body.text()
    },
    'undici.stream': async (body) => {
      let received = ''
      const sink = () =>
        new Writable({
          write(chunk, _encoding, done) {
            received += chunk.toString('latin1')
            done()
          },
        })
      await undici.stream(url, { method: 'POST', headers, body }, sink)
      return Buffer.from(received, 'latin1').toString()
    },
    'undici.fetch': async (body) => (await undici.fetch(url, { method: 'POST', headers, body })).text(),
  }),
}

/** Totals of the metrics of calls to LLM APIs, by name and by the label `outcome` or `gen_ai_token_type`. */
const totals = async () => {
  const scrape = await (await fetch(new URL('/metrics', url))).text()
  const pattern =
    /^(?:vllm_responses_|gen_ai_client_)(upstream_attempts_total|\S+_(?:sum|count))\{(.*)\} (\S+)$/gm
  const found = {}
  for (const [, name, labels, value] of scrape.matchAll(pattern)) {
    if (!/^(upstream|operation|token)/.test(name) || name.endsWith('_seconds_sum')) continue
    const [, label = ''] = /(?:outcome|token_type)="(\w+)"/.exec(labels) ?? []
    const key = `${name} ${label}`.trim()
    found[key] = (found[key] ?? 0) + Number(value)
  }
  return found
}

for (const [name, send] of Object.entries(CLIENTS)) {
  const bodies = []
  for (const kind of ['stream', 'json', 'gzip', 'cut']) {
    const body = JSON.stringify({ model: 'm-1', messages: [], kind })
    bodies.push(await send(body).catch(() => 'failed'))
  }
  const isSame = bodies[0] === STREAM && bodies[1] === JSON_BODY && bodies[3] === 'failed'
  console.log(JSON.stringify({ name, isSame, totals: await totals() }))
}
engine.closeAllConnections()
engine.close()
