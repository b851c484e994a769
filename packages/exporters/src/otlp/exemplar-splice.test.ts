import { ValueType } from '@opentelemetry/api'
import {
  AggregationTemporality,
  DataPointType,
  type MetricData,
  type ResourceMetrics,
} from '@opentelemetry/sdk-metrics'
import type { Exemplar } from '@vr/otel-metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeRequest } from '../../../../examples/src/otlp-sink/decode-request.ts'
import { point, resourceMetrics } from '../testing/metric-data.ts'
import { metricEncoder } from './encoding.ts'
import { spliceExemplars } from './exemplar-splice.ts'

const exemplar = (value: number, more: Partial<Exemplar> = {}): Exemplar => ({
  value,
  timestamp: [1_700_000_030, 123_456_789],
  traceId: 'ab'.repeat(16),
  spanId: 'cd'.repeat(8),
  filteredAttributes: {},
  ...more,
})

const attributes = {
  'user.id': 'é"\n',
  whole: -7,
  huge: 2 ** 60,
  part: 0.5,
  yes: true,
  list: ['a', 'b'],
  empty: '',
}

function metricsOf(valueType: ValueType, exemplars: Exemplar[]): MetricData[] {
  const descriptor = (name: string) => ({ name, unit: 's', description: 'd', valueType })
  const aggregationTemporality = AggregationTemporality.CUMULATIVE
  const histogram = { buckets: { boundaries: [1, 2], counts: [1, 0, 3] }, count: 4, sum: 9, min: 0, max: 5 }
  const buckets = { offset: -3, bucketCounts: [1, 2, 0] }
  const exponential = {
    positive: buckets,
    negative: buckets,
    scale: 3,
    zeroCount: 1,
    count: 7,
    sum: 2,
    min: 0,
    max: 4,
  }
  return [
    {
      dataPointType: DataPointType.SUM,
      isMonotonic: true,
      aggregationTemporality,
      descriptor: descriptor('sum'),
      dataPoints: [point(3, { a: 1 }), point(4, { a: 2 }, exemplars), point(5, { a: 3 })],
    },
    {
      dataPointType: DataPointType.GAUGE,
      aggregationTemporality,
      descriptor: descriptor('gauge'),
      dataPoints: [point(3, {}, exemplars)],
    },
    {
      dataPointType: DataPointType.HISTOGRAM,
      aggregationTemporality,
      descriptor: descriptor('histogram'),
      dataPoints: [point(histogram, {}, exemplars), point(histogram, { b: 'x' })],
    },
    {
      dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
      aggregationTemporality,
      descriptor: descriptor('exponential'),
      dataPoints: [point(exponential, {}, exemplars)],
    },
  ]
}

interface DecodedMetric {
  readonly name: string
  readonly sum?: Decoded
  readonly gauge?: Decoded
  readonly histogram?: Decoded
  readonly exponentialHistogram?: Decoded
}

interface Decoded {
  readonly dataPoints?: readonly { readonly exemplars?: readonly object[] }[]
}

/** All exemplars of a decoded request, by metric name. */
function exemplarsOf(request: object): Record<string, object[]> {
  const { resourceMetrics: all } = request as {
    resourceMetrics: [{ scopeMetrics: [{ metrics: DecodedMetric[] }] }]
  }
  return Object.fromEntries(
    all[0].scopeMetrics[0].metrics.map(({ name, sum, gauge, histogram, exponentialHistogram }) => {
      const { dataPoints = [] } = sum ?? gauge ?? histogram ?? exponentialHistogram ?? {}
      return [name, dataPoints.flatMap(({ exemplars = [] }) => exemplars)]
    }),
  )
}

/** The decoded request without exemplars. */
function without(request: object): object {
  return JSON.parse(JSON.stringify(request), (key, value) => (key === 'exemplars' ? undefined : value))
}

const decodeMetrics = (bytes: Uint8Array): object => decodeRequest('metrics', bytes)
const decodeJson = (bytes: Uint8Array): object => JSON.parse(new TextDecoder().decode(bytes)) as object
/** The same metrics without exemplars. */
function plain({ resource, scopeMetrics }: ResourceMetrics): ResourceMetrics {
  const bare = (metric: MetricData): MetricData =>
    ({
      ...metric,
      dataPoints: metric.dataPoints.map((one) => ({ ...one, exemplars: undefined })),
    }) as unknown as MetricData
  return {
    resource,
    scopeMetrics: scopeMetrics.map(({ scope, metrics }) => ({ scope, metrics: metrics.map(bare) })),
  }
}

describe.each([
  ['protobuf', 'grpc', decodeMetrics],
  ['JSON', 'http/json', decodeJson],
] as const)('exemplars in %s', (_name, protocol, decode) => {
  const encode = metricEncoder(protocol)

  it.each([
    ['double', ValueType.DOUBLE, 0.25, { asDouble: 0.25 }],
    ['integer', ValueType.INT, -4, { asInt: '-4' }],
  ])('of %s instruments have value, time, ids and filtered attributes', (_kind, type, value, expected) => {
    const data = resourceMetrics(
      metricsOf(type, [exemplar(value, { filteredAttributes: attributes }), exemplar(value)]),
    )
    const decoded = decode(encode(data) as Uint8Array)
    const bare = {
      timeUnixNano: '1700000030123456789',
      spanId: 'cd'.repeat(8),
      traceId: 'ab'.repeat(16),
      ...expected,
    }
    const first = {
      ...bare,
      filteredAttributes: [
        { key: 'user.id', value: { stringValue: 'é"\n' } },
        { key: 'whole', value: { intValue: '-7' } },
        {
          key: 'huge',
          value: protocol === 'grpc' ? { intValue: '1152921504606846976' } : { doubleValue: 2 ** 60 },
        },
        { key: 'part', value: { doubleValue: 0.5 } },
        { key: 'yes', value: { boolValue: true } },
        { key: 'list', value: { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } } },
        { key: 'empty', value: { stringValue: '' } },
      ],
    }
    const second = protocol === 'grpc' ? bare : { ...bare, filteredAttributes: [] }
    const found = exemplarsOf(decoded)
    for (const name of ['sum', 'gauge', 'histogram', 'exponential']) {
      expect(found[name], name).toMatchObject([first, second])
      expect(Object.keys(found[name]?.[1] as object).sort()).toEqual(Object.keys(second).sort())
    }
    expect(without(decoded)).toEqual(decode(encode(plain(data)) as Uint8Array))
  })

  it('without a span have no ids', () => {
    const data = resourceMetrics(
      metricsOf(ValueType.DOUBLE, [{ value: 1, timestamp: [1, 0], filteredAttributes: {} }]),
    )
    const [found] = exemplarsOf(decode(encode(data) as Uint8Array))['gauge'] as object[]
    expect(found).toMatchObject({ asDouble: 1, timeUnixNano: '1000000000' })
    expect(found).not.toHaveProperty('traceId')
  })

  it('are not added if there are none', () => {
    const data = resourceMetrics(metricsOf(ValueType.DOUBLE, []))
    expect(encode(data)).toEqual(encode(plain(data)))
  })
})

it('writes values that are not finite as strings in JSON', () => {
  const [sum, , histogram] = metricsOf(ValueType.DOUBLE, [])
  const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1]
  const odd = {
    buckets: { boundaries: [1], counts: [0, 1] },
    count: 1,
    sum: Number.POSITIVE_INFINITY,
    min: 0,
    max: Number.POSITIVE_INFINITY,
  }
  const data = resourceMetrics([
    { ...sum, dataPoints: values.map((value) => point(value)) } as MetricData,
    { ...histogram, dataPoints: [point(odd)] } as MetricData,
  ])
  const text = new TextDecoder().decode(metricEncoder('http/json')(data))
  expect([...text.matchAll(/"(?:asDouble|sum|min|max)":("?[\w-]+"?)/g)].map(([, value]) => value)).toEqual([
    '"NaN"',
    '"Infinity"',
    '"-Infinity"',
    '1',
    '"Infinity"',
    '0',
    '"Infinity"',
  ])
})

describe('spliceExemplars', () => {
  const encode = metricEncoder('grpc')
  const plainBytes = (data: ResourceMetrics): Uint8Array => encode(plain(data)) as Uint8Array

  it('returns bytes unchanged that do not match the data', () => {
    const data = resourceMetrics(metricsOf(ValueType.DOUBLE, [exemplar(1)]))
    const [sum] = metricsOf(ValueType.DOUBLE, [])
    const other = plainBytes(resourceMetrics([sum as MetricData]))
    for (const bytes of [
      other,
      plainBytes(data).subarray(0, 40),
      Uint8Array.of(255, 255),
      new Uint8Array(),
    ]) {
      expect(spliceExemplars(bytes, data)).toBe(bytes)
    }
  })

  it('returns bytes unchanged that contain exemplars', () => {
    const data = resourceMetrics(metricsOf(ValueType.DOUBLE, [exemplar(1)]))
    const once = spliceExemplars(plainBytes(data), data)
    expect(once).not.toEqual(plainBytes(data))
    expect(spliceExemplars(once, data)).toBe(once)
  })

  it('never throws for modified bytes', () => {
    const data = resourceMetrics(metricsOf(ValueType.DOUBLE, [exemplar(1)]))
    const good = plainBytes(data)
    fc.assert(
      fc.property(fc.nat(good.length - 1), fc.integer({ min: 0, max: 255 }), (at, byte) => {
        const bytes = Uint8Array.from(good)
        bytes[at] = byte
        spliceExemplars(bytes, data)
      }),
    )
  })

  it('handles any number of data points and exemplars', () => {
    const points = fc.array(fc.array(fc.double({ noNaN: true }), { maxLength: 4 }), { maxLength: 30 })
    fc.assert(
      fc.property(points, (shape) => {
        const dataPoints = shape.map((values, i) =>
          point(
            i,
            { i, pad: 'x'.repeat(i * 7) },
            values.map((value) => exemplar(value)),
          ),
        )
        const [sum] = metricsOf(ValueType.DOUBLE, [])
        const data = resourceMetrics([{ ...sum, dataPoints } as MetricData])
        const decoded = decodeMetrics(encode(data) as Uint8Array)
        expect(shape.length === 0 ? undefined : exemplarsOf(decoded)['sum']).toEqual(
          shape.length === 0
            ? undefined
            : shape.flat().map((asDouble) =>
                expect.objectContaining({
                  asDouble:
                    asDouble === 0
                      ? expect.closeTo(0)
                      : Number.isFinite(asDouble)
                        ? asDouble
                        : String(asDouble),
                }),
              ),
        )
        expect(without(decoded)).toEqual(decodeMetrics(plainBytes(data)))
      }),
    )
  })
})
