import { guard, guardVoid } from '../patching/guard.ts'
import { replaceProperty } from '../patching/replace-property.ts'
import { type Undo, undoAll } from '../patching/undo.ts'
import { wrapMethod } from '../patching/wrap-method.ts'
import { mcpObserver } from './mcp-observer.ts'
import { isClient, McpSession } from './mcp-session.ts'
import { StartupOfTransport } from './mcp-startup.ts'
import { SessionOfTransport } from './session-of-transport.ts'
import { readTransport } from './transport-facts.ts'

type Handler = (this: unknown, ...args: unknown[]) => unknown

/** The members of a transport that are wrapped. */
export interface Transport {
  start(): unknown
  send(message: unknown, options?: unknown): unknown
  close(): unknown
  onmessage?: Handler | undefined
  onclose?: Handler | undefined
}

/**
 * Called before the SDK connects a transport. Wraps `send` and `close` of the transport, and the handlers that the SDK sets,
 * before the transport starts: a transport in memory handles its first messages while it starts.
 * @returns called after the SDK has set its handlers; `undefined` if the session is not observed: a transport that cannot be
 *   changed
 */
export const openSession = guard<[object, unknown], (() => void) | undefined>(
  'mcp_connect',
  (protocol, given) => {
    const observer = mcpObserver()
    if (observer === undefined || !isTransport(given)) return undefined
    SessionOfTransport.of(given)?.closed()
    const facts = readTransport(given, observer.serverLabels)
    const startup = isClient(protocol) ? StartupOfTransport.of(given) : undefined
    const session = new McpSession(observer, protocol, { object: given, facts }, startup)
    return new WrappedTransport(given, session).finish
  },
  undefined,
)

/** Wraps the members of the transport of one session. */
class WrappedTransport {
  readonly #transport: Transport
  readonly #session: McpSession
  /** The handler of the application, if it has one, before the SDK sets its own. */
  readonly #onmessage: Handler | undefined
  /** Undone when the SDK has set its handlers. */
  readonly #undoStart: Undo[] = []
  readonly #undo: Undo[] = []
  #hasHandlers = false
  #isFinished = false

  constructor(transport: Transport, session: McpSession) {
    this.#transport = transport
    this.#session = session
    this.#onmessage = transport.onmessage
    const wrapped = this
    this.#undoStart.push(
      wrapMethod(
        transport,
        'start',
        (original, wrap) =>
          function start(this: unknown, ...args: unknown[]): unknown {
            if (!wrap.isUndone) wrapped.finish()
            return original(this, args)
          },
      ),
    )
    // A setter may add a handler instead of replacing it, so it is called only once.
    this.#undoStart.push(
      wrapSetter(transport, 'onmessage', (handler) => this.#observeMessages(handler)),
      wrapSetter(transport, 'onclose', (handler) => this.#observeClose(handler)),
    )
  }

  /** Wraps the handlers, unless the SDK has refused to connect and set none. */
  readonly finish = guardVoid('mcp_connect', () => {
    if (this.#isFinished) return
    this.#isFinished = true
    undoAll(this.#undoStart)
    if (!this.#hasHandlers && this.#transport.onmessage === this.#onmessage) return
    SessionOfTransport.set(this.#transport, this.#session)
    this.#wrapMethods()
    this.#wrapHandlers()
  })

  #wrapMethods(): void {
    const session = this.#session
    this.#undo.push(
      wrapMethod(
        this.#transport,
        'send',
        (original, wrap) =>
          function send(this: unknown, ...args: unknown[]): unknown {
            if (wrap.isUndone || !session.isActive) return original(this, args)
            return session.send(args, (sent) => original(this, sent))
          },
      ),
      wrapMethod(
        this.#transport,
        'close',
        (original, wrap) =>
          function close(this: unknown, ...args: unknown[]): unknown {
            if (!wrap.isUndone) session.closing()
            return original(this, args)
          },
      ),
    )
  }

  /** Wraps handlers that are data properties; those of setters are wrapped already. */
  #wrapHandlers(): void {
    const transport = this.#transport
    const { onmessage, onclose } = transport
    if (onmessage !== undefined && !hasSetter(transport, 'onmessage'))
      transport.onmessage = this.#observeMessages(onmessage)
    if (!hasSetter(transport, 'onclose')) transport.onclose = this.#observeClose(onclose)
  }

  #observeMessages(onmessage: Handler): Handler {
    const session = this.#session
    this.#hasHandlers = true
    return function (this: unknown, ...args: unknown[]): unknown {
      if (!session.isActive) return Reflect.apply(onmessage, this, args)
      return session.receive(args, (received) => Reflect.apply(onmessage, this, received))
    }
  }

  #observeClose(onclose: Handler | undefined): Handler {
    const session = this.#session
    const undo = guardVoid('mcp_close', () => undoAll(this.#undo))
    return function (this: unknown, ...args: unknown[]): unknown {
      session.closed()
      undo()
      return onclose === undefined ? undefined : Reflect.apply(onclose, this, args)
    }
  }
}

/** Whether a value is a transport whose methods can be replaced. */
function isTransport(given: unknown): given is Transport {
  if (typeof given !== 'object' || given === null || !Object.isExtensible(given)) return false
  return (['start', 'send', 'close'] as const).every((name) => {
    const isFixed = Object.getOwnPropertyDescriptor(given, name)?.configurable === false
    return !isFixed && typeof (given as Transport)[name] === 'function'
  })
}

/** Finds a property of an object or of its prototypes. */
function descriptorOf(target: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name)
    if (descriptor !== undefined) return descriptor
  }
  return undefined
}

function hasSetter(target: object, name: string): boolean {
  return descriptorOf(target, name)?.set !== undefined
}

/**
 * Wraps the handlers that are set by a setter, before the setter is called. Does nothing for a data property.
 * @returns undoes it
 */
function wrapSetter(transport: object, name: string, wrap: (handler: Handler) => Handler): Undo {
  const { get, set } = descriptorOf(transport, name) ?? {}
  const isFixed = Object.getOwnPropertyDescriptor(transport, name)?.configurable === false
  if (set === undefined || isFixed) return () => {}
  return replaceProperty(transport, name, {
    ...(get && { get }),
    set(this: unknown, handler: unknown) {
      Reflect.apply(set, this, [typeof handler === 'function' ? wrap(handler as Handler) : handler])
    },
  })
}
