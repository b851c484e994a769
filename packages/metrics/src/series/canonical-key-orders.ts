import type { Attributes } from '@opentelemetry/api'

/** Limits the memory that arbitrary keys can use. Further key sets use sorted order. */
const MAX_KEY_SETS = 1_024

const hasOwn = Object.prototype.hasOwnProperty

/** Node of a trie over key sequences. Most nodes have one child; `otherKeys` holds further children. */
class OrderNode {
  key: string | undefined = undefined
  next: OrderNode | undefined = undefined
  otherKeys: Map<string, OrderNode> | undefined = undefined
  isEnd = false

  child(key: string): OrderNode | undefined {
    return key === this.key ? this.next : this.otherKeys?.get(key)
  }

  childOrAdd(key: string): OrderNode {
    const known = this.child(key)
    if (known !== undefined) return known
    const added = new OrderNode()
    if (this.key === undefined) {
      this.key = key
      this.next = added
    } else {
      this.otherKeys ??= new Map()
      this.otherKeys.set(key, added)
    }
    return added
  }
}

/**
 * Defines the canonical order of each set of attribute keys: the order in which the set was first recorded. The
 * attribute index stores sets in canonical order, so one look-up in that order decides whether a set exists, without
 * sorting keys.
 */
export class CanonicalKeyOrders {
  readonly #orders = new Map<string, readonly string[]>()
  readonly #root = new OrderNode()

  /** Returns the canonical order of a set of keys; sorted order if the set is not registered. */
  orderOf(keys: readonly string[]): readonly string[] {
    const sorted = keys.toSorted()
    return this.#orders.get(JSON.stringify(sorted)) ?? sorted
  }

  /** Returns the canonical order of a set of keys. Registers the given order if the set is new. */
  orderOrRegister(keys: readonly string[]): readonly string[] {
    const sorted = keys.toSorted()
    const id = JSON.stringify(sorted)
    const known = this.#orders.get(id)
    if (known !== undefined) return known
    if (this.#orders.size >= MAX_KEY_SETS) return sorted
    this.#orders.set(id, keys)
    let node = this.#root
    for (const key of keys) node = node.childOrAdd(key)
    node.isEnd = true
    return keys
  }

  /** Whether the keys of these entries are registered in this order. */
  isCanonicalOrder(entries: readonly { readonly key: string }[]): boolean {
    let node: OrderNode | undefined = this.#root
    for (const { key } of entries) {
      node = node.child(key)
      if (node === undefined) return false
    }
    return node.isEnd
  }

  /**
   * Whether these attributes have primitive values only and their keys are registered in this order. A single pass
   * without allocation: above the cardinality limit it makes the common case, new values of known keys, cheap.
   */
  hasCanonicalOrder(attributes: Attributes): boolean {
    let node: OrderNode | undefined = this.#root
    for (const key in attributes) {
      if (!hasOwn.call(attributes, key)) continue
      const value = attributes[key]
      if (value === undefined) continue
      if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return false
      node = node.child(key)
      if (node === undefined) return false
    }
    return node.isEnd
  }
}
