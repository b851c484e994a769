import type { Interceptor } from '@vr/otel-instruments/adapters'
import type { RequestHandler } from '../lifecycle/otel-handle.ts'

/**
 * Returns an interceptor whose responses close their connections once the server has closed. `server.close()` waits for all connections
 * that are not idle at that time; one on which a client scrapes or checks the health periodically would keep the process alive.
 */
export function closingConnections(intercept: Interceptor): Interceptor {
  return (target, server) => {
    const handler = intercept(target, server)
    return handler === undefined || server.listening ? handler : closingConnection(handler)
  }
}

function closingConnection(handler: RequestHandler): RequestHandler {
  return (request, response) => {
    // HTTP/2 has no such header.
    if (request.httpVersionMajor === 1) response.setHeader('Connection', 'close')
    handler(request, response)
  }
}
