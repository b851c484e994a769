import type { Attributes } from '@opentelemetry/api'

/** Key sets beyond this number get no order of their own but the sorted one: junk keys must not cost memory. */
const MAX_KEY_SETS = 1_024

const hasOwn = Object.prototype.hasOwnProperty

/** One step in a key sequence. Nearly every node has one successor, so that one is kept beside the Map. */
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
 * Gives every set of attribute keys one order: the one in which it was first seen. Series are stored under that
 * order, so that a set that is not found under it exists nowhere, without sorting anything.
 */
export class CanonicalKeyOrders {
  readonly #orders = new Map<string, readonly string[]>()
  readonly #root = new OrderNode()

  /** The order under which the series of this set of keys are stored. */
  orderOf(keys: readonly string[]): readonly string[] {
    const sorted = keys.toSorted()
    return this.#orders.get(JSON.stringify(sorted)) ?? sorted
  }

  /** The same for a set that gets a series: the given order if the set is new. */
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

  /** Whether these entries stand in the order of their set, and the set has one. */
  isCanonicalOrder(entries: readonly { readonly key: string }[]): boolean {
    let node: OrderNode | undefined = this.#root
    for (const { key } of entries) {
      node = node.child(key)
      if (node === undefined) return false
    }
    return node.isEnd
  }

  /**
   * Whether these attributes have primitive values and stand in the order of their set. One pass over the keys,
   * nothing allocated: it tells a flood of junk values from known series in other orders.
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
