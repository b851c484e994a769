import type { Connection } from './connections.ts'

/** Samples of a scrape whose values do not depend on time, as `name{label="value",…}`; of histograms, the counts. */
export type Samples = Readonly<Record<string, number>>

/** Metrics that are compared. */
const EXACT =
  /^(?:websocket_(?:connections_(?:active|total)|connection_duration_seconds_count|messages_total|message_bytes_total|closes_total|sessions_total|turns_total)|http_requests_total|http_in_flight_requests|sse_connections_in_flight|vr_otel_websocket_unread_total)$/

/** Metrics that the application counts too, without the flag. */
const LEDGER =
  /^websocket_(?:connections_total{outcome="accepted"|messages_total|message_bytes_total|closes_total)/

/** Returns the samples that a scrape should have after these connections. */
export function expectedSamples(connections: readonly Connection[]): Samples {
  const samples: Record<string, number> = { http_in_flight_requests: 0, sse_connections_in_flight: 0 }
  const count = (name: string, labels: Readonly<Record<string, string>>, n = 1): void => {
    const key = `${name}{${Object.entries(labels)
      .map(([label, value]) => `${label}="${value}"`)
      .sort()}}`
    samples[key] = (samples[key] ?? 0) + n
  }
  samples['vr_otel_websocket_unread_total'] = connections.filter(({ isHidden }) => isHidden).length
  for (const { route, end, sent, received, isHidden } of connections) {
    count('websocket_connections_total', { route, outcome: end === undefined ? 'rejected' : 'accepted' })
    if (end === undefined) continue
    count('websocket_connections_active', { route }, 0)
    count('websocket_connection_duration_seconds_count', { route })
    count('websocket_closes_total', { route, code: end.code })
    count('websocket_sessions_total', { route, outcome: end.outcome })
    // What the client has sent, the server has received.
    for (const [direction, counted] of Object.entries({ received: sent, sent: received })) {
      count('websocket_messages_total', { route, direction }, counted.messages)
      if (!isHidden) count('websocket_message_bytes_total', { route, direction }, counted.bytes)
    }
  }
  return samples
}

/** Returns the compared samples of a scrape in the text format, labels in alphabetical order. */
export function scrapedSamples(text: string): Samples {
  const lines = text.matchAll(/^(?:vllm_responses_)?(\w+)(?:\{(.*)\})? (\S+)$/gm)
  return Object.fromEntries(
    [...lines].flatMap(([, name = '', labels, value]) =>
      EXACT.test(name) ? [[name + (labels ? `{${sorted(labels)}}` : ''), Number(value)]] : [],
    ),
  )
}

/** Returns what the application should have counted itself: it has the size of every message. */
export function expectedLedger(connections: readonly Connection[]): Samples {
  const all = expectedSamples(connections.map((connection) => ({ ...connection, isHidden: false })))
  return Object.fromEntries(Object.entries(all).filter(([key]) => LEDGER.test(key)))
}

function sorted(labels: string): string {
  return [...labels.matchAll(/\w+="(?:[^"\\]|\\.)*"/g)]
    .map(([label]) => label)
    .sort()
    .join()
}
