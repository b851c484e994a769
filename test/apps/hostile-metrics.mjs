// An application whose own metrics try to break the exposition: colliding names, attribute keys that become equal or are
// reserved, values with every special character, numbers that are not finite.
import { createServer } from 'node:http'
import { metrics } from '@opentelemetry/api'

const meter = metrics.getMeter('hostile "scope"\n{}', '1.0\n')
const VALUES = [
  'plain',
  '',
  'quote " backslash \\ newline \n tab \t',
  'a"\n} 5\nevil_metric 42\n#',
  '# EOF\n',
  '\u0000\u0001\u007f\r\u2028\ufeff',
  '\ud800 lone surrogate',
  'emoji 👩‍💻 עברית',
  'x'.repeat(5000),
]
const KEYS = [
  'key',
  'le',
  'quantile',
  '__name__',
  'job',
  'instance',
  'otel_scope_name',
  'otel.scope.name',
  'a.b',
  'a_b',
  'a-b',
  '0digit',
  '',
  'ключ',
  '"',
  '__proto__',
]

const counter = meter.createCounter('hostile.values', { description: 'A "help" with \\ and\nlines\n# EOF' })
for (const value of VALUES) counter.add(1, { value })
for (const key of KEYS) counter.add(1, Object.fromEntries([[key, key]]))
counter.add(1, Object.fromEntries(KEYS.map((key, index) => [key, `all ${index}`])))
counter.add(1, { list: ['a', 'b'], yes: true, number: 1.5 })

// Names that become equal to the name or a sample name of another metric.
for (const name of [
  'clash',
  'clash.total',
  'clash_total',
  'clash.created',
  'clash/bucket',
  'clash.count',
  'clash.info',
]) {
  meter.createCounter(name).add(1)
  meter.createUpDownCounter(`gauge.${name}`).add(1)
  meter.createGauge(name).record(2)
}
meter.createHistogram('clash').record(1)
meter.createHistogram('clash', { unit: 's' }).record(1)
metrics.getMeter('another').createGauge('hostile.values').record(1)
for (const unit of ['"', '\n', 'By/s', '{a"b}', '1', '%', 'seconds', 'x y']) {
  meter.createGauge(`unit.${VALUES.length}`, { unit }).record(1)
}

const numbers = meter.createGauge('hostile.numbers')
const NUMBERS = [Number.NaN, Infinity, -Infinity, -0, 5e-324, 1.7976931348623157e308, 2 ** 53]
for (const [index, value] of NUMBERS.entries()) numbers.record(value, { index })
const histogram = meter.createHistogram('hostile.histogram', {
  advice: { explicitBucketBoundaries: [-1, 0, 1e-7, 1e21] },
})
for (const value of [...NUMBERS, 0.5, 1e22]) histogram.record(value, { le: '1', value: 'a"\n' })

createServer((_request, response) => response.end()).listen(0, '127.0.0.1', function listening() {
  console.log(`hostile listening on http://127.0.0.1:${this.address().port}`)
})
