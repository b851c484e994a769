import { randomBytes } from 'node:crypto'
import { expect, it, vi } from 'vitest'
import type { StoredSpan } from '../../examples/src/otlp-receiver/store.ts'
import { eventually } from './running-app.ts'
import { scrape } from './scrape.ts'
import { startTraced, waitForSpans } from './traced-app.ts'

/** Time for a request to end after its response has arrived. */
const WITHIN = { timeout: 10_000, interval: 20 }

const REGISTER = new URL('../../packages/otel/dist/register.js', import.meta.url).href

/** Counters and error types, as `metric{error type}`, that a step adds to. */
type Counts = Readonly<Record<string, number>>

/** What a request to the gateway does. */
interface Step {
  readonly path: string
  readonly counts: Counts
  /** Spans of the trace, below the span of the request: kind, name, process, and error type. */
  readonly spans: readonly string[]
}

function started(behaviour: string, label: string, failure?: string, errorType = failure): Step {
  const status = failure === undefined ? 'ok' : 'error'
  const span = `internal mcp.server.startup, gateway: ${errorType}`
  return {
    path: `start/${behaviour}`,
    counts: { [`mcp_server_startup_total{server_label=${label},status=${status}}`]: 1 },
    spans: [span, ...(INITIALIZE[failure ?? 'none'] ?? [])],
  }
}

const ANSWERED = ['initialize', 'tools/list'].flatMap((method) => [
  `client ${method}, gateway: undefined`,
  `server ${method}, mcp-server: undefined`,
])

/** Spans of the messages at a start, by its failure. */
const INITIALIZE: Readonly<Record<string, readonly string[]>> = {
  none: ANSWERED,
  spawn: [],
  connection_closed: ['client initialize, gateway: connection_closed'],
  timeout: ['client initialize, gateway: timeout'],
  empty_list: ANSWERED,
}

function called(path: string, tool: string, errorType?: string, serverError = errorType): Step {
  const type = errorType === undefined ? '' : `error_type=${errorType},`
  const client = `client tools/call ${tool}, gateway: ${errorType}`
  return {
    path,
    counts: {
      'tool_calls_executed_total{tool_type=mcp}': 1,
      'tool_execution_duration_seconds_count{tool_type=mcp}': 1,
      ...(errorType === undefined ? {} : { 'tool_errors_total{tool_type=mcp}': 1 }),
      [`mcp_client_operation_duration_seconds_count{${type}gen_ai_tool_name=${tool}}`]: 1,
      [`gen_ai_execute_tool_duration_seconds_count{${type}gen_ai_tool_name=${tool}}`]: 1,
    },
    // A server that exits does not export its span.
    spans: tool === 'exits' ? [client] : [client, `server tools/call ${tool}, mcp-server: ${serverError}`],
  }
}

const STEPS: readonly Step[] = [
  started('missing', 'mcp-server', 'spawn', 'ENOENT'),
  started('exits', 'mcp-server.mjs', 'connection_closed'),
  started('hangs', 'mcp-server.mjs', 'timeout'),
  started('empty', 'mcp-server.mjs', 'empty_list'),
  started('ok', 'mcp-server.mjs'),
  called('call/works', 'works'),
  called('call/reports', 'reports', 'tool_error'),
  called('call/throws', 'throws', 'tool_error'),
  called('time-out', 'waits', 'timeout'),
  called('cancel', 'waits', 'cancelled'),
  called('call/exits', 'exits', 'connection_closed'),
]

const REASONS = [
  'its command could not be started (ENOENT)',
  'the connection closed before it had listed its tools',
  'it did not answer in time',
  'its list of tools is empty',
]

const COUNTERS = [
  'mcp_server_startup_total',
  'tool_calls_requested_total',
  'tool_calls_executed_total',
  'tool_execution_duration_seconds_count',
  'tool_errors_total',
  'mcp_client_operation_duration_seconds_count',
  'gen_ai_execute_tool_duration_seconds_count',
  'vr_otel_internal_errors_total',
]

const LABELS = ['server_label', 'status', 'tool_type', 'error_type', 'gen_ai_tool_name', 'hook']

/** Returns the counters of the gateway, with operations only of tools, and with the labels that steps set. */
async function countsOf(url: string): Promise<Counts> {
  const scraped = await scrape(`${url}/metrics`)
  const samples = COUNTERS.flatMap((name) => scraped.named(name).map((sample) => ({ ...sample, name })))
  const series = samples
    .filter(
      ({ name, labels }) => !name.startsWith('mcp_client') || labels['mcp_method_name'] === 'tools/call',
    )
    .map(({ name, labels, value }) => {
      const kept = LABELS.filter((label) => labels[label] !== undefined).map(
        (label) => `${label}=${labels[label]}`,
      )
      return [`${name}{${kept}}`, value] as const
    })
  return Object.fromEntries(series)
}

function increases(before: Counts, after: Counts): Counts {
  const changes = Object.entries(after).map(
    ([series, value]) => [series, value - (before[series] ?? 0)] as const,
  )
  return Object.fromEntries(changes.filter(([, change]) => change !== 0))
}

function describeSpan({ kind, name, service, attributes }: StoredSpan): string {
  return `${kind} ${name}, ${service}: ${attributes['error.type']}`
}

/** Runs a step in a new trace and compares its metrics and spans. */
async function check(url: string, { path, counts, spans }: Step): Promise<void> {
  const before = await countsOf(url)
  const traceId = randomBytes(16).toString('hex')
  await (
    await fetch(`${url}/${path}`, { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } })
  ).text()
  await vi.waitFor(async () => {
    expect({ path, ...increases(before, await countsOf(url)) }).toEqual({ path, ...counts })
  }, WITHIN)
  const [request, ...others] = (await waitForSpans(traceId, spans.length + 1)).toSorted(
    (a, b) => Number(b.parentSpanId === '00f067aa0ba902b7') - Number(a.parentSpanId === '00f067aa0ba902b7'),
  )
  expect(request).toMatchObject({ kind: 'server', name: 'GET', service: 'gateway' })
  expect({ path, spans: others.map(describeSpan).sort() }).toEqual({ path, spans: spans.toSorted() })
}

/** Returns the error types of the sessions that have ended. */
async function sessionsOf(url: string): Promise<Counts> {
  await (await fetch(`${url}/start/ok`)).text()
  await (await fetch(`${url}/close`)).text()
  return eventually(async () => {
    const samples = (await scrape(`${url}/metrics`)).named('mcp_client_session_duration_seconds_count')
    const counts = samples.map(({ labels, value }) => [labels['error_type'] ?? 'none', value])
    return samples.length > 1 ? Object.fromEntries(counts) : undefined
  })
}

it.each(['1', '2'])(
  'counts and traces starts and calls of MCP servers into their processes, with the SDK %s.x, whatever fails',
  async (SDK) => {
    const env = {
      SDK,
      MCP_TIMEOUT_MS: '500',
      NODE_OPTIONS: `--import ${REGISTER}`,
      VR_OTEL_SERVICE_NAME: 'gateway',
    }
    const app = startTraced(env, 'mcp-gateway.mjs', { flag: false })
    const url = await app.url()
    for (const step of STEPS) await check(url, step)
    expect(await sessionsOf(url)).toEqual({ connection_closed: 1, none: 1 })
    const logged = [...app.stderr.matchAll(/MCP server "[\w.-]+" did not start: ([^;]*);/g)]
    expect(logged.map(([, reason]) => reason)).toEqual(REASONS)
  },
)
