/**
 * Sends test traffic to the gateway with the `openai` client: JSON answers, streams, aborted and failed streams, tool
 * calls.
 *
 *     node src/load-generator.ts http://127.0.0.1:5969/v1
 */
import OpenAI from 'openai'
import { type ExpectedSample, expectedSamples } from './load-generator/expected-samples.ts'
import { sendRequest } from './load-generator/send-request.ts'
import { planRequests, type TrafficMix } from './load-generator/traffic-mix.ts'

/** Maximum number of concurrent requests. */
const CONCURRENCY = 4

/** A few requests of most types. */
export const SMALL_MIX: TrafficMix = {
  json: 4,
  toolCalls: 1,
  mcpCalls: 1,
  streams: 3,
  toolStreams: 1,
  abortedStreams: 1,
  failedStreams: 1,
  notFound: 1,
  failing: 1,
}

/**
 * Sends exactly the requests of a mix (without retries) and resolves when the client has completed the last one. The
 * gateway may detect the end of an aborted stream a moment later.
 *
 * @param baseUrl URL of the gateway, with `/v1`
 * @returns the samples that a new gateway must then have on `/metrics`
 * @throws Error for the first unexpected answer
 */
export async function sendTraffic(baseUrl: string, mix: TrafficMix): Promise<ExpectedSample[]> {
  const client = new OpenAI({ baseURL: baseUrl, apiKey: 'none', maxRetries: 0 })
  const requests = planRequests(mix)
  const queue = requests.values()
  const worker = async (): Promise<void> => {
    for (const request of queue) await sendRequest(client, request)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return expectedSamples(requests)
}

if (import.meta.main) {
  const [baseUrl = 'http://127.0.0.1:5969/v1'] = process.argv.slice(2)
  const expected = await sendTraffic(baseUrl, SMALL_MIX)
  for (const { name, labels, value } of expected) console.log(name, JSON.stringify(labels), value)
}
