import type { Attributes } from '@opentelemetry/api'
import { type AttributeEntry, readAttributeSet, toAttributes } from './attribute-set.ts'
import { CanonicalKeyOrders } from './canonical-key-orders.ts'

/** Slot of an attribute set that is not in the index. */
export const NO_SLOT = -1

const hasOwn = Object.prototype.hasOwnProperty

/**
 * Node of a trie over key, value, key, value, … In most nodes, all children have the same key; `otherKeys` is only for
 * children with other keys.
 */
class TrieNode {
  slot = NO_SLOT
  key: string | undefined = undefined
  values: Map<unknown, TrieNode> | undefined = undefined
  otherKeys: Map<string, Map<unknown, TrieNode>> | undefined = undefined
  complexValues: Map<string, TrieNode> | undefined = undefined
  /** Result of the last look-up. Consecutive records often share a method or status (30 instead of 44 ns a record). */
  lastValue: unknown = undefined
  lastNode: TrieNode | undefined = undefined

  /** Hot path: returns the child for a primitive value. */
  childByPrimitive(key: string, value: unknown): TrieNode | undefined {
    if (key !== this.key) return this.otherKeys?.get(key)?.get(value)
    if (value === this.lastValue) return this.lastNode
    const node = this.values?.get(value)
    if (node === undefined) return undefined
    this.lastValue = value
    this.lastNode = node
    return node
  }

  child(entry: AttributeEntry): TrieNode | undefined {
    if (entry.identity !== undefined) return this.complexValues?.get(complexValueKey(entry))
    return (entry.key === this.key ? this.values : this.otherKeys?.get(entry.key))?.get(entry.value)
  }

  childOrAdd(entry: AttributeEntry): TrieNode {
    const known = this.child(entry)
    if (known !== undefined) return known
    const added = new TrieNode()
    if (entry.identity === undefined) {
      this.#valuesOf(entry.key).set(entry.value, added)
    } else {
      this.complexValues ??= new Map()
      this.complexValues.set(complexValueKey(entry), added)
    }
    return added
  }

  #valuesOf(key: string): Map<unknown, TrieNode> {
    if (this.key === undefined || this.values === undefined) {
      this.key = key
      this.values = new Map()
      return this.values
    }
    if (key === this.key) return this.values
    this.otherKeys ??= new Map()
    const known = this.otherKeys.get(key)
    if (known !== undefined) return known
    const added = new Map<unknown, TrieNode>()
    this.otherKeys.set(key, added)
    return added
  }
}

function complexValueKey(entry: AttributeEntry): string {
  return JSON.stringify([entry.key, entry.identity])
}

/**
 * Assigns a slot number to each attribute set. Slots count up from 0 and are never reused.
 *
 * The order of keys does not matter. `1` and `"1"` differ. `undefined` is not an attribute value. Look-ups go through
 * Maps keyed by the values: V8 caches the hash of a string, so a look-up builds no key string, sorts nothing and
 * allocates nothing.
 */
export class AttributeIndex {
  /** Attributes by slot: frozen copies, keys in the order of the first record. */
  readonly sets: Attributes[] = []
  readonly #root = new TrieNode()
  readonly #keyOrders = new CanonicalKeyOrders()
  #aliasCount = 0

  /** Returns the slot of the set. A new set is added if there are fewer than `limit`, else NO_SLOT. Never throws. */
  locate(attributes: Attributes, limit: number): number {
    try {
      const slot = this.find(attributes)
      if (slot >= 0) return slot
    } catch {
      // A getter or proxy of the application threw. The slow path reads each attribute separately.
    }
    return this.#locateSlow(attributes, limit)
  }

  /**
   * Hot path of `locate`. Finds only sets that were located before in the same order of keys.
   *
   * @returns the slot, or NO_SLOT if `locate` must decide
   * @throws errors of the application's getters and proxies
   */
  find(attributes: Attributes): number {
    let node: TrieNode | undefined = this.#root
    for (const key in attributes) {
      if (!hasOwn.call(attributes, key)) continue
      const value = attributes[key]
      if (value === undefined) continue
      node = node.childByPrimitive(key, value)
      if (node === undefined) return NO_SLOT
    }
    return node.slot
  }

  /**
   * Slow path of `locate`: finds the set in any order of keys, or adds it if there are fewer than `limit` slots. Never
   * throws.
   *
   * @returns the slot, or NO_SLOT if the set is new and the limit is reached
   */
  #locateSlow(attributes: Attributes, limit: number): number {
    if (this.sets.length >= limit && this.#isCanonical(attributes)) return NO_SLOT
    const entries = readAttributeSet(attributes)
    // Most sets arrive in their canonical order: no sorting, no alias.
    if (this.#keyOrders.isCanonicalOrder(entries)) return this.#lookUpOrAdd(entries, limit)
    const keys = entries.map((entry) => entry.key)
    const found = this.#lookUp(reordered(entries, this.#keyOrders.orderOf(keys)))
    if (found < 0 && this.sets.length >= limit) return NO_SLOT
    const slot =
      found < 0 ? this.#add(reordered(entries, this.#keyOrders.orderOrRegister(keys)), entries) : found
    this.#addAlias(entries, slot)
    return slot
  }

  #lookUpOrAdd(entries: readonly AttributeEntry[], limit: number): number {
    const found = this.#lookUp(entries)
    return found >= 0 || this.sets.length >= limit ? found : this.#add(entries, entries)
  }

  /** Adds a set: stored in canonical order, exported in the given order. */
  #add(stored: readonly AttributeEntry[], given: readonly AttributeEntry[]): number {
    const slot = this.sets.push(toAttributes(given)) - 1
    this.#insert(stored, slot)
    return slot
  }

  /** Whether the keys are in canonical order. Then a set that `find` did not find does not exist. */
  #isCanonical(attributes: Attributes): boolean {
    try {
      return this.#keyOrders.hasCanonicalOrder(attributes)
    } catch {
      return false
    }
  }

  #lookUp(entries: readonly AttributeEntry[]): number {
    let node: TrieNode | undefined = this.#root
    for (const entry of entries) {
      node = node.child(entry)
      if (node === undefined) return NO_SLOT
    }
    return node.slot
  }

  #insert(entries: readonly AttributeEntry[], slot: number): void {
    let node = this.#root
    for (const entry of entries) node = node.childOrAdd(entry)
    node.slot = slot
  }

  /** Makes `find` find the set in this order too. The number of aliases is bounded, since n keys have n! orders. */
  #addAlias(entries: readonly AttributeEntry[], slot: number): void {
    if (this.#aliasCount >= 64 + 4 * this.sets.length || this.#lookUp(entries) >= 0) return
    this.#aliasCount += 1
    this.#insert(entries, slot)
  }
}

function reordered(entries: readonly AttributeEntry[], order: readonly string[]): readonly AttributeEntry[] {
  const byKey = new Map(entries.map((entry) => [entry.key, entry]))
  return order.flatMap((key) => byKey.get(key) ?? [])
}
