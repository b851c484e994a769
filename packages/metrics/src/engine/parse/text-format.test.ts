import { describe, expect, it } from 'vitest'
import { ExpositionError } from './exposition-error.ts'
import { parseExposition } from './parse-exposition.ts'

const parse = (text: string) => parseExposition(text, 'text')

/** Returns line and reason of the refusal. */
function refusal(text: string): string {
  try {
    parse(text)
  } catch (error) {
    if (error instanceof ExpositionError && error.fault === 'syntax') return error.message
    throw error
  }
  return 'accepted'
}

describe('the text format', () => {
  it('has families of all its types', () => {
    const text = [
      '# HELP vllm:tokens_total Tokens\\nof \\\\all "models".',
      '# TYPE vllm:tokens_total counter',
      'vllm:tokens_total{model="a\\"b\\\\c\\nd",engine="0"} 2.75 1700000000000',
      '# TYPE running gauge',
      'running NaN',
      'plain -Inf',
      '# TYPE old untyped',
      'old{} 1e3',
      '# TYPE seconds histogram',
      'seconds_bucket{le="1"} 1',
      'seconds_bucket{le="+Inf"} 3',
      'seconds_sum 4.5',
      'seconds_count 3',
      '# TYPE latency summary',
      'latency{quantile="0.5"} 0.25',
      'latency_sum 10',
      'latency_count 20',
      '',
    ].join('\n')
    const none = { unit: '', help: '' }
    expect(parse(text)).toEqual([
      {
        name: 'vllm:tokens_total',
        type: 'counter',
        unit: '',
        help: 'Tokens\nof \\all "models".',
        points: [{ labels: { model: 'a"b\\c\nd', engine: '0' }, value: 2.75 }],
      },
      { ...none, name: 'running', type: 'gauge', points: [{ labels: {}, value: Number.NaN }] },
      { ...none, name: 'plain', type: 'unknown', points: [{ labels: {}, value: Number.NEGATIVE_INFINITY }] },
      { ...none, name: 'old', type: 'unknown', points: [{ labels: {}, value: 1000 }] },
      {
        ...none,
        name: 'seconds',
        type: 'histogram',
        points: [
          {
            labels: {},
            buckets: [
              { bound: 1, count: 1 },
              { bound: Number.POSITIVE_INFINITY, count: 3 },
            ],
            count: 3,
            sum: 4.5,
          },
        ],
      },
      {
        ...none,
        name: 'latency',
        type: 'summary',
        points: [{ labels: {}, quantiles: [{ quantile: 0.5, value: 0.25 }], count: 20, sum: 10 }],
      },
    ])
  })

  it('allows blanks, blank lines, comments, a last comma, and # EOF as a comment', () => {
    const text =
      ' \n# comment\n#TYPE\ta  gauge \n\n# EOF\n  a { x = "1" , y="2", } \t 5 \n# HELP b\nb{x="1"}6\n'
    expect(parse(text)).toMatchObject([
      { name: 'a', type: 'gauge', points: [{ labels: { x: '1', y: '2' }, value: 5 }] },
      { name: 'b', type: 'unknown', help: '', points: [{ labels: { x: '1' }, value: 6 }] },
    ])
  })

  it('has quoted names of version 1.0.0', () => {
    const text =
      '# HELP "my.metric" Text.\n# TYPE "my.metric" gauge\n{"my.metric","l.x"="1"} 5\n{y="2","my.metric"} 6\n'
    expect(parse(text)).toMatchObject([
      {
        name: 'my.metric',
        help: 'Text.',
        points: [
          { labels: { 'l.x': '1' }, value: 5 },
          { labels: { y: '2' }, value: 6 },
        ],
      },
    ])
  })

  it('has buckets and series of a family in any order', () => {
    const text = [
      '# TYPE h histogram',
      'h_count{a="1"} 3',
      'h_bucket{le="+Inf",a="1"} 3',
      'h_bucket{a="2",le="+Inf"} 0',
      'h_bucket{a="1",le="0.5"} 2',
      '',
    ].join('\n')
    expect(parse(text)[0]?.points).toEqual([
      {
        labels: { a: '1' },
        buckets: [
          { bound: 0.5, count: 2 },
          { bound: Number.POSITIVE_INFINITY, count: 3 },
        ],
        count: 3,
      },
      { labels: { a: '2' }, buckets: [{ bound: Number.POSITIVE_INFINITY, count: 0 }], count: 0 },
    ])
  })

  it('moves gauges named _created into the points that they belong to', () => {
    const text = [
      '# TYPE a_total counter\na_total{x="1",y="2"} 5\na_total{x="2"} 6',
      '# TYPE a_created gauge\na_created{y="2",x="1"} 1.7e+09\na_created{x="3"} 1',
      '# TYPE h_created gauge\nh_created 1.8e+09',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1',
      '# TYPE other_created gauge\nother_created 7\n',
    ].join('\n')
    expect(parse(text)).toMatchObject([
      {
        name: 'a_total',
        points: [
          { value: 5, created: 1.7e9 },
          { labels: { x: '2' }, value: 6 },
        ],
      },
      { name: 'h', points: [{ created: 1.8e9 }] },
      { name: 'other_created', points: [{ value: 7 }] },
    ])
  })

  it('is empty without lines', () => {
    expect(parse('')).toEqual([])
  })
})

describe('the text format does not allow', () => {
  it.each([
    ['a line without a line feed', 'a 1\nb 2', 'line 2: the last line has no line feed'],
    ['a sample without a value', 'a\n', 'line 1: invalid value'],
    ['a value with an underscore', 'a 1_0\n', 'line 1: invalid value'],
    ['a hexadecimal value', 'a 0x1p3\n', 'line 1: invalid value'],
    ['a fraction as timestamp', 'a 1 1.5\n', 'line 1: invalid timestamp'],
    ['a third number', 'a 1 1 1\n', 'line 1: unexpected text at column 7'],
    ['an exemplar', '# TYPE a counter\na 1 # {} 1\n', 'line 2: invalid timestamp'],
    ['a carriage return', 'a 1\r\n', 'line 1: invalid value'],
    ['a name that starts with a digit', '1a 1\n', 'line 1: invalid metric name at column 1'],
    ['markup', '<!DOCTYPE html>\n', 'line 1: invalid metric name at column 1'],
    ['a quoted name outside of braces', '"a" 1\n', 'line 1: invalid metric name at column 1'],
    ['two names', 'a{"b"} 1\n', 'line 1: a sample has two names'],
    ['no name', '{a="1"} 1\n', 'line 1: a sample has no name'],
    ['a label twice', 'a{x="1",x="2"} 1\n', 'line 1: the label x occurs twice'],
    ['a reserved label', 'a{__name__="1"} 1\n', 'line 1: a label name is empty or starts with __'],
    ['a quoted reserved label', 'a{"__proto__"="1"} 1\n', 'line 1: a label name is empty or starts with __'],
    ['a label without quotes', 'a{x=1} 1\n', 'line 1: expected " at column 5'],
    ['a string that does not end', 'a{x="1\\"} 1\n', 'line 1: a quoted string does not end'],
    ['two labels without a comma', 'a{x="1" y="2"} 1\n', 'line 1: expected , at column 9'],
    ['two commas', 'a{x="1",,y="2"} 1\n', 'line 1: invalid label name at column 9'],
    ['an unknown escape', 'a{x="\\t"} 1\n', 'line 1: invalid escape sequence'],
    ['an escaped quote in HELP', '# HELP a \\"\n', 'line 1: invalid escape sequence'],
    ['an unknown type', '# TYPE a info\n', 'line 1: unknown metric type'],
    ['a type of objects', '# TYPE a constructor\n', 'line 1: unknown metric type'],
    ['a series twice', 'a{x="1",y=""} 1\na{x="1"} 1\n', 'line 2: a series occurs twice'],
    ['TYPE twice', '# TYPE a gauge\n# TYPE a gauge\n', 'line 2: TYPE occurs twice'],
    [
      'TYPE after a sample',
      '# TYPE a gauge\na 1\n# TYPE a gauge\n',
      'line 3: TYPE after a sample of the family',
    ],
    [
      'a family in two parts',
      'a 1\nb 1\na{x="1"} 1\n',
      'line 3: the name a is used twice, or its family is in two parts',
    ],
    [
      'a name of two families',
      'h_count 1\n# TYPE h histogram\nh_bucket{le="+Inf"} 1\n',
      'line 3: the name h_count is used by two families',
    ],
    ['a negative counter', '# TYPE a counter\na -1\n', 'line 2: the value of a counter is negative or NaN'],
    [
      'a histogram that ends early',
      '# TYPE h histogram\nh_bucket{le="1"} 1\n',
      'line 2: a histogram has no bucket +Inf',
    ],
    [
      'falling counts',
      '# TYPE h histogram\nh_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\n',
      'line 2: the counts of buckets fall',
    ],
    [
      'a bound that is NaN',
      '# TYPE h histogram\nh_bucket{le="NaN"} 1\n',
      'line 2: the label le is not a number',
    ],
    ['markup as bound', '# TYPE h histogram\nh_bucket{le="<b>"} 1\n', 'line 2: the label le is not a number'],
    [
      'a quantile above 1',
      '# TYPE s summary\ns{quantile="2"} 1\n',
      'line 2: a quantile is not between 0 and 1',
    ],
    [
      'another count than that of the last bucket',
      '# TYPE h histogram\nh_bucket{le="+Inf"} 1\nh_count 2\n',
      'line 2: the count differs from the bucket +Inf',
    ],
  ])('%s', (_, text, message) => {
    expect(refusal(text)).toBe(message)
  })
})
