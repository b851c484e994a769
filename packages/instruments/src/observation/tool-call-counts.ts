import type { ToolType } from '../cardinality/tool-type.ts'

/** Numbers of tool calls by type. Most requests have none, and create no map. */
export class ToolCallCounts {
  #counts: Map<ToolType, number> | undefined

  add(type: ToolType, count = 1): void {
    this.#counts ??= new Map()
    this.#counts.set(type, this.of(type) + count)
  }

  of(type: ToolType): number {
    return this.#counts?.get(type) ?? 0
  }

  [Symbol.iterator](): IterableIterator<[ToolType, number]> {
    return (this.#counts ?? NONE).entries()
  }

  clear(): void {
    this.#counts = undefined
  }
}

const NONE: ReadonlyMap<ToolType, number> = new Map()

/**
 * Returns how many of the calls that a request shows are counted, if the application counts calls of the request itself. None is
 * counted of a type that the application counts. A call that it counts as another type, such as `mcp`, may be shown as `function`.
 * @param shown calls that the request shows
 * @param byCode calls that the application has counted
 */
export function countsWithoutCode(shown: ToolCallCounts, byCode: ToolCallCounts): ToolCallCounts {
  let retyped = 0
  for (const [type, count] of byCode) retyped += Math.max(0, count - shown.of(type))
  const counts = new ToolCallCounts()
  for (const [type, count] of shown) {
    if (byCode.of(type) > 0) continue
    const rest = type === 'function' ? count - retyped : count
    if (rest > 0) counts.add(type, rest)
  }
  return counts
}
