import { ValueType } from '@opentelemetry/api'
import type { MetricData, ResourceMetrics } from '@opentelemetry/sdk-metrics'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  decodeMetrics,
  exemplar,
  exemplarsOf,
  metricsWith,
  metricsWithoutExemplars,
  withoutExemplars,
} from '../testing/exemplar-data.ts'
import { point, resourceMetrics } from '../testing/metric-data.ts'
import { metricEncoder } from './encoding.ts'
import { spliceExemplars } from './exemplar-splice.ts'

describe('spliceExemplars', () => {
  const encode = metricEncoder('grpc')
  const plainBytes = (data: ResourceMetrics): Uint8Array =>
    encode(metricsWithoutExemplars(data)) as Uint8Array

  it('returns bytes unchanged that do not match the data', () => {
    const data = resourceMetrics(metricsWith(ValueType.DOUBLE, [exemplar(1)]))
    const [sum] = metricsWith(ValueType.DOUBLE, [])
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
    const data = resourceMetrics(metricsWith(ValueType.DOUBLE, [exemplar(1)]))
    const once = spliceExemplars(plainBytes(data), data)
    expect(once).not.toEqual(plainBytes(data))
    expect(spliceExemplars(once, data)).toBe(once)
  })

  it('never throws for modified bytes', () => {
    const data = resourceMetrics(metricsWith(ValueType.DOUBLE, [exemplar(1)]))
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
        const [sum] = metricsWith(ValueType.DOUBLE, [])
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
        expect(withoutExemplars(decoded)).toEqual(decodeMetrics(plainBytes(data)))
      }),
    )
  })
})
