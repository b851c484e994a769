import type { LoggedRequest } from './running-application.ts'

/** Metrics whose values do not depend on time; of histograms, the counts. */
const EXACT = [
  'http_requests_total',
  'http_request_duration_seconds_count',
  'http_in_flight_requests',
  'sse_connections_in_flight',
  'sse_stream_duration_seconds_count',
  'sse_streams_total',
]

/** The route of the compressed stream, and its number of events. */
const COMPRESSED = '/stream/compressed'
const COMPRESSED_EVENTS = 2

/** Metrics that prove that the compressed stream is parsed. */
const OF_COMPRESSED = ['sse_events_total', 'sse_time_to_first_event_seconds_count']

/** Returns the samples that a scrape must have for the logged requests. */
export function expectedSamples(rows: readonly LoggedRequest[]): Record<string, number> {
  const samples: Record<string, number> = { http_in_flight_requests: 0, sse_connections_in_flight: 0 }
  const count = (key: string, times = 1): void => {
    samples[key] = (samples[key] ?? 0) + times
  }
  for (const { method, route, status, stream, outcome } of rows) {
    count(`http_requests_total{method="${method}",route="${route}",status="${status}"}`)
    count(`http_request_duration_seconds_count{method="${method}",route="${route}"}`)
    if (!stream) continue
    count(`sse_stream_duration_seconds_count{route="${route}"}`)
    count(`sse_streams_total{outcome="${outcome}",route="${route}"}`)
    if (route !== COMPRESSED) continue
    count(`sse_events_total{route="${route}"}`, COMPRESSED_EVENTS)
    count(`sse_time_to_first_event_seconds_count{route="${route}"}`)
  }
  return samples
}

/** Returns the same samples of a scrape, with their labels in alphabetical order. */
export function scrapedSamples(text: string): Record<string, number> {
  const lines = [...text.matchAll(/^vllm_responses_(\w+)(?:\{(.*)\})? (\S+)$/gm)]
  const wanted = lines.filter(
    ([, name = '', labels = '']) =>
      EXACT.includes(name) || (OF_COMPRESSED.includes(name) && labels === `route="${COMPRESSED}"`),
  )
  return Object.fromEntries(
    wanted.map(([, name = '', labels, value]) => [
      name + (labels ? `{${sorted(labels)}}` : ''),
      Number(value),
    ]),
  )
}

function sorted(labels: string): string {
  return [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)]
    .map(([label]) => label)
    .sort()
    .join()
}
