import type { AttributeValue } from '@opentelemetry/api'
import type { LabelNaming } from '../naming/naming.ts'
import { escapeQuoted } from './escape-text.ts'
import { byName, type Labels, labelName, quotedName, renderLabels } from './labels.ts'

interface Slot {
  /** Position of the value, or -1 for a constant label. */
  readonly position: number
  /** Text before the value; all text of a constant label. */
  readonly head: string
}

/**
 * Renders the labels of series with the same attribute keys. Label names are translated and sorted once for all of
 * them.
 */
export class LabelTemplate {
  /** Keys of the attributes, in their order. */
  readonly keys: readonly string[]
  /** In the order of the label names; undefined if two keys have the same label name. */
  readonly #slots: readonly Slot[] | undefined

  /** @param reserved label names that attributes must not have; contains the names of `constant` */
  constructor(keys: readonly string[], naming: LabelNaming, constant: Labels, reserved: ReadonlySet<string>) {
    this.keys = keys
    const names = keys.map((key) => labelName(key, naming, reserved))
    if (new Set(names).size < names.length) return
    const own = names.map((name, position) => {
      return [name, { position, head: `${quotedName(name, 'label')}="` }] as const
    })
    const others = constant
      .filter(([, value]) => value !== '')
      .map((label) => [label[0], { position: -1, head: renderLabels([label]) }] as const)
    const all = [...others, ...own].map(([name, slot]) => ({ name, slot }))
    this.#slots = all.sort((a, b) => byName([a.name, ''], [b.name, ''])).map(({ slot }) => slot)
  }

  /** Whether the keys are those of the template, in the same order. */
  fits(keys: readonly string[]): boolean {
    if (keys.length !== this.keys.length) return false
    for (let at = 0; at < keys.length; at += 1) if (keys[at] !== this.keys[at]) return false
    return true
  }

  /**
   * Returns the labels as text.
   *
   * @param values by position of the key
   * @returns undefined if a value is an object or two keys have the same label name
   */
  render(values: readonly (AttributeValue | undefined)[]): string | undefined {
    const slots = this.#slots
    if (slots === undefined) return undefined
    const texts: string[] = []
    for (const { position, head } of slots) {
      if (position < 0) {
        texts.push(head)
        continue
      }
      const value = values[position]
      if (value === undefined || value === '') continue
      if (typeof value === 'string') texts.push(`${head}${escapeQuoted(value)}"`)
      else if (typeof value === 'number' || typeof value === 'boolean') texts.push(`${head}${value}"`)
      else return undefined
    }
    // `join` makes a flat string. The texts are cached, and every scrape would traverse a chain of concatenated strings.
    return texts.join(',')
  }
}
