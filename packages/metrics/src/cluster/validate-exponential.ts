import { InvalidMessage, isObject } from './codec.ts'
import type { WireExponential } from './messages.ts'
import { array, integer, wireNumber } from './validation.ts'

/** Scales that OpenTelemetry allows: data model, "Exponential Scale". */
const MIN_SCALE = -10
const MAX_SCALE = 20

/** Largest distance of a bucket from 0: more than any number has at the largest scale. */
const MAX_OFFSET = 2 ** 31

type Buckets = WireExponential['positive']

/** @throws InvalidMessage if `value` is not the value of an exponential histogram. The caller has checked its series. */
export function validateExponential(value: unknown): WireExponential {
  if (!isObject(value)) throw new InvalidMessage('value', 'an exponential histogram is not an object')
  const histogram = {
    series: integer(value['series'], 'series id'),
    count: integer(value['count'], 'count'),
    sum: wireNumber(value['sum']),
    min: wireNumber(value['min']),
    max: wireNumber(value['max']),
    scale: integer(value['scale'], 'scale', MIN_SCALE),
    zeroCount: integer(value['zeroCount'], 'zero count'),
    positive: validateBuckets(value['positive']),
    negative: validateBuckets(value['negative']),
  }
  if (histogram.scale > MAX_SCALE) throw new InvalidMessage('value', `scale above ${MAX_SCALE}`)
  if (histogram.count !== histogram.zeroCount + total(histogram.positive) + total(histogram.negative))
    throw new InvalidMessage('value', 'the count of an exponential histogram is not the sum of its buckets')
  return histogram
}

function validateBuckets(value: unknown): Buckets {
  const [offset, counts] = array(value, 'buckets')
  const first = integer(offset, 'offset', -MAX_OFFSET)
  if (first > MAX_OFFSET) throw new InvalidMessage('value', `offset above ${MAX_OFFSET}`)
  return [first, array(counts, 'counts').map((count) => integer(count, 'count of a bucket'))]
}

const total = ([, counts]: Buckets): number => counts.reduce((sum, count) => sum + count, 0)
