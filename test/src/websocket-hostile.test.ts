import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Samples, scrapedSamples } from '../websockets/expected-samples.ts'
import { between, HOSTILE_INPUTS, type HostileInput } from '../websockets/hostile-inputs.ts'
import { RawClient } from '../websockets/raw-client.ts'
import { LedgerApp } from './ledger-app.ts'
import { eventually } from './running-app.ts'
import { scrape } from './scrape.ts'

let observed: LedgerApp
let bare: LedgerApp

beforeAll(async () => {
  observed = await LedgerApp.start('websocket-ws.mjs', true)
  bare = await LedgerApp.start('websocket-ws.mjs', false)
})

afterAll(async () => {
  const scraped = await scrape(`http://127.0.0.1:${observed.port}/metrics`)
  expect(scraped.values('vr_otel_internal_errors_total')).toEqual({})
  await observed.kill()
  await bare.kill()
})

/** Sends an input over a new connection, and returns everything that the server answers. */
async function send({ port }: LedgerApp, input: HostileInput): Promise<string> {
  const deflate = input.isCompressed ? { deflate: 'no takeover' as const } : {}
  const client = await RawClient.connect(port, { path: input.isCompressed ? '/deflate' : '/ws', ...deflate })
  if (input.isSplit) for (const byte of input.bytes) await client.raw(Buffer.of(byte))
  else await client.raw(input.bytes)
  if (!input.isOpenEnded) await client.untilAnswered(input.pings ?? Number.POSITIVE_INFINITY)
  await client.end()
  return createHash('sha256').update(client.transcript).digest('hex')
}

/** How much a sample of every route has grown. */
function growth(before: Samples, after: Samples, name: string): number {
  const sum = (samples: Samples): number =>
    Object.entries(samples).reduce((total, [key, value]) => total + (key.startsWith(name) ? value : 0), 0)
  return sum(after) - sum(before)
}

const scraped = async (): Promise<Samples> =>
  scrapedSamples(await (await fetch(`http://127.0.0.1:${observed.port}/metrics`)).text())

/** Sends an input to both applications and compares their answers, their counts and the metrics. */
async function compare(input: HostileInput): Promise<void> {
  const before = {
    samples: await scraped(),
    observed: await observed.ask('rows'),
    bare: await bare.ask('rows'),
  }
  expect(await send(observed, input)).toBe(await send(bare, input))
  const samples = await eventually(async () => {
    const now = await scraped()
    return growth(before.samples, now, 'websocket_sessions_total') === 1 ? now : undefined
  })
  const counts = { observed: await observed.ask('rows'), bare: await bare.ask('rows') }
  expect(growth(before.samples, samples, 'websocket_connections_active')).toBe(0)
  const isUnread = growth(before.samples, samples, 'vr_otel_websocket_unread_total') === 1
  for (const name of [
    'websocket_messages_total{direction="received"',
    'websocket_message_bytes_total{direction="received"',
  ]) {
    const received = growth(before.observed, counts.observed, name)
    expect(growth(before.bare, counts.bare, name)).toBe(received)
    if (!isUnread) expect(growth(before.samples, samples, name)).toBe(received)
  }
}

describe('the application and its client get the same bytes, and messages are counted or the socket is unread', () => {
  it.each(HOSTILE_INPUTS.map((input) => [input.name, input] as const))('%s', async (_name, input) => {
    await compare(input)
  })

  it('any frames', async () => {
    const frame = fc.record({
      opcode: fc.nat(15).filter((opcode) => opcode !== 9), // each ping would need its own pong
      payload: fc.uint8Array({ maxLength: 130 }),
      fin: fc.boolean(),
      reserved: fc.nat(7),
      masked: fc.boolean(),
    })
    const good = fc.record({ opcode: fc.constantFrom(1, 2, 10), payload: fc.string() })
    const some = fc.oneof({ weight: 3, arbitrary: good }, { weight: 1, arbitrary: frame })
    await fc.assert(
      fc.asyncProperty(fc.array(some, { maxLength: 8 }), fc.boolean(), async (frames, isSplit) =>
        compare({ ...between('any', ...frames), isSplit }),
      ),
      { numRuns: 40 },
    )
  })
})
