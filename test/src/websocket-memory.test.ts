import { deflateRawSync, constants as zlib } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { OPCODES } from '../websockets/frames.ts'
import { RawClient } from '../websockets/raw-client.ts'
import { LedgerApp } from './ledger-app.ts'
import { eventually } from './running-app.ts'

const KIB = 1024

/** Measurements of each application, whose median counts: V8 frees a megabyte of code and caches once, at any time. */
const ROUNDS = 3

/** Connections that are opened at the same time. */
const GROUP = 50

/** Bytes that may remain when all connections are closed. */
const LEFT = 2_000_000

type AppName = 'bare' | 'metrics' | 'traces'

const TRACES = { VR_TRACING_ENABLED: 'true', VR_TRACING_SAMPLE_RATIO: '1', OTEL_TRACES_EXPORTER: 'none' }

let apps: Readonly<Record<AppName, LedgerApp>>

beforeAll(async () => {
  apps = {
    bare: await LedgerApp.start('websocket-ws.mjs', false),
    metrics: await LedgerApp.start('websocket-ws.mjs', true),
    traces: await LedgerApp.start('websocket-ws.mjs', true, TRACES),
  }
})

afterAll(async () => {
  await Promise.all(Object.values(apps).map((app) => app.kill()))
})

/** Connections of which all are in the same state. */
interface Load {
  readonly count: number
  readonly path: '/ws' | '/deflate'
  /** What each client does after its handshake. */
  readonly behave: (client: RawClient) => Promise<void>
}

/** Memory of an application: of one open connection, and what remains when all are closed. */
interface Memory {
  readonly perConnection: number
  readonly left: number
}

/** Measures, opens the connections, measures, closes them, and measures again. */
async function measureOnce(app: LedgerApp, { count, path, behave }: Load): Promise<Memory> {
  const memory = (connections: number): Promise<number> =>
    eventually(async () => {
      const answer = await app.ask('memory')
      return answer['connections'] === connections ? answer['bytes'] : undefined
    })
  const options = path === '/deflate' ? { path, deflate: 'no takeover' as const } : { path }
  const before = await memory(0)
  const connect = async (): Promise<RawClient> => {
    const client = await RawClient.connect(app.port, options)
    await behave(client)
    return client
  }
  const clients: RawClient[] = []
  while (clients.length < count) {
    const group = Math.min(GROUP, count - clients.length)
    clients.push(...(await Promise.all(Array.from({ length: group }, connect))))
  }
  const open = await memory(count)
  await Promise.all(clients.map((client) => client.end()))
  return { perConnection: (open - before) / count, left: (await memory(0)) - before }
}

async function measure(name: AppName, load: Load): Promise<Memory> {
  await measureOnce(apps[name], load) // compiles the code, and fills caches
  const rounds: Memory[] = []
  for (let i = 0; i < ROUNDS; i++) rounds.push(await measureOnce(apps[name], load))
  const median = (values: readonly number[]): number =>
    values.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] as number
  return {
    perConnection: median(rounds.map(({ perConnection }) => perConnection)),
    left: median(rounds.map(({ left }) => left)),
  }
}

/** Compares an application with the flag to the same application without it. */
async function expectAtMost(
  limit: number,
  load: Load,
  names: readonly AppName[] = ['metrics'],
): Promise<void> {
  const bare = await measure('bare', load)
  for (const name of names) {
    const { perConnection, left } = await measure(name, load)
    expect(perConnection - bare.perConnection, `bytes of a connection with ${name}`).toBeLessThan(limit)
    expect(left, `bytes left with ${name}`).toBeLessThan(LEFT)
  }
}

/** Sends one message and receives its echo. */
async function echo(client: RawClient): Promise<void> {
  await client.text('hello')
  await client.until({ messages: 1 })
}

/** Returns a client that sends all of a text message but its last fragment, and waits until the server has read that. */
function beginning(text: string): Load['behave'] {
  return async (client) => {
    client.frame({ opcode: OPCODES.text, payload: text, fin: false })
    await untilRead(client)
  }
}

function compressedBeginning(text: string): Load['behave'] {
  const payload = deflateRawSync(text, { finishFlush: zlib.Z_SYNC_FLUSH }).subarray(0, -4)
  return async (client) => {
    client.frame({ opcode: OPCODES.text, payload, fin: false, reserved: 4 })
    await untilRead(client)
  }
}

async function untilRead(client: RawClient): Promise<void> {
  client.frame({ opcode: OPCODES.ping })
  await client.until({ pongs: 1 })
}

const LONG = 'x'.repeat(20 * KIB)

const EVENT = `{"type":"response.create","response":{"instructions":"${'x'.repeat(100 * KIB)}`

/** Bytes that are kept of a long event of an LLM session: its first 4 kB and last 64 kB. */
const EXCERPT = 68 * KIB

describe('telemetry keeps little memory of a connection, and none after its end:', () => {
  it('at most 16 KiB of each of 1,000 open connections', async () => {
    await expectAtMost(16 * KIB, { count: 1000, path: '/ws', behave: echo }, ['metrics', 'traces'])
  })

  it.each([
    ['text', LONG],
    ['JSON', `{"id":1,"text":"${LONG}`],
    ['an event that is not read', `{"type":"input_audio_buffer.append","audio":"${LONG}`],
  ])('at most 16 KiB while a message of %s is incomplete', async (_what, text) => {
    await expectAtMost(16 * KIB, { count: 50, path: '/ws', behave: beginning(text) })
  })

  it('at most an excerpt of 68 KiB more while an event of an LLM session is incomplete', async () => {
    await expectAtMost(16 * KIB + EXCERPT, { count: 50, path: '/ws', behave: beginning(EVENT) })
  })

  it('at most 128 KiB while a compressed event of an LLM session is incomplete', async () => {
    await expectAtMost(128 * KIB, { count: 50, path: '/deflate', behave: compressedBeginning(EVENT) })
  })
}, 120_000)
