/**
 * Traffic for the gateway with the real `openai` client: JSON, streams, aborted and failing ones, tools.
 *
 *     node src/driver.ts http://127.0.0.1:5969/v1
 */
import OpenAI from 'openai'
import { type ExpectedSample, expectedSamples } from './driver/expected.ts'
import { type Mix, stepsOf } from './driver/mix.ts'
import { sendStep } from './driver/send-step.ts'

/** Requests under way at the same time. */
const CONCURRENCY = 4

/** One of each sort, for when nothing else is asked for. */
export const SMALL_MIX: Mix = {
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
 * Sends a mix of requests, exactly as many as it says (the client's own retries are off), and resolves when the
 * last one is over for the client; the gateway may notice the end of an aborted stream a moment later. Rejects
 * at the first answer that is not the one that was to come.
 *
 * @param baseUrl the gateway's, with `/v1`
 * @returns what a gateway that has seen nothing else must show on `/metrics`
 */
export async function driveMix(baseUrl: string, mix: Mix): Promise<ExpectedSample[]> {
  const client = new OpenAI({ baseURL: baseUrl, apiKey: 'none', maxRetries: 0 })
  const steps = stepsOf(mix)
  const queue = steps.values()
  const worker = async (): Promise<void> => {
    for (const step of queue) await sendStep(client, step)
  }
  await Promise.all(Array.from({ length: CONCURRENCY }, worker))
  return expectedSamples(steps)
}

if (import.meta.main) {
  const [baseUrl = 'http://127.0.0.1:5969/v1'] = process.argv.slice(2)
  const expected = await driveMix(baseUrl, SMALL_MIX)
  for (const { name, labels, value } of expected) console.log(name, JSON.stringify(labels), value)
}
