import { copyText, MAX_LENGTH } from './bounded-text.ts'
import { MCP_TOOL } from './mcp.ts'

/** Maximum number of names; further names are not added. */
export const MAX_LISTED_NAMES = 1_000

/** What separates the label of a server from the name of a tool: `mcp__label__name`. */
const SEPARATOR = '__'

/**
 * Names of tools or prompts that MCP servers have listed. Names of calls are chosen by clients and by models, so they are
 * compared with these. Holds at most {@link MAX_LISTED_NAMES} names of at most 256 characters.
 */
export class ListedNames {
  readonly #names = new Set<string>()

  /** Adds a name. Ignores a name that is too long, and each new name once the list is full. */
  add(name: string): void {
    if (this.#names.size < MAX_LISTED_NAMES && name.length <= MAX_LENGTH) this.#names.add(copyText(name))
  }

  /** Whether a server has listed this name. */
  has(name: string): boolean {
    return this.#names.has(name)
  }

  /** Returns the label of a tool or prompt in metrics: its name if a server has listed it, else `other`. */
  label(name: string): string {
    return this.has(name) ? name : MCP_TOOL.overflow
  }

  /**
   * Whether a function that a model calls is a tool of an MCP server: its name is a listed name, or ends with one after a
   * prefix that ends with `__`, such as `mcp__label__name`. Gateways add such prefixes to distinguish servers.
   */
  isMcpTool(name: string): boolean {
    return this.listedNameOf(name) !== undefined
  }

  /** Returns the listed name of the tool that a function is, see {@link ListedNames.isMcpTool}; `undefined` if it is none. */
  listedNameOf(name: string): string | undefined {
    if (this.#names.size === 0) return undefined
    if (this.#names.has(name)) return name
    if (name.length > 2 * MAX_LENGTH) return undefined
    for (let at = name.indexOf(SEPARATOR); at >= 0; at = name.indexOf(SEPARATOR, at + 1)) {
      const rest = name.slice(at + SEPARATOR.length)
      if (at > 0 && this.#names.has(rest)) return rest
    }
    return undefined
  }
}
