import { type Exchange, pathOf } from './exchange.ts'
import type { PlannedCall } from './plan.ts'

/** Series and their values, as `name{label=value,…}`. */
export type Series = Readonly<Record<string, number>>

/** Error types of a call that ended early, in the terms of an HTTP client. */
export interface ClientErrors {
  /** The client of the proxy left before the engine answered. */
  readonly left: string
  /** The client of the proxy left after the head of the answer. */
  readonly leftInAnswer: string
  /** The connection of the engine ended. */
  readonly died: string
}

type Add = (name: string, labels: Readonly<Record<string, string | undefined>>, value?: number) => void

/**
 * Returns the series that exchanges add to the metrics of a proxy, from what the engine has sent. Labels that are the same for
 * all calls (server, provider) are left out.
 */
export function expectedSeries(exchanges: readonly Exchange[], errors: ClientErrors): Series {
  const counts: Record<string, number> = {}
  const add: Add = (name, labels, value = 1) => {
    const series = seriesName(name, labels)
    if (value !== 0) counts[series] = (counts[series] ?? 0) + value
  }
  for (const exchange of exchanges) {
    addRequest(exchange, add)
    addCall(exchange, errors, add)
    for (const { kind } of exchange.sent.flatMap(({ toolCalls }) => toolCalls ?? []))
      add('tool_calls_requested_total', { tool_type: toolType(kind) })
  }
  return counts
}

/** Returns a series as text, with its labels in alphabetical order, without those that are undefined. */
export function seriesName(name: string, labels: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(labels).filter(([, value]) => value !== undefined)
  return `${name}{${given.map(([key, value]) => `${key}=${value}`).sort()}}`
}

/** The request of the client to the proxy. */
function addRequest(exchange: Exchange, add: Add): void {
  const { plan, sent } = exchange
  const route = pathOf(plan.api)
  add('http_requests_total', { method: 'POST', route, status: String(statusOf(exchange)) })
  if (!isStream(exchange)) return
  add('sse_streams_total', { route, outcome: streamOutcome(exchange) })
  add('sse_events_total', { route }, sent.length)
  add('gateway_overhead_seconds_count', { route })
}

/** The call of the proxy to the engine, if it has ended. */
function addCall(exchange: Exchange, errors: ClientErrors, add: Add): void {
  const { plan, sent, status } = exchange
  if (exchange.isOpen) return
  add('upstream_attempts_total', { outcome: attemptOutcome(exchange) })
  const isCut = plan.ending === 'engine dies' && !plan.isStream
  const call = {
    gen_ai_operation_name: OPERATIONS[plan.api],
    gen_ai_request_model: plan.model,
    gen_ai_response_model: status === 200 && !isCut ? plan.model : undefined,
  }
  add('gen_ai_client_operation_duration_seconds_count', { ...call, error_type: errorType(exchange, errors) })
  const usage = sent.findLast((part) => part.usage !== undefined)?.usage
  if (usage !== undefined) {
    const ofType = (type: string) => ({ ...call, gen_ai_token_type: type })
    add('gen_ai_client_token_usage_count', ofType('input'))
    add('gen_ai_client_token_usage_sum', ofType('input'), usage.input)
    if (plan.api !== 'embeddings') add('gen_ai_client_token_usage_count', ofType('output'))
    add('gen_ai_client_token_usage_sum', ofType('output'), usage.output)
    add('vr_otel_gen_ai_cache_read_input_tokens_total', call, usage.cached)
    add('vr_otel_gen_ai_reasoning_output_tokens_total', call, usage.reasoning)
  }
  if (!isStream(exchange)) return
  const outputs = sent.filter(({ text }) => !text.includes('[DONE]'))
  if (usage === undefined) add('vr_otel_gen_ai_streams_without_usage_total', call)
  add('gen_ai_client_operation_time_to_first_chunk_seconds_count', call)
  add('gen_ai_client_operation_time_per_output_chunk_seconds_count', call, outputs.length - 1)
}

const OPERATIONS = {
  responses: 'chat',
  vllm: 'chat',
  chat: 'chat',
  messages: 'chat',
  completions: 'text_completion',
  embeddings: 'embeddings',
} as const

function isStream({ plan, status }: Exchange): boolean {
  return plan.isStream && status === 200
}

/** The proxies answer 502 if the connection to the engine ends before its headers. */
function statusOf({ plan, status }: Exchange): number {
  return status ?? (plan.ending === 'client leaves' ? 499 : 502)
}

function streamOutcome({ plan }: Exchange): string {
  if (plan.ending === 'complete') return 'completed'
  return plan.ending === 'client leaves' ? 'client_abort' : 'upstream_error'
}

function attemptOutcome({ plan, status }: Exchange): string {
  switch (plan.ending) {
    case 'complete':
      return 'ok'
    case '429':
      return 'rate_limited'
    case '400':
      return 'client_error'
    case '500':
    case 'error event':
      return 'server_error'
    case 'client leaves':
      return status === undefined ? 'client_error' : 'ok'
    case 'engine dies':
      return status === undefined ? 'network' : 'server_error'
  }
}

function errorType({ plan, status }: Exchange, errors: ClientErrors): string | undefined {
  if (Number(plan.ending) > 0) return plan.ending
  if (plan.ending === 'client leaves') return status === undefined ? errors.left : errors.leftInAnswer
  if (plan.ending === 'engine dies') return errors.died
  return plan.ending === 'error event' ? STREAM_ERRORS[plan.api] : undefined
}

/** Code, or else type, of the error events. */
const STREAM_ERRORS: Readonly<Record<string, string>> = {
  responses: 'server_error',
  vllm: 'server_error',
  chat: '500',
  completions: '500',
  messages: 'overloaded_error',
}

function toolType(kind: PlannedCall['kind']): string {
  return kind === 'file_search' ? 'other' : kind
}
