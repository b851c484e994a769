import { type Context, createContextKey, type Span } from '@opentelemetry/api'

/** The context key of `@opentelemetry/core`. Its name makes it the same key in every copy of the API. */
const RPC_METADATA = createContextKey('OpenTelemetry SDK Context Key RPC_METADATA')

/**
 * Sets RPC metadata in a context, as `@opentelemetry/instrumentation-http` does. Framework instrumentations set the route of a
 * request on it; an application may use one for a framework that this project does not support.
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
