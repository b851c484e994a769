import type { Wire } from './scenarios.ts'

/** A handshake that an application rejects. */
export interface Rejection {
  readonly path: string
  readonly route: string
  /** The status that the client receives; `undefined`: none, the connection is closed. */
  readonly status: number | undefined
  /** Whether the handshake lacks its key. */
  readonly isMalformed?: boolean
}

/** One WebSocket library, and what is particular to its application. */
export interface WebSocketApplication {
  /** As it is printed. */
  readonly name: string
  /** File of `test/frameworks/apps`, without `.app.cjs`. */
  readonly app: string
  /** What is imported, as `binding from module`: a name, or a list of names in braces. */
  readonly imports: Readonly<Record<string, string>>
  readonly wire: Wire
  /** Path and route of connections without and with compression. */
  readonly plain: { readonly path: string; readonly route: string }
  readonly compressed: { readonly path: string; readonly route: string }
  readonly rejections: readonly Rejection[]
  /** Whether the size of compressed messages is not known: the library contains a copy of `ws` that cannot be patched. */
  readonly hidesCompressed?: boolean
}

const PLAIN: Wire = { text: (message) => message }

const SOCKET_IO: Wire = {
  text: (message) => `42${JSON.stringify(['message', message])}`,
  announcement: '451-["message",{"_placeholder":true,"num":0}]',
  greet: async (client) => {
    await client.until({ messages: 1 }) // the session of engine.io
    await client.text('40')
    await client.until({ messages: 2 }) // the connection of socket.io
  },
}

const TEMPLATES = {
  plain: { path: '/ws/1', route: '/ws/{id}' },
  compressed: { path: '/deflate/1', route: '/deflate/{id}' },
  rejections: [
    { path: '/ws/1', route: '/ws/{id}', status: 400, isMalformed: true },
    { path: '/401/1', route: '/401/{id}', status: 401 },
    { path: '/none', route: 'unmatched', status: 404 },
    { path: '/destroyed/1', route: '/destroyed/{id}', status: undefined },
  ],
}

export const WS: WebSocketApplication = {
  name: 'ws 8',
  app: 'websocket-ws',
  imports: { http: 'node:http', '{ WebSocketServer }': 'ws' },
  wire: PLAIN,
  plain: { path: '/ws?token=1', route: '/ws' },
  compressed: { path: '/deflate', route: '/deflate' },
  rejections: [
    // `ws` looks for the key before it looks at the path.
    { path: '/ws', route: 'unmatched', status: 400, isMalformed: true },
    { path: '/no-path', route: 'unmatched', status: 400, isMalformed: true },
    { path: '/401', route: '/401', status: 401 },
    { path: '/none', route: 'unmatched', status: 404 },
    { path: '/destroyed', route: 'unmatched', status: undefined },
  ],
}

export const FASTIFY: WebSocketApplication = {
  name: '@fastify/websocket 11',
  app: 'websocket-fastify',
  imports: { '{ fastify }': 'fastify', websocket: '@fastify/websocket' },
  wire: PLAIN,
  ...TEMPLATES,
}

/** The libraries that `npm run test:frameworks` installs; `npm test` runs the first two with its own packages. */
export const WEBSOCKET_APPLICATIONS: readonly WebSocketApplication[] = [
  WS,
  FASTIFY,
  {
    name: '@hono/node-ws 1',
    app: 'websocket-hono',
    imports: {
      '{ Hono }': 'hono',
      '{ serve }': '@hono/node-server',
      '{ createNodeWebSocket }': '@hono/node-ws',
    },
    wire: PLAIN,
    ...TEMPLATES,
  },
  {
    name: 'h3 2 with crossws',
    app: 'websocket-crossws',
    imports: { '{ H3, defineWebSocketHandler, serve }': 'h3', '{ plugin }': 'crossws/server' },
    wire: PLAIN,
    ...TEMPLATES,
    hidesCompressed: true,
  },
  {
    name: 'h3 1 with crossws 0.3',
    app: 'websocket-h3-v1',
    imports: {
      '{ createApp, createRouter, defineWebSocketHandler }': 'h3-v1',
      '{ default: nodeAdapter }': 'crossws-v0.3/adapters/node',
    },
    wire: PLAIN,
    plain: { path: '/ws/1', route: 'unmatched' },
    compressed: { path: '/deflate/1', route: '/deflate/{id}' },
    rejections: [
      { path: '/ws/1', route: 'unmatched', status: 400, isMalformed: true },
      { path: '/401/1', route: 'unmatched', status: 401 },
      { path: '/none', route: 'unmatched', status: 404 },
      { path: '/destroyed', route: 'unmatched', status: undefined },
    ],
    hidesCompressed: true,
  },
  {
    name: 'socket.io 4',
    app: 'websocket-socketio',
    imports: { http: 'node:http', '{ Server }': 'socket.io' },
    wire: SOCKET_IO,
    plain: { path: '/socket.io/?EIO=4&transport=websocket', route: '/socket.io/' },
    compressed: { path: '/deflate?EIO=4&transport=websocket', route: '/deflate' },
    rejections: [
      { path: '/socket.io/?EIO=4&transport=nothing', route: '/socket.io/', status: 400 },
      { path: '/refused/?EIO=4&transport=websocket', route: '/refused/', status: 400 },
      { path: '/socket.io/?EIO=4&transport=websocket', route: '/socket.io/', status: 400, isMalformed: true },
      // socket.io rejects with 400 only; the application answers these itself.
      { path: '/401', route: 'unmatched', status: 401 },
      { path: '/none', route: 'unmatched', status: 404 },
      { path: '/destroyed', route: 'unmatched', status: undefined },
    ],
  },
]
