/** Some of vLLM's metrics, with names and labels of vLLM 0.33. */

const LATENCY_BUCKETS = [0.01, 0.05, 0.1, 0.5, 1, 5, 10, 60]
const TOKEN_BUCKETS = [1, 2, 5, 10, 20, 50, 100, 200, 500]

/** Values of vLLM's label `finished_reason`. */
export type FinishedReason = 'stop' | 'abort' | 'error'

/** Records the engine's metrics and formats them as Prometheus text 0.0.4. Durations are in seconds. */
export class EngineMetrics {
  #waiting = 0
  #running = 0
  #promptTokens = 0
  #generationTokens = 0
  readonly #finished: Record<FinishedReason, number> = { stop: 0, abort: 0, error: 0 }
  readonly #queueTime = new Histogram(LATENCY_BUCKETS)
  readonly #firstToken = new Histogram(LATENCY_BUCKETS)
  readonly #requestLatency = new Histogram(LATENCY_BUCKETS)
  readonly #requestPromptTokens = new Histogram(TOKEN_BUCKETS)

  /** Called when a request enters the queue. */
  requestQueued(): void {
    this.#waiting++
  }

  /** Called when a request leaves the queue after `seconds` because its client disconnected. */
  requestLeft(seconds: number): void {
    this.#waiting--
    this.#finished.abort++
    this.#requestLatency.observe(seconds)
  }

  /** Called when a request leaves the queue after `seconds` to be answered. */
  requestStarted(promptTokens: number, seconds: number): void {
    this.#waiting--
    this.#running++
    this.#queueTime.observe(seconds)
    this.#promptTokens += promptTokens
    this.#requestPromptTokens.observe(promptTokens)
  }

  /** Called when the first token was sent, `seconds` after the arrival of the request. */
  firstToken(seconds: number): void {
    this.#firstToken.observe(seconds)
  }

  /** Called when a request has ended, after `seconds` and with `tokens` generated. */
  requestEnded(reason: FinishedReason, tokens: number, seconds: number): void {
    this.#running--
    this.#generationTokens += tokens
    this.#finished[reason]++
    this.#requestLatency.observe(seconds)
  }

  /** Returns the metrics in Prometheus text format. */
  text(): string {
    const labels = 'engine="0",model_name="demo-model"'
    const lines = [
      '# HELP vllm:num_requests_running Number of requests in model execution batches.',
      '# TYPE vllm:num_requests_running gauge',
      `vllm:num_requests_running{${labels}} ${this.#running}`,
      '# HELP vllm:num_requests_waiting Number of requests waiting to be processed.',
      '# TYPE vllm:num_requests_waiting gauge',
      `vllm:num_requests_waiting{${labels}} ${this.#waiting}`,
      '# HELP vllm:kv_cache_usage_perc KV cache usage, from 0 to 1.',
      '# TYPE vllm:kv_cache_usage_perc gauge',
      `vllm:kv_cache_usage_perc{${labels}} ${Math.min(1, this.#running / 256)}`,
      '# HELP vllm:prompt_tokens_total Prefill tokens processed.',
      '# TYPE vllm:prompt_tokens_total counter',
      `vllm:prompt_tokens_total{${labels}} ${this.#promptTokens}`,
      '# HELP vllm:generation_tokens_total Generation tokens processed.',
      '# TYPE vllm:generation_tokens_total counter',
      `vllm:generation_tokens_total{${labels}} ${this.#generationTokens}`,
      '# HELP vllm:request_success_total Count of requests by finish reason.',
      '# TYPE vllm:request_success_total counter',
      ...Object.entries(this.#finished).map(
        ([reason, count]) => `vllm:request_success_total{${labels},finished_reason="${reason}"} ${count}`,
      ),
      '# HELP vllm:request_prompt_tokens Prefill tokens of a request.',
      '# TYPE vllm:request_prompt_tokens histogram',
      ...this.#requestPromptTokens.lines('vllm:request_prompt_tokens', labels),
      '# HELP vllm:request_queue_time_seconds Time in the queue in seconds.',
      '# TYPE vllm:request_queue_time_seconds histogram',
      ...this.#queueTime.lines('vllm:request_queue_time_seconds', labels),
      '# HELP vllm:time_to_first_token_seconds Time to the first token in seconds.',
      '# TYPE vllm:time_to_first_token_seconds histogram',
      ...this.#firstToken.lines('vllm:time_to_first_token_seconds', labels),
      '# HELP vllm:e2e_request_latency_seconds End-to-end request latency in seconds.',
      '# TYPE vllm:e2e_request_latency_seconds histogram',
      ...this.#requestLatency.lines('vllm:e2e_request_latency_seconds', labels),
    ]
    return `${lines.join('\n')}\n`
  }
}

class Histogram {
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  #sum = 0
  #count = 0

  constructor(bounds: readonly number[]) {
    this.#bounds = bounds
    this.#counts = bounds.map(() => 0)
  }

  observe(value: number): void {
    this.#sum += value
    this.#count++
    for (const [index, bound] of this.#bounds.entries()) {
      if (value <= bound) this.#counts[index] = (this.#counts[index] ?? 0) + 1
    }
  }

  lines(name: string, labels: string): string[] {
    const buckets = this.#bounds.map(
      (bound, index) => `${name}_bucket{${labels},le="${bound}"} ${this.#counts[index]}`,
    )
    return [
      ...buckets,
      `${name}_bucket{${labels},le="+Inf"} ${this.#count}`,
      `${name}_sum{${labels}} ${this.#sum}`,
      `${name}_count{${labels}} ${this.#count}`,
    ]
  }
}
