import { ROOT_CONTEXT } from '@opentelemetry/api'
import { PrometheusReader } from '@vr/otel-exporters'
import { GatewayInstruments } from '@vr/otel-instruments'
import { MeterProvider } from '@vr/otel-metrics'
import { describe, expect, it } from 'vitest'
import { yieldGenAiMetrics } from './genai-duplicates.ts'

/** Returns how many measurements each metric with data has, by scope and name. */
async function countsOf(reader: PrometheusReader): Promise<Record<string, number>> {
  const { scopeMetrics } = (await reader.collect()).resourceMetrics
  const entries = scopeMetrics.flatMap(({ scope, metrics }) =>
    metrics.flatMap(({ descriptor, dataPoints }) =>
      dataPoints.map(({ value }) => [
        `${scope.name} ${descriptor.name}`,
        typeof value === 'number' ? value : value.count,
      ]),
    ),
  )
  return Object.fromEntries(entries)
}

function open() {
  const reader = new PrometheusReader()
  const provider = new MeterProvider({ readers: [reader] })
  const { genai } = new GatewayInstruments({ meterProvider: provider, groups: ['genai'] })
  if (genai === undefined) throw new Error('the group is enabled')
  const warnings: string[] = []
  const stop = yieldGenAiMetrics(provider, genai, { warn: (message) => void warnings.push(message) })
  const call = (): void =>
    genai.callEnded(
      {
        operation: 'chat',
        api: 'chat_completions',
        provider: 'openai',
        requestModel: undefined,
        responseModel: undefined,
        serverAddress: 'engine.example',
        serverPort: 80,
        responseId: undefined,
        status: 200,
        errorType: undefined,
        usage: undefined,
        isStream: true,
        isRead: true,
        isComplete: true,
        seconds: 1,
        secondsToFirstChunk: 1,
        finishReasons: [],
        toolCalls: 0,
      },
      ROOT_CONTEXT,
    )
  return { provider, reader, warnings, stop, call }
}

const OPENAI = '@opentelemetry/instrumentation-openai'
const OWN = '@vr/otel-instruments'

describe('an instrumentation that records calls to engines at the same provider', () => {
  it('replaces the metrics that it records, and no others', async () => {
    const { provider, reader, warnings, call } = open()
    provider.getMeter(OPENAI).createHistogram('gen_ai.client.operation.duration').record(1)
    call()
    expect(await countsOf(reader)).toEqual({
      [`${OPENAI} gen_ai.client.operation.duration`]: 1,
      [`${OWN} gen_ai.client.operation.time_to_first_chunk`]: 1,
      [`${OWN} vr_otel.gen_ai.streams_without_usage`]: 1,
    })
    expect(warnings).toEqual([
      expect.stringMatching(
        /^instrumentation scope "@opentelemetry\/instrumentation-openai" records .* VR_METRICS_GENAI_DUPLICATES=true/,
      ),
    ])
  })

  it('replaces nothing while it only creates instruments', async () => {
    const { provider, reader, warnings, call } = open()
    const duration = provider.getMeter(OPENAI).createHistogram('gen_ai.client.operation.duration')
    call()
    duration.record(1)
    call()
    duration.record(1)
    expect(await countsOf(reader)).toMatchObject({
      [`${OPENAI} gen_ai.client.operation.duration`]: 2,
      [`${OWN} gen_ai.client.operation.duration`]: 1,
    })
    expect(warnings).toHaveLength(1)
  })

  it('replaces them also if it has the latest names', async () => {
    const { provider, reader, call } = open()
    provider.getMeter('gen_ai', '1').createHistogram('gen_ai.client.inference.duration').record(1)
    call()
    expect(await countsOf(reader)).not.toHaveProperty([`${OWN} gen_ai.client.operation.duration`])
  })

  it('is logged once, however many instruments it has', () => {
    const { provider, warnings } = open()
    for (const version of ['1', '2']) {
      const meter = provider.getMeter('traceloop', version)
      meter.createHistogram('gen_ai.client.operation.duration').record(1)
      meter.createCounter('gen_ai.client.token.usage').add(1)
    }
    provider.getMeter('openlit').createHistogram('gen_ai.client.token.usage').record(1)
    expect(warnings.map((warning) => /"(.*?)"/.exec(warning)?.[1])).toEqual(['traceloop', 'openlit'])
  })
})

it.each(['stopped', 'with other instruments'])('the metrics are recorded if it is %s', async (what) => {
  const { provider, reader, stop, warnings, call } = open()
  const meter = provider.getMeter(OPENAI)
  if (what === 'stopped') stop()
  meter
    .createHistogram(what === 'stopped' ? 'gen_ai.client.operation.duration' : 'gen_ai.evaluations')
    .record(1)
  call()
  expect(await countsOf(reader)).toHaveProperty([`${OWN} gen_ai.client.operation.duration`], 1)
  expect(warnings).toEqual([])
})
