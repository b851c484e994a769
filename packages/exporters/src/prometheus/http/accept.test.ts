import { describe, expect, it } from 'vitest'
import { contentType } from '../text/format.ts'
import { acceptsGzip, negotiate } from './accept.ts'

function negotiated(accept: string | undefined): string {
  const { format, scheme } = negotiate(accept)
  return contentType(format, scheme)
}

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const TEXT_1 = 'text/plain; version=1.0.0; charset=utf-8; escaping='
const OPEN = 'application/openmetrics-text; version=1.0.0; charset=utf-8; escaping='

const PROMETHEUS_2 =
  'application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1'
const PROMETHEUS_3 =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2'
const PROTOBUF =
  'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;escaping=underscores;q=0.5,*/*;q=0.1'

describe('Accept', () => {
  it.each([
    ['no header', undefined, TEXT],
    ['an empty header', '', TEXT],
    ['anything', '*/*', TEXT],
    ['Prometheus 2.42', PROMETHEUS_2, `${OPEN}underscores`],
    ['Prometheus 3', PROMETHEUS_3, `${OPEN}allow-utf-8`],
    ['protobuf first', PROTOBUF, `${OPEN}underscores`],
    ['a browser', 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', TEXT],
    ['JSON only', 'application/json', TEXT],
    ['text without version', 'text/plain', TEXT],
    ['text 1.0.0', 'text/plain;version=1.0.0', `${TEXT_1}underscores`],
    ['text 1.0.0 with escaping', 'text/plain; version=1.0.0; escaping=values', `${TEXT_1}values`],
    ['OpenMetrics without version', 'application/openmetrics-text', `${OPEN}underscores`],
    ['OpenMetrics of an unsupported version', 'application/openmetrics-text;version=2.0.0', TEXT],
    ['a quoted version', 'application/openmetrics-text; version="1.0.0"', `${OPEN}underscores`],
    ['upper case', 'Application/OpenMetrics-Text; Version=1.0.0; Q=1', `${OPEN}underscores`],
    ['an unknown parameter', 'application/openmetrics-text;version=1.0.0;x=y', `${OPEN}underscores`],
    ['an unknown escaping', 'application/openmetrics-text;version=1.0.0;escaping=none', `${OPEN}underscores`],
    ['dots', 'application/openmetrics-text;version=1.0.0;escaping=dots', `${OPEN}dots`],
    [
      'a higher q before the order',
      'text/plain;version=0.0.4;q=0.1, application/openmetrics-text;version=1.0.0;q=0.2',
      `${OPEN}underscores`,
    ],
    ['q=0 excludes', 'application/openmetrics-text;q=0, */*', TEXT],
    ['q=0 excludes one of all', 'text/plain;q=0, */*', `${OPEN}underscores`],
    ['q=0 of all', '*/*;q=0', TEXT],
    [
      'the more specific of equal qualities',
      'text/plain, application/openmetrics-text;version=1.0.0',
      `${OPEN}underscores`,
    ],
    [
      'the escaping of the higher quality',
      'application/openmetrics-text;version=1.0.0;escaping=dots;q=0.5,application/openmetrics-text;version=1.0.0;escaping=values;q=0.6',
      `${OPEN}values`,
    ],
    ['a broken quality', 'application/openmetrics-text;q=x', TEXT],
    ['a comma between quotes', 'text/plain;x="a,application/openmetrics-text;b"', TEXT],
    ['a malformed header', ';;,,=,"', TEXT],
  ])('%s', (_, accept, expected) => {
    expect(negotiated(accept)).toBe(expected)
  })
})

describe('Accept-Encoding', () => {
  it.each([
    [undefined, false],
    ['', false],
    ['gzip', true],
    ['GZIP', true],
    ['gzip, deflate, br', true],
    ['br;q=1, gzip;q=0.1', true],
    ['gzip;q=0', false],
    ['identity', false],
    ['*', true],
    ['*;q=0', false],
    ['gzip;q=0, *', false],
  ])('%s: %s', (header, expected) => {
    expect(acceptsGzip(header)).toBe(expected)
  })
})
