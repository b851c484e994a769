import { ValueType } from '@opentelemetry/api'
import type { MetricData } from '@opentelemetry/sdk-metrics'
import { describe, expect, it } from 'vitest'
import {
  decodeJson,
  decodeMetrics,
  exemplar,
  exemplarsOf,
  metricsWith,
  metricsWithoutExemplars,
  withoutExemplars,
} from '../testing/exemplar-data.ts'
import { point, resourceMetrics } from '../testing/metric-data.ts'
import { metricEncoder } from './encoding.ts'

const attributes = {
  'user.id': 'é"\n',
  whole: -7,
  huge: 2 ** 60,
  part: 0.5,
  yes: true,
  list: ['a', 'b'],
  empty: '',
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
      metricsWith(type, [exemplar(value, { filteredAttributes: attributes }), exemplar(value)]),
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
    expect(withoutExemplars(decoded)).toEqual(decode(encode(metricsWithoutExemplars(data)) as Uint8Array))
  })

  it('without a span have no ids', () => {
    const data = resourceMetrics(
      metricsWith(ValueType.DOUBLE, [{ value: 1, timestamp: [1, 0], filteredAttributes: {} }]),
    )
    const [found] = exemplarsOf(decode(encode(data) as Uint8Array))['gauge'] as object[]
    expect(found).toMatchObject({ asDouble: 1, timeUnixNano: '1000000000' })
    expect(found).not.toHaveProperty('traceId')
  })

  it('are not added if there are none', () => {
    const data = resourceMetrics(metricsWith(ValueType.DOUBLE, []))
    expect(encode(data)).toEqual(encode(metricsWithoutExemplars(data)))
  })
})

it('writes values that are not finite as strings in JSON', () => {
  const [sum, , histogram] = metricsWith(ValueType.DOUBLE, [])
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
