import http from 'node:http'
import { gzipSync } from 'node:zlib'

/**
 * Returns an event stream. `count` is the number of events, which are a few milliseconds apart, or a name that
 * `../request-log.cjs` documents.
 */
export function stream(count) {
  return new Response(ReadableStream.from(SOURCES[count]?.() ?? events(count)), {
    headers: { 'content-type': 'text/event-stream' },
  })
}

const encoder = new TextEncoder()

const SOURCES = { engine: relayed, broken }

async function* events(count) {
  if (count === 'stuck' || count === 'throws') yield encoder.encode('data: 1\n\n')
  if (count === 'zipped') yield gzipSync('data: 1\n\ndata: 2\n\n')
  if (count === 'stuck') await new Promise(() => {})
  if (count === 'throws') throw new Error('throws')
  for (let n = 1; n <= count; n++) {
    yield encoder.encode(`data: ${n}\n\n`)
    await new Promise((resolve) => setTimeout(resolve, 3))
  }
}

async function* relayed() {
  const response = await fetch(process.env.ENGINE_URL, { cache: 'no-store' })
  try {
    for await (const chunk of response.body) yield chunk
  } catch {
    yield encoder.encode('data: the engine is gone\n\n')
  }
}

/** Relays an engine over `http.request` and does not catch its failure. */
async function* broken() {
  const answer = await new Promise((resolve, reject) => {
    http.get(process.env.ENGINE_URL, { agent: false }, resolve).on('error', reject)
  })
  for await (const chunk of answer) yield chunk
}
