import fc from 'fast-check'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { internalErrors } from '../instruments/internal-errors.ts'
import { type ObservedMcp, observeSdk } from '../testing/mcp-exchange.ts'
import { SDKS } from '../testing/mcp-sdks.ts'
import { NOOP_MCP_TRACER } from '../tracing/mcp-tracer.ts'
import { McpObserver } from './mcp-observer.ts'
import { McpSession } from './mcp-session.ts'
import { MAX_PENDING } from './pending-operations.ts'
import { readTransport } from './transport-facts.ts'

let observed: ObservedMcp
let session: McpSession

beforeEach(() => {
  observed = observeSdk(SDKS[0] as (typeof SDKS)[0])
  const { instruments } = observed
  const observer = new McpObserver({ instruments, tracer: NOOP_MCP_TRACER, serverLabels: {} })
  const transport = {}
  session = new McpSession(
    observer,
    {},
    { object: transport, facts: readTransport(transport, {}) },
    undefined,
  )
})

afterEach(() => observed.stop())

const method = fc.oneof(
  fc.constantFrom('initialize', 'tools/list', 'tools/call', 'prompts/list', 'notifications/cancelled'),
  fc.string(),
)
const id = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom('0', '__proto__'))
const message = fc.oneof(
  fc.record(
    { id, method, params: fc.jsonValue(), result: fc.jsonValue(), error: fc.jsonValue() },
    { requiredKeys: [] },
  ),
  fc.record({ id, result: fc.record({ tools: fc.array(fc.jsonValue()), isError: fc.jsonValue() }) }),
  fc.record({
    method: fc.constant('notifications/cancelled'),
    params: fc.record({ requestId: fc.jsonValue() }),
  }),
  fc.jsonValue(),
)

it('passes all messages on unchanged, in both directions, without an error', () => {
  const errors = [...internalErrors.counts]
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), message), { maxLength: 20 }), (messages) => {
      const passed: unknown[] = []
      const pass = ([given]: unknown[]): number => passed.push(given)
      for (const [isSent, given] of messages) {
        const before = JSON.stringify(given)
        if (isSent) session.send([given], pass)
        else session.receive([given], pass)
        expect(passed.at(-1)).toBe(given)
        expect(JSON.stringify(given)).toBe(before)
      }
      expect(passed).toHaveLength(messages.length)
    }),
  )
  session.closed()
  expect([...internalErrors.counts]).toEqual(errors)
  const labels = new Set(observed.provider.calls.map(({ attributes }) => attributes['mcp.method.name']))
  expect(labels.size).toBeLessThan(50)
})

it('observes a bounded number of requests that have no response', () => {
  const ignore = (): void => {}
  for (let i = 0; i < 2 * MAX_PENDING; i++) session.receive([{ id: i, method: 'ping' }], ignore)
  session.closed()
  const ended = Object.values(observed.provider.counts('mcp.server.operation.duration'))
  expect(ended).toEqual([MAX_PENDING])
})

it('counts a message once that the transport sends again while it sends it', () => {
  const request = { id: 1, method: 'tools/list' }
  const notification = { method: 'notifications/initialized' }
  for (const given of [request, notification]) {
    let depth = 0
    const resend = (args: unknown[]): unknown => (depth++ === 0 ? session.send(args, resend) : undefined)
    session.send([given], resend)
  }
  session.receive([{ id: 1, result: { tools: [] } }], () => {})
  expect(observed.provider.counts('mcp.client.operation.duration')).toEqual({
    'mcp.method.name=notifications/initialized': 1,
    'mcp.method.name=tools/list': 1,
  })
})
