import type { Attributes, Context, Counter, Histogram } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import { BoundedValues } from '../cardinality/bounded-values.ts'
import {
  MCP_ERROR_TYPE,
  MCP_METHOD,
  MCP_NETWORK_PROTOCOL,
  MCP_PROMPT,
  MCP_STATUS,
  MCP_TOOL,
  MCP_TOOL_OPERATION,
  MCP_TRANSPORT,
  MCP_VERSION,
  SERVER_LABEL,
  STARTUP_STATUS,
} from '../cardinality/mcp.ts'
import { SERVER_ADDRESS, SERVER_PORT, ServerLabels } from '../cardinality/server.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'
import type { LabelOverflow } from './self.ts'

const SESSION_ATTRIBUTES = [MCP_ERROR_TYPE, MCP_VERSION, MCP_TRANSPORT, MCP_NETWORK_PROTOCOL] as const

const OPERATION_ATTRIBUTES = [
  MCP_METHOD,
  MCP_TOOL,
  MCP_PROMPT,
  MCP_TOOL_OPERATION,
  MCP_STATUS,
  ...SESSION_ATTRIBUTES,
] as const

const SERVER_ATTRIBUTES = [SERVER_ADDRESS, SERVER_PORT] as const

/** MCP servers that the gateway starts, and the requests, notifications and sessions of MCP. */
export const MCP_DEFINITIONS = {
  startups: {
    name: 'mcp.server.startup',
    kind: 'counter',
    unit: '{startup}',
    description:
      'Starts of MCP servers. Status ok: the tool list was received, or the server declares no tools. Status error: the list is empty or was not received.',
    attributes: [SERVER_LABEL, STARTUP_STATUS],
  },
  startupDuration: {
    name: 'mcp.server.startup_duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of starts of MCP servers, from connecting to the tool list or the failure.',
    attributes: [SERVER_LABEL, STARTUP_STATUS],
    buckets: 'tool',
  },
  clientOperation: {
    name: 'mcp.client.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP requests and notifications that the process sends.',
    attributes: [...OPERATION_ATTRIBUTES, ...SERVER_ATTRIBUTES],
    buckets: 'mcp',
    isSemconv: true,
  },
  serverOperation: {
    name: 'mcp.server.operation.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP requests and notifications that the process receives.',
    attributes: OPERATION_ATTRIBUTES,
    buckets: 'mcp',
    isSemconv: true,
  },
  clientSession: {
    name: 'mcp.client.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP sessions as a client: of stdio, and of HTTP with a session id.',
    attributes: [...SESSION_ATTRIBUTES, ...SERVER_ATTRIBUTES],
    buckets: 'mcp',
    isSemconv: true,
  },
  serverSession: {
    name: 'mcp.server.session.duration',
    kind: 'histogram',
    unit: 's',
    description: 'Duration of MCP sessions as a server: of stdio, and of HTTP with a session id.',
    attributes: SESSION_ATTRIBUTES,
    buckets: 'mcp',
    isSemconv: true,
  },
} as const satisfies Record<string, InstrumentDefinition>

/** The session that an operation belongs to. */
export interface McpSessionFacts {
  /** `mcp.protocol.version`; `undefined` before it is agreed. */
  readonly protocolVersion: string | undefined
  /** `network.transport`: `pipe` or `tcp`. */
  readonly transport: string | undefined
  /** `network.protocol.name`: `http` or `websocket`. */
  readonly networkProtocol: string | undefined
  /** The server that a client is connected to, over a network. */
  readonly server: { readonly address: string; readonly port: number } | undefined
  /** `error.type`; `undefined` if there was no error. */
  readonly errorType: string | undefined
}

/** A request or notification at its end. */
export interface McpOperationFacts extends McpSessionFacts {
  readonly method: string
  /** Name of the tool, for `tools/call`. Callers replace a name that no server has listed by `other`. */
  readonly toolName: string | undefined
  /** Name of the prompt, for `prompts/get`; replaced as {@link McpOperationFacts.toolName}. */
  readonly promptName: string | undefined
  /** The code of a JSON-RPC error. */
  readonly statusCode: string | undefined
}

/** Dependencies of {@link McpInstruments}. */
export interface McpParts {
  /** A monotonic clock in milliseconds. */
  readonly now: () => number
}

/** Records starts of MCP servers, and the requests, notifications and sessions of MCP. */
export class McpInstruments {
  readonly #startups: Counter
  readonly #startupDuration: Histogram
  readonly #operations: Readonly<Record<'client' | 'server', Histogram>>
  readonly #sessions: Readonly<Record<'client' | 'server', Histogram>>
  readonly #now: () => number
  readonly #methods = new BoundedValues(MCP_METHOD)
  readonly #tools = new BoundedValues(MCP_TOOL)
  readonly #prompts = new BoundedValues(MCP_PROMPT)
  readonly #errors = new BoundedValues(MCP_ERROR_TYPE)
  readonly #statuses = new BoundedValues(MCP_STATUS)
  readonly #servers = new ServerLabels()
  readonly #startupStatuses = new Map<string, 'ok' | 'error'>()

  constructor(make: InstrumentFactory, { now }: McpParts) {
    this.#startups = make.counter(MCP_DEFINITIONS.startups)
    this.#startupDuration = make.histogram(MCP_DEFINITIONS.startupDuration)
    this.#operations = {
      client: make.histogram(MCP_DEFINITIONS.clientOperation),
      server: make.histogram(MCP_DEFINITIONS.serverOperation),
    }
    this.#sessions = {
      client: make.histogram(MCP_DEFINITIONS.clientSession),
      server: make.histogram(MCP_DEFINITIONS.serverSession),
    }
    this.#now = now
  }

  /** Number of values that were replaced, by label. */
  get overflows(): readonly LabelOverflow[] {
    return [
      { label: MCP_METHOD.name, count: this.#methods.overflowCount },
      { label: MCP_TOOL.name, count: this.#tools.overflowCount },
      { label: MCP_PROMPT.name, count: this.#prompts.overflowCount },
      { label: MCP_ERROR_TYPE.name, count: this.#errors.overflowCount },
      { label: MCP_STATUS.name, count: this.#statuses.overflowCount },
      { label: SERVER_ADDRESS.name, count: this.#servers.overflowCount },
    ]
  }

  /** Status of the last start of each server, by its label. */
  get startupStatuses(): ReadonlyMap<string, 'ok' | 'error'> {
    return this.#startupStatuses
  }

  /** Called when the start of a server has succeeded or failed. Callers bound `serverLabel`. */
  serverStarted(serverLabel: string, status: 'ok' | 'error', seconds: number, context: Context): void {
    const attributes = { server_label: serverLabel, status }
    this.#startupStatuses.set(serverLabel, status)
    this.#startups.add(1, attributes, context)
    this.#startupDuration.record(seconds, attributes, context)
  }

  /**
   * Called when a request or notification has ended.
   * @param side `client` for one that was sent, `server` for one that was received
   */
  operationEnded(
    side: 'client' | 'server',
    facts: McpOperationFacts,
    seconds: number,
    context: Context,
  ): void {
    const { method, toolName, promptName, statusCode } = facts
    const attributes: Attributes = {
      'mcp.method.name': this.#methods.label(method, this.#now()),
      ...(toolName !== undefined && {
        'gen_ai.operation.name': 'execute_tool',
        'gen_ai.tool.name': this.#label(this.#tools, MCP_TOOL, toolName),
      }),
      ...(promptName !== undefined && {
        'gen_ai.prompt.name': this.#label(this.#prompts, MCP_PROMPT, promptName),
      }),
      ...(statusCode !== undefined && {
        'rpc.response.status_code': this.#statuses.label(statusCode, this.#now()),
      }),
      ...this.#sessionAttributes(side, facts),
    }
    this.#operations[side].record(seconds, attributes, context)
  }

  /**
   * Called when a session has ended.
   * @param side the role of the process in the session
   */
  sessionEnded(side: 'client' | 'server', facts: McpSessionFacts, seconds: number, context: Context): void {
    this.#sessions[side].record(seconds, this.#sessionAttributes(side, facts), context)
  }

  #label(values: BoundedValues, { overflow }: { readonly overflow: string }, name: string): string {
    return name === overflow ? overflow : values.label(name, this.#now())
  }

  #sessionAttributes(side: 'client' | 'server', facts: McpSessionFacts): Attributes {
    const { errorType, server } = facts
    const isKnown = side === 'client' && server !== undefined
    const label = isKnown ? this.#servers.label(server.address, server.port, this.#now()) : undefined
    return {
      ...(errorType !== undefined && { 'error.type': this.#errors.label(errorType, this.#now()) }),
      ...known(MCP_VERSION, facts.protocolVersion),
      ...known(MCP_TRANSPORT, facts.transport),
      ...known(MCP_NETWORK_PROTOCOL, facts.networkProtocol),
      ...(label !== undefined && { 'server.address': label.address }),
      ...(label?.port !== undefined && { 'server.port': label.port }),
    }
  }
}

/** Returns an attribute with a closed list of values; no attribute for any other value. */
function known({ name, values }: AttributeDefinition, value: string | undefined): Attributes {
  return value !== undefined && values.includes(value) ? { [name]: value } : {}
}
