import { createRequire } from 'node:module'
import { HttpInstrumentation } from '@opentelemetry/instrumentation-http'
import { type SpanSummary, spansOf, tracerProvider } from './client-calls.ts'

const load = createRequire(import.meta.url)
const stock = new HttpInstrumentation({ disableIncomingRequestInstrumentation: true })
stock.setTracerProvider(tracerProvider)
stock.disable()

/** Returns summaries of the spans that `@opentelemetry/instrumentation-http` creates for calls. */
export async function spansByInstrumentation(run: () => unknown): Promise<SpanSummary[]> {
  stock.enable()
  for (const name of ['node:http', 'node:https']) load(name) // loading patches the module
  try {
    return await spansOf(run)
  } finally {
    stock.disable()
  }
}
