import { type Context, createContextKey, type Span } from '@opentelemetry/api'

/** Where `@opentelemetry/core` keeps the metadata; every copy of the API has the same key by its name. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

/**
 * Adds the metadata by which instrumentations of frameworks tell the route of a request, as
 * `@opentelemetry/instrumentation-http` does: an application may use one of a framework that has no adapter here.
 */
export function setRpcMetadata(context: Context, span: Span, method: string): Context {
  const metadata = {
    type: 'http',
    span,
    set route(template: string) {
      span.setAttribute('http.route', template)
      span.updateName(`${method} ${template}`)
    },
  }
  return context.setValue(RPC_METADATA, metadata)
}
