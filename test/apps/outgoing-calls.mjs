// Makes the calls of node:http and node:https that a request body describes. Answers with the result of each: the bytes that
// a TCP server received, the error that was thrown, and the events. Every connection goes to that server, whatever its host
// and port, so that any address can be called.

import { AsyncResource } from 'node:async_hooks'
import http, * as httpExports from 'node:http'
import https, * as httpsExports from 'node:https'
import net from 'node:net'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { promisify } from 'node:util'

const MODULES = { http, https }
const outside = new AsyncResource('outside of any request')
/** The current call: the addresses it connected to, the bytes it sent, and how it is answered. */
let exchange

const tcp = net.createServer((socket) => {
  const { answer, sent } = exchange
  const n = sent.push('') - 1
  socket.setEncoding('latin1')
  socket.on('error', () => {})
  socket.on('data', (data) => {
    sent[n] += data
    if (answer === 'hang' || !sent[n].includes('\r\n\r\n')) return
    if (answer === 'cut') socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nno')
    else if (sent[n].startsWith('CONNECT')) socket.end('HTTP/1.1 200 OK\r\n\r\n')
    else if (/^upgrade:/im.test(sent[n]))
      socket.end('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: other\r\n\r\n')
    else socket.end('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
  })
})

function connectInstead({ host, port }) {
  exchange.wanted.push(`${host}:${port}`)
  const socket = net.connect(tcp.address().port, '127.0.0.1')
  exchange.sockets.push(socket)
  return socket
}
http.Agent.prototype.createConnection = connectInstead
https.Agent.prototype.createConnection = connectInstead

function agentOf(kind) {
  if (kind === 'http') return new http.Agent()
  if (kind === 'https') return new https.Agent({ keepAlive: true })
  if (kind === 'port') return Object.assign(new http.Agent(), { defaultPort: 8081 })
  return kind === 'wrong' ? { name: 'not an agent' } : kind
}

function signalOf(kind, atFinish) {
  if (kind === 'aborted') return AbortSignal.abort()
  if (kind === 'wrong') return { aborted: false }
  const controller = new AbortController()
  atFinish.push(() => controller.abort(kind === 'reason' ? new TypeError('a reason') : undefined))
  return controller.signal
}

function optionsOf({ agent, signal, createConnection, headers, ...rest }, atFinish) {
  return {
    ...rest,
    ...(agent === undefined ? {} : { agent: agentOf(agent) }),
    ...(signal === undefined ? {} : { signal: signalOf(signal, atFinish) }),
    ...(createConnection === true ? { createConnection: connectInstead } : {}),
    ...(headers === undefined ? {} : { headers: headers.isHeaders ? new Headers(headers.of) : headers.of }),
  }
}

function argumentOf({ kind, value, own }, { events, atFinish }) {
  if (kind === 'url') return Object.assign(new URL(value), own && optionsOf(own, atFinish))
  if (kind === 'options') return optionsOf(value, atFinish)
  if (kind === 'undefined') return undefined
  if (kind !== 'callback') return value
  return function (...args) {
    events.push(['callback', args.length, this instanceof http.ClientRequest, args[0]?.statusCode])
  }
}

const describeError = (error) =>
  error instanceof Error ? [error.name, error.code, error.message] : [String(error)]

/** Resolves after the last event of a call. */
function follow(request, { isRead, atFinish }, { events }) {
  return new Promise((resolve) => {
    if (isRead)
      request.on('response', (response) => {
        let body = ''
        response.setEncoding('latin1').on('data', (data) => (body += data))
        response.on('error', (error) => events.push(['response error', ...describeError(error)]))
        response.on('end', () => events.push(['end', response.statusCode, response.rawHeaders, body]))
      })
    for (const event of ['connect', 'upgrade'])
      request.on(event, ({ statusCode }, socket, head) => {
        events.push([event, statusCode, String(head)])
        socket.destroy()
      })
    for (const event of ['abort', 'timeout']) request.on(event, () => events.push([event]))
    request.on('error', (error) => events.push(['error', ...describeError(error)]))
    request.on('finish', () => {
      for (const run of atFinish.splice(0)) run()
    })
    request.on('close', () => {
      events.push(['close'])
      setImmediate(resolve)
    })
  })
}

async function make({ module, how, args, answer, isRead, late, body, globalPort }) {
  const { globalAgent } = MODULES[module]
  const { defaultPort } = globalAgent
  if (globalPort !== undefined) globalAgent.defaultPort = globalPort
  const events = []
  const atFinish = []
  exchange = { answer, wanted: [], sent: [], sockets: [] }
  const { wanted, sent } = exchange
  let thrown
  let state
  try {
    const given = args.map((one) => argumentOf(one, { events, atFinish }))
    const request =
      how === 'new' ? new http.ClientRequest(...given) : Reflect.apply(MODULES[module][how], undefined, given)
    const followed = follow(request, { isRead, atFinish }, { events })
    const { method, path, host, protocol, shouldKeepAlive, headersSent } = request
    const names = request.getRawHeaderNames().filter((name) => name !== 'traceparent')
    state = { method, path, host, protocol, shouldKeepAlive, headersSent, names }
    try {
      for (const [name, value] of late) request.setHeader(name, value)
    } catch (error) {
      events.push(['late header', ...describeError(error)])
    }
    if (how !== 'get') request.end(body)
    await followed
  } catch (error) {
    thrown = describeError(error)
  }
  globalAgent.defaultPort = defaultPort
  return { thrown, state, wanted, sent, events }
}

/** Closes the connections of a call, also kept-alive ones, and waits until the server has received all bytes. */
async function endConnections() {
  for (const socket of exchange.sockets) socket.destroySoon()
  const count = promisify(tcp.getConnections.bind(tcp))
  while ((await count()) > 0) await nextTurn()
}

async function makeAll(calls) {
  const made = []
  for (const call of calls) {
    made.push(await (call.isOutside ? outside.runInAsyncScope(make, undefined, call) : make(call)))
    await endConnections()
  }
  return made
}

/** Name, source text and property names of every exported function: a wrapper differs in one of them. */
const exportsOf = (exports) =>
  Object.entries(exports)
    .filter(([, value]) => typeof value === 'function')
    .map(([name, value]) => [name, String(value), Reflect.ownKeys(value).map(String)])

const server = http.createServer(async (request, response) => {
  if (request.url === '/exports') {
    const all = [http, httpExports, https, httpsExports].map(exportsOf)
    response.end(JSON.stringify([...all, Reflect.ownKeys(http.ClientRequest.prototype).map(String)]))
    return
  }
  let text = ''
  for await (const data of request) text += data
  response.end(JSON.stringify(await makeAll(JSON.parse(text))))
})
await new Promise((resolve) => tcp.listen(0, '127.0.0.1', resolve))
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
