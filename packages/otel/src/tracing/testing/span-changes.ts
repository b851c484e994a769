import { SpanStatusCode } from '@opentelemetry/api'
import type { SpanSummary } from './client-calls.ts'

type Change = Partial<Omit<SpanSummary, 'attributes'>> & { readonly attributes?: Record<string, unknown> }

/** Returns the span of the instrumentation with changes; `undefined` removes an attribute. */
export const but =
  (change: Change) =>
  ([original, ...more]: SpanSummary[]): SpanSummary[] => {
    const { name = '', kind, status = {}, exceptions = [], attributes } = { ...original, ...change }
    const merged = { ...original?.attributes, ...attributes }
    for (const [key, value] of Object.entries(merged)) if (value === undefined) delete merged[key]
    return [{ name, kind, status, exceptions, attributes: merged }, ...more]
  }

/** Returns the span of the instrumentation with an error. */
export const failed = (type: string, message: string, exception = type) =>
  but({
    status: { code: SpanStatusCode.ERROR, message },
    attributes: { 'error.type': type },
    exceptions: [[exception, message]],
  })
