import type { Context, Counter } from '@opentelemetry/api'
import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'

/** MCP servers that the gateway starts. */
export const MCP_DEFINITIONS = {
  startups: {
    name: 'mcp.server.startup',
    kind: 'counter',
    unit: '{startup}',
    description: 'Starts of MCP servers: ok once the tool list is there, error if it is empty or never came.',
    attributes: ['server_label', 'status'],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Counts starts of MCP servers. */
export class McpInstruments {
  readonly #startups: Counter

  constructor(make: InstrumentFactory) {
    this.#startups = make.counter(MCP_DEFINITIONS.startups)
  }

  /** The start of a server ended. `serverLabel` is the operator's own name for it. */
  started(serverLabel: string, status: 'ok' | 'error', context: Context): void {
    this.#startups.add(1, { server_label: serverLabel, status }, context)
  }
}
