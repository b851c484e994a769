import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { fileURLToPath } from 'node:url'
import { CATALOG } from '@vr/otel-instruments'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { engine } from '../secrets/engine.ts'
import { CONTENT, KEY } from '../secrets/planted.ts'
import { callEngine, converse, runTools } from '../secrets/traffic.ts'
import { RunningApp } from './running-app.ts'

let receiver: RunningApp
let receiverUrl: string
let receiverPort: string
let engineUrl: string

beforeAll(async () => {
  engine.listen(0, '127.0.0.1')
  await once(engine, 'listening')
  engineUrl = `http://127.0.0.1:${(engine.address() as AddressInfo).port}`
  receiver = new RunningApp('../../examples/src/otlp-receiver.ts', {
    flag: false,
    env: { GRPC_PORT: '0', HTTP_PORT: '0' },
  })
  receiverPort = (await receiver.waitForOutput(/grpc:\/\/127\.0\.0\.1:(\d+)/))[1] as string
  receiverUrl = await receiver.url()
})

afterAll(async () => {
  engine.closeAllConnections()
  engine.close()
  await receiver.kill()
})

/** Settings that produce as much telemetry as possible. */
const settings = (service: string, env: Record<string, string>) => ({
  VR_METRICS_GROUPS: Object.keys(CATALOG).join(','),
  VR_METRICS_EXPORTER: 'prometheus,otlp',
  VR_TRACING_ENABLED: 'true',
  VR_TRACING_SAMPLE_RATIO: '1',
  VR_OPENTELEMETRY_HOST: '127.0.0.1',
  VR_OPENTELEMETRY_PORT: receiverPort,
  VR_OTEL_LOG_LEVEL: 'all',
  VR_OTEL_SERVICE_NAME: service,
  ENGINE_URL: engineUrl,
  MCP_URL: `${engineUrl}/mcp`,
  MCP_SECRET: KEY,
  ...env,
})

/** Everything that telemetry of an application has written or sent. */
interface Outputs {
  readonly spans: string
  readonly metrics: string
  readonly stderr: string
}

let runs = 0

/** Runs an application under traffic and returns its outputs. */
async function run(
  app: string,
  env: Record<string, string>,
  traffic?: (url: string) => Promise<void>,
): Promise<Outputs> {
  const service = `secrets ${++runs}`
  const started = new RunningApp(app, { env: settings(service, env) })
  const scrapes: string[] = []
  if (traffic === undefined) await started.waitForOutput(/done/)
  else {
    const url = await started.url()
    await traffic(url)
    for (const accept of ['text/plain', 'application/openmetrics-text'])
      scrapes.push(await (await fetch(`${url}/metrics`, { headers: { accept } })).text())
    expect(scrapes.join()).toMatch(/^vllm_responses_\w+_total\{/m)
  }
  await started.kill()
  const spans = await spansOf(service)
  expect(spans).not.toEqual([])
  const pushed = (await (await fetch(`${receiverUrl}/metrics`)).json()) as { metrics: { service: string }[] }
  const metrics = JSON.stringify(pushed.metrics.filter((metric) => metric.service === service))
  return { spans: JSON.stringify(spans), metrics: scrapes.join() + metrics, stderr: started.stderr }
}

async function spansOf(service: string): Promise<object[]> {
  const { traces } = (await (await fetch(`${receiverUrl}/traces`)).json()) as {
    traces: { traceId: string }[]
  }
  const answers = traces.map(async ({ traceId }) => (await fetch(`${receiverUrl}/traces/${traceId}`)).json())
  const all = (await Promise.all(answers)) as { spans: { service: string }[] }[]
  return all.flatMap(({ spans }) => spans).filter((span) => span.service === service)
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

/** An MCP server that works, and one that does not start. Both get a key by arguments and environment. */
const MCP_SERVERS = JSON.stringify({
  exchange: {
    command: process.execPath,
    args: ['--import', '@vr/otel/register', pathOf('../../examples/src/mcp-server.ts'), '--token', KEY],
    env: { API_KEY: KEY },
  },
  broken: {
    command: process.execPath,
    args: ['--eval', `throw new Error('${KEY}')`, KEY],
    env: { API_KEY: KEY },
  },
  missing: { command: `/missing/server`, args: [`--token=${KEY}`] },
})

const PROXIES = ['fastify', 'http-proxy-3', 'undici', 'fetch']

/** Runs all applications and returns their outputs. */
async function runAll(env: Record<string, string>): Promise<Outputs[]> {
  const mockEngine = new RunningApp('../../examples/src/engine.ts', { flag: false })
  const gateway = { ...env, PORT: '0', ENGINE_URL: await mockEngine.url(), MCP_SERVERS }
  const outputs = await Promise.all([
    run('../../examples/src/gateway.ts', gateway, runTools),
    run('realtime.mjs', { ...env, UPSTREAM_URL: engineUrl }, converse),
    run('mcp-by-url.mjs', env),
    ...PROXIES.map((PROXY) => run('llm-proxies.mjs', { ...env, PROXY }, callEngine)),
  ])
  await mockEngine.kill()
  return outputs
}

/** Returns where an output contains planted texts. */
function found(output: string, texts: readonly string[]): string[] {
  const positions = texts.map((text) => output.indexOf(text)).filter((at) => at >= 0)
  return positions.map((at) => output.slice(Math.max(0, at - 200), at + 50))
}

describe('planted prompts, outputs, tool arguments, tool results and keys', () => {
  it('are in no scrape, span, pushed metric or log', async () => {
    for (const { spans, metrics, stderr } of await runAll({})) {
      expect(found(spans + metrics + stderr, [KEY, ...CONTENT])).toEqual([])
    }
  })

  it('are on spans with VR_TRACING_CAPTURE_CONTENT, except keys', async () => {
    const outputs = await runAll({ VR_TRACING_CAPTURE_CONTENT: 'true' })
    expect(CONTENT.filter((text) => outputs.every(({ spans }) => !spans.includes(text)))).toEqual([])
    for (const { spans, metrics, stderr } of outputs) {
      expect(found(spans, [KEY])).toEqual([])
      expect(found(metrics + stderr, [KEY, ...CONTENT])).toEqual([])
    }
  })
})
