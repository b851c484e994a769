import type { Context, Counter } from '@opentelemetry/api'
import type { AttributeDefinition } from '../cardinality/attribute.ts'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'

/** Names of MCP servers. */
export const SERVER_LABEL = {
  name: 'server_label',
  values: [],
  limit: 100,
  overflow: 'other',
  description: 'names that the operator gives to MCP servers',
} as const satisfies AttributeDefinition

const STARTUP_STATUS = {
  name: 'status',
  values: ['ok', 'error'],
  overflow: undefined,
  description: 'result of starting an MCP server',
} as const satisfies AttributeDefinition

/** MCP servers that the gateway starts. */
export const MCP_DEFINITIONS = {
  startups: {
    name: 'mcp.server.startup',
    kind: 'counter',
    unit: '{startup}',
    description:
      'Starts of MCP servers. Status ok: the tool list was received. Status error: the list is empty or was not received.',
    attributes: [SERVER_LABEL, STARTUP_STATUS],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Counts starts of MCP servers. */
export class McpInstruments {
  readonly #startups: Counter

  constructor(make: InstrumentFactory) {
    this.#startups = make.counter(MCP_DEFINITIONS.startups)
  }

  /** Called when the start of a server has succeeded or failed. Callers bound `serverLabel`. */
  serverStarted(serverLabel: string, status: 'ok' | 'error', context: Context): void {
    this.#startups.add(1, { server_label: serverLabel, status }, context)
  }
}
