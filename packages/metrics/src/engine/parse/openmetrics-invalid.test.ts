import { describe, expect, it } from 'vitest'
import { parseExposition } from './parse-exposition.ts'

/** Types of the cases, so that a case needs no TYPE line of its own. */
const COUNTER = '# TYPE a counter\n'
const HISTOGRAM = '# TYPE a histogram\n'
const SUMMARY = '# TYPE a summary\n'

/** Invalid expositions, as in the test suite of OpenMetrics 1.0, each with the line and the reason. `# EOF` is added. */
const INVALID: Readonly<Record<string, readonly (readonly [text: string, message: string])[]>> = {
  'line structure': [
    ['\n', '1: invalid metric name at column 1'],
    ['a 1\n\n', '2: invalid metric name at column 1'],
    ['# comment\n', '1: unknown keyword after #'],
    ['#HELP a x\n', '1: expected   at column 2'],
    [' # HELP a x\n', '1: invalid metric name at column 1'],
    ['# EOF\n', '2: text after # EOF'],
    ['# EOF\na 1\n', '2: text after # EOF'],
    ['a 1', '1: the last line has no line feed'],
  ],
  labels: [
    ['a{a=1} 1\n', '1: expected " at column 5'],
    ['a{a="1} 1\n', '1: a quoted string does not end'],
    ["a{a='1'} 1\n", '1: expected " at column 5'],
    ['a{a} 1\n', '1: expected = at column 4'],
    ['a{a"value"} 1\n', '1: expected = at column 4'],
    ['a{a=} 1\n', '1: expected " at column 5'],
    ['a{a="1"}1\n', '1: expected a space at column 9'],
    ['a{a="1"b="2"} 1\n', '1: expected , at column 8'],
    ['a{a="1",,b="2"} 1\n', '1: invalid label name at column 9'],
    ['a{a="1",} 1\n', '1: a comma after the last label'],
    ['a{,} 1\n', '1: invalid label name at column 3'],
    ['a{,a="1"} 1\n', '1: invalid label name at column 3'],
    ['a{a="1", b="2"} 1\n', '1: invalid label name at column 9'],
    ['a{ a="1"} 1\n', '1: invalid label name at column 3'],
    ['a{a="1" } 1\n', '1: expected , at column 8'],
    ['a {a="1"} 1\n', '1: invalid value'],
    ['a{1="1"} 1\n', '1: invalid label name at column 3'],
    ['a{a="1",a="1"} 1\n', '1: the label a occurs twice'],
    ['a{__name__="x"} 1\n', '1: a label name is empty or starts with __'],
  ],
  metadata: [
    ['# HELP\n', '1: expected a space at column 7'],
    ['# HELP \n', '1: invalid metric name at column 8'],
    ['# HELP a\n', '1: expected a space at column 9'],
    ['# HELP a\t\n', '1: expected a space at column 9'],
    ['# HELP a \\\n', '1: invalid escape sequence'],
    ['# TYPE\n', '1: expected a space at column 7'],
    ['# TYPE a\n', '1: expected a space at column 9'],
    ['# TYPE a\t\n', '1: expected a space at column 9'],
    ['# TYPE a meh\n', '1: unknown metric type'],
    ['# TYPE a untyped\n', '1: unknown metric type'],
    ['# TYPE a gauge \n', '1: unexpected text at column 15'],
    ['# TYPE a  gauge\n', '1: unexpected text at column 10'],
    ['# UNIT\n', '1: expected a space at column 7'],
    ['# UNIT a\n', '1: expected a space at column 9'],
    ['# UNIT a seconds\n', '1: the name does not end in the unit'],
    ['# UNIT a_seconds seconds \n', '1: unexpected text at column 25'],
    ['# TYPE x_u info\n# UNIT x_u u\n', '3: a family of type info has a unit'],
    ['# TYPE x_u stateset\n# UNIT x_u u\n', '3: a family of type stateset has a unit'],
    ['# HELP a x\na 1\n# TYPE a gauge\n', '3: TYPE after a sample of the family'],
    ['# TYPE a gauge\na 1\n# HELP a x\n', '3: HELP after a sample of the family'],
    ['# TYPE a_s gauge\na_s 1\n# UNIT a_s s\n', '3: UNIT after a sample of the family'],
    ['# HELP a x\n# HELP a x\n', '2: HELP occurs twice'],
    ['# TYPE a gauge\n# TYPE a gauge\n', '2: TYPE occurs twice'],
    ['# UNIT a_s s\n# UNIT a_s s\n', '2: UNIT occurs twice'],
  ],
  'names and values': [
    ['0a 1\n', '1: invalid metric name at column 1'],
    ['a.b 1\n', '1: expected a space at column 2'],
    ['a-b 1\n', '1: expected a space at column 2'],
    ['a\n', '1: expected a space at column 2'],
    ['a a\n', '1: invalid value'],
    ['a  1\n', '1: invalid value'],
    ['a\t1\n', '1: expected a space at column 2'],
    ['a 1\t\n', '1: invalid value'],
    ['a 1 \n', '1: invalid timestamp'],
    ['a 1_2\n', '1: invalid value'],
    ['a 0x1p-3\n', '1: invalid value'],
    ['a 0b1\n', '1: invalid value'],
    ['a 0o1\n', '1: invalid value'],
    ['a 1 z\n', '1: invalid timestamp'],
    ['a 1 1_2\n', '1: invalid timestamp'],
    ['a 1 1.1.1\n', '1: invalid timestamp'],
    ['a 1 NaN\n', '1: invalid timestamp'],
    ['a 1 +Inf\n', '1: invalid timestamp'],
  ],
  exemplars: [
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 #\n`, '2: expected #  at column 23'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 # {} \n`, '2: invalid value of an exemplar'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 #{} 1\n`, '2: expected #  at column 23'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 # {}1\n`, '2: expected a space at column 27'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1# {} 1\n`, '2: invalid value'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 # {} 1 \n`, '2: invalid timestamp'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 # {} 0x1 1\n`, '2: invalid value of an exemplar'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 # {} 1 NaN\n`, '2: invalid timestamp'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1 # {a="b"} 1 1 1\n`, '2: unexpected text at column 36'],
    [`${COUNTER}a_total 1 # {a="${'x'.repeat(128)}"} 1\n`, '2: an exemplar exceeds 128 characters'],
    [`${COUNTER}a_total 1 # {"b"} 1\n`, '2: an exemplar has a metric name'],
    [`${COUNTER}a_total 1\na_created 1 # {} 1\n`, '3: the sample cannot have an exemplar'],
    [`${HISTOGRAM}a_sum 1 # {a="b"} 0.5\n`, '2: the sample cannot have an exemplar'],
    [`${HISTOGRAM}a_count 1 # {a="b"} 0.5\n`, '2: the sample cannot have an exemplar'],
    [`${SUMMARY}a{quantile="0.5"} 1 # {a="b"} 0.5\n`, '2: the sample cannot have an exemplar'],
    ['# TYPE a gauge\na 1 # {a="b"} 0.5\n', '2: the sample cannot have an exemplar'],
    ['# TYPE a_bucket gauge\na_bucket 1 # {a="b"} 0.5\n', '2: the sample cannot have an exemplar'],
    ['# TYPE a info\na_info 1 # {a="b"} 0.5\n', '2: the sample cannot have an exemplar'],
    ['# TYPE a stateset\na{a="b"} 1 # {a="b"} 0.5\n', '2: the sample cannot have an exemplar'],
  ],
  'values of a type': [
    [`${COUNTER}a_total NaN\n`, '2: the value of a counter is negative or NaN'],
    [`${COUNTER}a_total -1\n`, '2: the value of a counter is negative or NaN'],
    [`${COUNTER}a_created 1\n`, '2: a counter has no _total sample'],
    [`${COUNTER}a_total 1\na_created NaN\n`, '3: a _created value is not finite'],
    [`${COUNTER}a 1\n`, '2: the name a is used twice, or its family is in two parts'],
    ['# TYPE a info\na 1\n', '2: the name a is used twice, or its family is in two parts'],
    ['# TYPE a info\na_info 2\n', '2: the value of an info is not 1'],
    ['# TYPE a stateset\na 0\n', '2: a state has no label a'],
    ['# TYPE a stateset\na{a="b"} 2\n', '2: the value of a state is neither 0 nor 1'],
    [`${SUMMARY}a 0\n`, '2: the label quantile is missing'],
    [`${SUMMARY}a{quantile="-1.0"} 0\n`, '2: a quantile is not between 0 and 1'],
    [`${SUMMARY}a{quantile="foo"} 0\n`, '2: the label quantile is not a number'],
    [`${SUMMARY}a{quantile="1.01"} 0\n`, '2: a quantile is not between 0 and 1'],
    [`${SUMMARY}a{quantile="NaN"} 0\n`, '2: the label quantile is not a number'],
    [`${SUMMARY}a{quantile="1"} 0\n`, '2: the label quantile is not a canonical number'],
    [`${SUMMARY}a{quantile="0.5"} -1\n`, '2: the value of a quantile is negative'],
    [`${SUMMARY}a_sum NaN\n`, '2: the sum is negative or NaN'],
    [`${SUMMARY}a_count -1\n`, '2: the count is negative or NaN'],
    [`${SUMMARY}a_sum{quantile="0.5"} 1\n`, '2: a count or sum has the label quantile'],
  ],
  histograms: [
    [`${HISTOGRAM}a_sum 1\n`, '2: a histogram has no bucket +Inf'],
    [`${HISTOGRAM}a_bucket 0\n`, '2: the label le is missing'],
    [`${HISTOGRAM}a_bucket{le=""} 0\n`, '2: the label le is not a number'],
    [`${HISTOGRAM}a_bucket{le="a"} 0\n`, '2: the label le is not a number'],
    [`${HISTOGRAM}a_bucket{le="NaN"} 0\n`, '2: the label le is not a number'],
    [`${HISTOGRAM}a_bucket{le="+INF"} 0\n`, '2: the label le is not a canonical number'],
    [`${HISTOGRAM}a_bucket{le="9"} 0\na_bucket{le="+Inf"} 0\n`, '2: the label le is not a canonical number'],
    [`${HISTOGRAM}a_bucket{le="9.0"} 0\n`, '2: a histogram has no bucket +Inf'],
    [
      `${HISTOGRAM}a_bucket{le="+Inf"} 0\na_bucket{le="9.0"} 0\n`,
      '3: the buckets are not in ascending order',
    ],
    [`${HISTOGRAM}a_bucket{le="1.0"} 1\na_bucket{le="+Inf"} 0\n`, '2: the counts of buckets fall'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} NaN\n`, '2: the count of a bucket is negative or NaN'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} -1\n`, '2: the count of a bucket is negative or NaN'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1\na_count 2\na_sum 1\n`, '2: the count differs from the bucket +Inf'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1\na_count 1\n`, '2: a histogram has only one of count and sum'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1\na_sum 1\n`, '2: a histogram has only one of count and sum'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1\na_count 1\na_sum NaN\n`, '2: the sum is NaN'],
    [`${HISTOGRAM}a_bucket{le="+Inf"} 1\na_count 1\na_sum -1\n`, '2: the sum is negative'],
    [
      `${HISTOGRAM}a_bucket{le="-1.0"} 1\na_bucket{le="+Inf"} 1\na_count 1\na_sum 1\n`,
      '2: a histogram with negative buckets has a sum',
    ],
    [
      '# TYPE a gaugehistogram\na_bucket{le="+Inf"} 1\na_gcount 1\n',
      '2: a histogram has only one of count and sum',
    ],
    ['# TYPE a gaugehistogram\na_bucket{le="+Inf"} 1\na_gcount 1\na_gsum -1\n', '2: the sum is negative'],
    [`${HISTOGRAM}a {count:1,sum:1,schema:0}\n`, '2: invalid value'],
  ],
  'grouping and clashes': [
    [
      `${HISTOGRAM}a_bucket{le="+Inf"} 1\na_sum{b="1"} 1\na_count 1\n`,
      '4: the samples of a series do not follow each other',
    ],
    [
      `${SUMMARY}a_sum{b="1"} 0\na_sum{b="2"} 0\na_count{b="1"} 0\n`,
      '4: the samples of a series do not follow each other',
    ],
    ['# TYPE a gauge\na 0\na 0\n', '3: a series occurs twice'],
    ['a{b="1"} 0\nc 0\na{b="2"} 0\n', '3: the name a is used twice, or its family is in two parts'],
    [
      `${COUNTER}a_total 1\n# TYPE b gauge\nb 1\n# TYPE a counter\n`,
      '5: the name a is used twice, or its family is in two parts',
    ],
    [`# TYPE a_created gauge\n${COUNTER}`, '3: the name a_created is used by two families'],
    [`${HISTOGRAM}# TYPE a_sum gauge\n`, '2: the name a_sum is used twice, or its family is in two parts'],
  ],
}

describe.each(Object.entries(INVALID))('OpenMetrics refuses invalid %s', (_, cases) => {
  it.each(cases)('%j', (text, message) => {
    const refused = expect.objectContaining({ fault: 'syntax', message: `line ${message}` })
    expect(() => parseExposition(text.endsWith('\n') ? `${text}# EOF\n` : text, 'openmetrics')).toThrow(
      refused,
    )
  })
})

describe('OpenMetrics refuses an exposition without # EOF', () => {
  it.each(['', 'a 1\n', '# TYPE a gauge\na 1\n'])('%j', (text) => {
    expect(() => parseExposition(text, 'openmetrics')).toThrow('the exposition has no # EOF')
  })
})
