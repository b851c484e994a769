import { type Channel, channel } from 'node:diagnostics_channel'
import { isSpanContextValid, trace } from '@opentelemetry/api'
import { STATUS, statusCode } from '../cardinality/status.ts'
import { wallClockNow } from '../real-clocks.ts'
import type { LlamaStackRequestFacts } from './llama-stack.ts'

/** Name of the diagnostics channel that publishes a {@link MetricEvent} for each measurement of a request. */
export const METRIC_EVENT_CHANNEL = 'vr.otel.metric_event'

/** One measurement of a request, in the form of the metric events of llama-stack. */
export interface MetricEvent {
  /** 32 lower-case hexadecimal digits, also of an unsampled trace; `''` without a trace. */
  readonly trace_id: string
  /** 16 lower-case hexadecimal digits; `''` without a trace. */
  readonly span_id: string
  /** UTC time by ISO 8601, with six digits of a second, of which the clock has three. */
  readonly timestamp: string
  /** The API, and the status code of the response as text. Concurrent requests have no status. */
  readonly attributes: { readonly api: string; readonly status?: string }
  /** The type of the event. */
  readonly type: 'metric'
  /** Name of the metric in a scrape. */
  readonly metric: string
  /** Number of requests, or seconds, by `unit`. */
  readonly value: number
  /** `requests` or `seconds`. */
  readonly unit: string
}

/** Publishes the measurements of requests while the channel has a subscriber. */
export class MetricEvents {
  readonly #channel: Channel = channel(METRIC_EVENT_CHANNEL)
  readonly #names: Readonly<Record<'requests' | 'duration' | 'concurrent', string>>
  readonly #now: () => number
  /** Number of requests in progress, by API. Only those that arrived while the channel had a subscriber. */
  readonly #concurrent = new Map<string, number>()

  /**
   * @param prefix of the names of metrics
   * @param now milliseconds since the epoch
   */
  constructor(prefix: string, now: () => number = wallClockNow) {
    const start = prefix === '' ? '' : `${prefix.replaceAll('.', '_')}_`
    this.#names = {
      requests: `${start}requests_total`,
      duration: `${start}request_duration_seconds`,
      concurrent: `${start}concurrent_requests`,
    }
    this.#now = now
  }

  /** Whether events are published. */
  get isSubscribed(): boolean {
    return this.#channel.hasSubscribers
  }

  /** Called when a request arrives while events are published. */
  requestStarted(api: string): void {
    this.#concurrent.set(api, (this.#concurrent.get(api) ?? 0) + 1)
  }

  /**
   * Called when a request has ended that was passed to {@link MetricEvents.requestStarted}. Publishes its events, in the order of
   * llama-stack: count, duration, and the concurrent requests including this one.
   * @param arrivedAs the `api` that was passed when it started
   */
  requestEnded(arrivedAs: string, { api, status, seconds, context }: LlamaStackRequestFacts): void {
    const concurrent = this.#concurrent.get(arrivedAs) ?? 1
    if (concurrent > 1) this.#concurrent.set(arrivedAs, concurrent - 1)
    else this.#concurrent.delete(arrivedAs)
    if (!this.#channel.hasSubscribers) return
    const spanContext = trace.getSpanContext(context)
    const isTraced = spanContext !== undefined && isSpanContextValid(spanContext)
    const common = {
      trace_id: isTraced ? spanContext.traceId : '',
      span_id: isTraced ? spanContext.spanId : '',
      timestamp: new Date(this.#now()).toISOString().replace('Z', '000Z'),
    }
    const code = String(statusCode(status) ?? STATUS.overflow)
    const publish = (attributes: MetricEvent['attributes'], metric: string, value: number, unit: string) => {
      const event: MetricEvent = { ...common, attributes, type: 'metric', metric, value, unit }
      this.#channel.publish(event)
    }
    publish({ api, status: code }, this.#names.requests, 1, 'requests')
    if (seconds !== undefined) publish({ api, status: code }, this.#names.duration, seconds, 'seconds')
    publish({ api: arrivedAs }, this.#names.concurrent, concurrent, 'requests')
  }
}
