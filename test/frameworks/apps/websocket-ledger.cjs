// Counts of a WebSocket application, kept by itself, and the behaviour that all of them have: each message is sent back,
// unless it is a command. Whoever started the application asks for the counts over the channel between the processes.
'use strict'

const counts = {}
const open = new Set()

function count(name, labels, n = 1) {
  const list = Object.entries(labels).map(([label, value]) => `${label}="${value}"`)
  const key = `${name}{${list.sort().join()}}`
  counts[key] = (counts[key] ?? 0) + n
}

/** Counts messages of one direction: their number and the bytes of their payload. */
function countMessages(direction, route, bytes) {
  count('websocket_messages_total', { direction, route })
  count('websocket_message_bytes_total', { direction, route }, bytes)
}
exports.countMessages = countMessages

/** How long a server waits for the answer to a ping, in milliseconds. */
const PING_MS = 50

/** Runs the command that a text message is, and returns whether it is one. */
exports.runCommand = function runCommand(text, { close, terminate, ping }) {
  const [command, argument] = text.split(' ')
  if (command === 'close') close(argument === undefined ? undefined : Number(argument))
  else if (command === 'terminate') terminate()
  else if (command === 'ping') ping()
  else if (command === 'expire') {
    ping()
    setTimeout(terminate, PING_MS)
  } else return false
  return true
}

/** Counts a connection, and its end, with the code that the library reports. */
exports.countConnection = function countConnection(route, close) {
  count('websocket_connections_total', { outcome: 'accepted', route })
  open.add(close)
  return (code) => {
    open.delete(close)
    const label = code >= 3000 ? `${Math.floor(code / 1000)}xxx` : code
    count('websocket_closes_total', { code: label, route })
  }
}

/**
 * Counts a connection and its messages, and answers them.
 * @param socket `{ send(data), close(code), terminate(), ping() }` of the library
 * @returns called with each message (text as a string, anything else is binary) and with the code of the close
 */
exports.serveConnection = function serveConnection(route, socket) {
  const closed = exports.countConnection(route, socket.close)
  return {
    message(data) {
      countMessages('received', route, Buffer.byteLength(data))
      if (typeof data === 'string' && exports.runCommand(data, socket)) return
      countMessages('sent', route, Buffer.byteLength(data))
      socket.send(data)
    },
    closed,
  }
}

/** Serves a connection of the package `ws`. */
exports.serveWs = function serveWs(route, ws) {
  const { message, closed } = exports.serveConnection(route, {
    send: (data) => ws.send(data),
    close: (code) => ws.close(code),
    terminate: () => ws.terminate(),
    ping: () => ws.ping('are you there?'),
  })
  ws.on('message', (data, isBinary) => message(isBinary ? data : String(data)))
  ws.on('close', closed)
  ws.on('error', () => {}) // a client that breaks the protocol
}

/** Reports where the application listens, and the counts when asked; the command `shutdown` closes all connections. */
exports.ready = function ready(server) {
  const report = () => process.send({ port: server.address().port })
  if (server.listening) report()
  else server.once('listening', report)
}

/** Forced collections of garbage. Some memory is freed by finalizers, one turn of the event loop after the collection. */
const COLLECTIONS = 4

/** Memory in use: the least after several collections, since garbage that remains only adds to it. Needs `--expose-gc`. */
async function memory() {
  let least = Number.POSITIVE_INFINITY
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc()
    const { heapUsed, external } = process.memoryUsage()
    least = Math.min(least, heapUsed + external)
    await new Promise(setImmediate)
  }
  return { bytes: least, connections: open.size }
}

process.on('message', async (question) => {
  if (question === 'memory') return process.send({ rows: await memory() })
  if (question === 'shutdown') for (const close of open) close(1001)
  process.send({ rows: counts })
})
