/** Metrics with exemplars, pushed over OTLP to a backend. */
import assert from 'node:assert/strict'
import { type Context, type Meter, ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api'
import { createOtlpMetricExporter, type OtlpProtocol, PeriodicReader } from '@vr/otel-exporters'
import { CATALOG, SCOPE_NAME } from '@vr/otel-instruments'
import { MeterProvider, type ViewOptions } from '@vr/otel-metrics'
import { parseExposition, type Sample } from '../../../examples/src/start/exposition.ts'
import { seriesName } from '../../../examples/src/start/scrape.ts'
import type { MetricStoreName, PrometheusName } from '../stage.ts'
import { type MetricStore, newestPoints } from '../start/metric-store.ts'
import { waitFor } from '../start/wait.ts'
import type { Case } from './case.ts'

const PROTOCOLS: readonly OtlpProtocol[] = ['grpc', 'http/protobuf', 'http/json']

const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736'

/** Returns the cases for one backend. */
export function pushCases(name: MetricStoreName, title: string): Case[] {
  return [
    ...gatewayCases(name, title),
    ...PROTOCOLS.flatMap((protocol) => protocolCases(name, title, protocol)),
  ]
}

/** Returns the case for Prometheus as an OTLP receiver. It supports OTLP over HTTP only. */
export function pushedToPrometheus(name: PrometheusName, title: string): Case {
  return {
    name: `${title}: stores pushed metrics and exemplars`,
    needs: [name],
    run: async (stage) => {
      const prometheus = await stage.prometheus(name)
      const exporter = createOtlpMetricExporter({ url: prometheus.otlpUrl, protocol: 'http/protobuf' })
      const provider = new MeterProvider({ readers: [new PeriodicReader({ exporter })], views: VIEWS })
      record(provider.getMeter('pushed'), 'http/protobuf')
      await provider.shutdown()
      const values = await prometheus.query('{__name__=~"http_protobuf_.+_(total|count)"}')
      assert.deepEqual(
        values.map(({ labels, value }) => [labels['__name__'], labels['kind'], value]).sort(),
        [
          ['http_protobuf_counter_total', 'a', 2],
          ['http_protobuf_counter_total', 'b', 40],
          ['http_protobuf_histogram_seconds_count', undefined, 3],
        ],
      )
      const exemplars = await prometheus.exemplars('http_protobuf_histogram_seconds_bucket')
      assert.deepEqual(exemplars.map(({ labels }) => labels['span_id']).sort(), [spanId(2), spanId(3)])
    },
  }
}

function gatewayCases(name: MetricStoreName, title: string): Case[] {
  return [
    {
      name: `${title}: exposes the same counters, buckets and exemplars as a scrape of the gateway`,
      needs: [name],
      run: async (stage) => {
        const store = await stage.metricStore(name)
        const scraped = counted(await stage.afterTraffic(await stage.gateway(name)))
        assert.ok(scraped.length > 100, `only ${scraped.length} series`)
        await waitFor('agreement', async () => {
          const stored = new Map(counted(await exposed(store)).map((sample) => [seriesOf(sample), sample]))
          for (const sample of scraped) {
            const { value, exemplar } = stored.get(seriesOf(sample)) ?? {}
            assert.deepEqual(
              { value, exemplar },
              { value: sample.value, exemplar: sample.exemplar },
              seriesOf(sample),
            )
          }
          return true
        })
      },
    },
    {
      name: `${title}: receives the process metrics once, under the names of the semantic conventions`,
      needs: [name],
      run: async (stage) => {
        const store = await stage.metricStore(name)
        await stage.afterTraffic(await stage.gateway(name))
        const names = Object.keys(newestPoints(await store.received(), SCOPE_NAME))
        assert.deepEqual(names.filter((each) => each.startsWith('process.')).sort(), PROCESS_NAMES)
      },
    },
  ]
}

const PROCESS_NAMES = CATALOG.process
  .map(({ name }) => name)
  .filter((name) => name.startsWith('process.'))
  .sort()

function protocolCases(name: MetricStoreName, title: string, protocol: OtlpProtocol): Case[] {
  return [
    {
      name: `${title}: receives metrics and exemplars over ${protocol} as recorded`,
      needs: [name],
      run: async (stage) => {
        const store = await stage.metricStore(name)
        const scope = `pushed ${protocol}`
        const provider = providerTo(store, protocol)
        record(provider.getMeter(scope), protocol)
        await provider.shutdown()
        const received = await waitFor(`metric of ${scope}`, async () => {
          const points = newestPoints(await store.received(), scope)
          return Object.keys(points).length === 0 ? undefined : points
        })
        assert.deepEqual(received, expected(protocol))
      },
    },
    {
      name: `${title}: keeps an exemplar after a push over ${protocol} without a new one`,
      needs: [name],
      run: async (stage) => {
        const store = await stage.metricStore(name)
        const provider = providerTo(store, protocol)
        const meter = provider.getMeter(`kept ${protocol}`)
        const counter = meter.createCounter(nameOf(protocol, 'kept'))
        counter.add(1, {}, sampled(9))
        await provider.forceFlush()
        await provider.forceFlush()
        counter.add(1, {}, ROOT_CONTEXT)
        await provider.shutdown()
        const sample = nameOf(protocol, 'kept').replaceAll('.', '_')
        const found = await waitFor(`second push on ${store.metricsUrl}`, async () => {
          const samples = await exposed(store)
          return samples.find((each) => each.name === `${sample}_total` && each.value === 2)
        })
        assert.deepEqual(found.exemplar, {
          labels: { trace_id: TRACE_ID, span_id: spanId(9) },
          value: 1,
        })
      },
    },
  ]
}

function providerTo({ otlpGrpcPort, otlpHttpPort }: MetricStore, protocol: OtlpProtocol): MeterProvider {
  const url =
    protocol === 'grpc' ? `http://127.0.0.1:${otlpGrpcPort}` : `http://127.0.0.1:${otlpHttpPort}/v1/metrics`
  const exporter = createOtlpMetricExporter({ url, protocol })
  return new MeterProvider({ readers: [new PeriodicReader({ exporter })], views: VIEWS })
}

/** Removes the attribute `dropped` from points; exemplars keep it as a filtered attribute. */
const VIEWS: ViewOptions[] = [
  { instrumentName: '*', attributesProcessors: [{ process: ({ dropped: _, ...kept }) => kept }] },
]

/** Returns a name that only one protocol uses, so that one exposition can contain all of them. */
function nameOf(protocol: OtlpProtocol, name: string): string {
  return `${protocol.replace('/', '_')}.${name}`
}

function record(meter: Meter, protocol: OtlpProtocol): void {
  const counter = meter.createCounter(nameOf(protocol, 'counter'), { unit: '{call}' })
  counter.add(2, { kind: 'a', dropped: 'quoted "x"' }, sampled(1))
  counter.add(40, { kind: 'b' }, ROOT_CONTEXT)
  meter.createUpDownCounter(nameOf(protocol, 'level')).add(-3, {}, ROOT_CONTEXT)
  meter.createGauge(nameOf(protocol, 'gauge')).record(1.5, {}, ROOT_CONTEXT)
  const histogram = meter.createHistogram(nameOf(protocol, 'histogram'), {
    unit: 's',
    advice: { explicitBucketBoundaries: [0.1, 1] },
  })
  histogram.record(0.05, {}, sampled(2))
  histogram.record(0.5, { dropped: true }, sampled(3))
  histogram.record(7, {}, ROOT_CONTEXT)
}

function expected(protocol: OtlpProtocol): Record<string, unknown> {
  const exemplar = (number: number, value: number) => ({
    traceId: TRACE_ID,
    spanId: spanId(number),
    asDouble: value,
  })
  return {
    [nameOf(protocol, 'counter')]: {
      sum: {
        isMonotonic: true,
        dataPoints: [
          {
            attributes: { kind: 'a' },
            asDouble: 2,
            exemplars: [{ ...exemplar(1, 2), filteredAttributes: { dropped: 'quoted "x"' } }],
          },
          { attributes: { kind: 'b' }, asDouble: 40 },
        ],
      },
    },
    [nameOf(protocol, 'level')]: { sum: { dataPoints: [{ asDouble: -3 }] } },
    [nameOf(protocol, 'gauge')]: { gauge: { dataPoints: [{ asDouble: 1.5 }] } },
    [nameOf(protocol, 'histogram')]: {
      histogram: {
        dataPoints: [
          {
            count: 3,
            sum: 7.55,
            min: 0.05,
            max: 7,
            bucketCounts: [1, 1, 1],
            explicitBounds: [0.1, 1],
            exemplars: [exemplar(2, 0.05), { ...exemplar(3, 0.5), filteredAttributes: { dropped: true } }],
          },
        ],
      },
    },
  }
}

/** Returns a context with a sampled span. */
function sampled(number: number): Context {
  const spanContext = { traceId: TRACE_ID, spanId: spanId(number), traceFlags: TraceFlags.SAMPLED }
  return trace.setSpanContext(ROOT_CONTEXT, spanContext)
}

function spanId(number: number): string {
  return String(number).padStart(16, '0')
}

function counted(samples: readonly Sample[]): Sample[] {
  return samples.filter(({ name }) => /^vllm_responses_.*_(total|count|sum|bucket)$/.test(name))
}

/** Returns the series without the labels that a Collector adds for the resource and the scope. */
function seriesOf({ name, labels }: Sample): string {
  const own = Object.entries(labels).filter(([key]) => !/^(job|instance|otel_scope_.*)$/.test(key))
  return seriesName(name, Object.fromEntries(own))
}

async function exposed({ metricsUrl }: MetricStore): Promise<Sample[]> {
  const answer = await fetch(metricsUrl, {
    headers: { accept: 'application/openmetrics-text;version=1.0.0' },
  })
  return parseExposition(await answer.text())
}
