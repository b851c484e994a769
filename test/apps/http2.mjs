// An HTTP/2 server that answers with its span context. With a certificate in TLS_CERT and TLS_KEY it accepts HTTP/1 too.

import { createSecureServer, createServer } from 'node:http2'
import { trace } from '@opentelemetry/api'
import { setRoute } from '@vr/otel'

const answer = (request, response) => {
  setRoute(request, '/v1/:thing')
  response.end(JSON.stringify(trace.getActiveSpan()?.spanContext()))
}
const { TLS_CERT: cert, TLS_KEY: key } = process.env
const server =
  cert === undefined ? createServer(answer) : createSecureServer({ cert, key, allowHTTP1: true }, answer)
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
