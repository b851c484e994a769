/** Traces of a gateway in a trace store. */
import assert from 'node:assert/strict'
import type { Sample } from '../../../examples/src/start/exposition.ts'
import type { Gateway, Stage, TraceStoreName } from '../stage.ts'
import type { StoredSpan, TraceStore } from '../start/trace-store.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

/** Returns the cases for one backend. */
export function traceCases(name: TraceStoreName, title: string): Case[] {
  const needs = [name]
  return [
    {
      name: `${title}: stores the span of every exemplar of a scrape`,
      needs,
      run: async (stage) => {
        const { store, samples } = await played(stage, name)
        const exemplars = exemplarsOf(samples)
        assert.ok(exemplars.length >= 10, `only ${exemplars.length} exemplars`)
        for (const { traceId, spanId, series } of exemplars) {
          await waitFor(`span of the exemplar of ${series}`, async () =>
            (await store.trace(traceId)).find((span) => span.spanId === spanId),
          )
        }
      },
    },
    {
      name: `${title}: stores each request as one tree, with the call to the engine as a child of the server span`,
      needs,
      run: async (stage) => {
        const { gateway, store, samples } = await played(stage, name)
        const engineExemplars = exemplarsOf(samples).filter(({ labels }) =>
          ENGINE_ROUTES.includes(labels['route'] ?? ''),
        )
        assert.ok(engineExemplars.length > 0, 'no exemplar of a request that calls the engine')
        for (const { traceId } of engineExemplars) {
          await waitFor('a whole tree', async () => {
            assertTree(await store.trace(traceId), gateway)
            return true
          })
        }
      },
    },
    {
      name: `${title}: returns no spans for an unknown trace id`,
      needs,
      run: async (stage) => {
        const { store } = await played(stage, name)
        assert.deepEqual(await store.trace('0123456789abcdef0123456789abcdef'), [])
      },
    },
  ]
}

const ENGINE_ROUTES = ['/v1/responses', '/v1/chat/completions']

async function played(
  stage: Stage,
  name: TraceStoreName,
): Promise<{ gateway: Gateway; store: TraceStore; samples: readonly Sample[] }> {
  const gateway = await stage.gateway(name)
  return { gateway, store: await stage.traceStore(name), samples: await stage.afterTraffic(gateway) }
}

/** Returns the exemplars of a scrape. */
export function exemplarsOf(samples: readonly Sample[]) {
  return samples.flatMap(({ name, labels, exemplar }) => {
    const { trace_id: traceId = '', span_id: spanId = '' } = exemplar?.labels ?? {}
    const series = `${name}${JSON.stringify(labels)}`
    return exemplar === undefined ? [] : [{ series, labels, traceId, spanId, value: exemplar.value }]
  })
}

function assertTree(spans: readonly StoredSpan[], { engineUrl }: Gateway): void {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const roots = spans.filter(({ parentSpanId }) => !ids.has(parentSpanId))
  const seen = JSON.stringify(spans.map(({ kind, name }) => `${kind} ${name}`))
  assert.equal(roots.length, 1, `roots: ${roots.length} of ${seen}`)
  const [root] = roots as [StoredSpan]
  assert.equal(root.parentSpanId, '')
  assert.equal(root.kind, 'server')
  const { port } = new URL(engineUrl)
  const calls = spans.filter(
    ({ kind, attributes }) => kind === 'client' && attributes['server.port'] === port,
  )
  assert.ok(calls.length > 0, `no call to the engine in ${seen}`)
  for (const call of calls) assert.equal(call.parentSpanId, root.spanId)
}
