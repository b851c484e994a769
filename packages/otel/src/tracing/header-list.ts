import type { OutgoingHttpHeaders } from 'node:http'

/** Headers as `node:http` takes them in a list: names and values by turns, or pairs of them. A value may be several. */
export type HeaderList = readonly unknown[]

type Entry = readonly [name: unknown, value: unknown]

/** The headers of a list; `undefined` if it is none that `node:http` would take. */
function entriesOf(list: HeaderList): Entry[] | undefined {
  if (Array.isArray(list[0])) return list as Entry[]
  if (list.length % 2 !== 0) return undefined
  return Array.from({ length: list.length / 2 }, (_, i) => [list[2 * i], list[2 * i + 1]])
}

const keyOf = (name: unknown): string => String(name).toLowerCase()

/** The list with other headers, of its own form, instead of those of the same names; as it is if it is none. */
export function listWith(list: HeaderList, added: Readonly<Record<string, string>>): HeaderList {
  const entries = entriesOf(list)?.filter(([name]) => !Object.hasOwn(added, keyOf(name)))
  if (entries === undefined) return list
  const all = [...entries, ...Object.entries(added)]
  return Array.isArray(list[0]) ? all : all.flat(1)
}

/** The same headers in an object, where one that comes twice has both values; `undefined` if the list is none. */
export function objectOfList(list: HeaderList): OutgoingHttpHeaders | undefined {
  const entries = entriesOf(list)
  if (entries === undefined) return undefined
  const found = new Map<string, [name: string, value: unknown]>()
  for (const [name, value] of entries) {
    const known = found.get(keyOf(name))
    if (known === undefined) found.set(keyOf(name), [String(name), value])
    else known[1] = [known[1], value].flat()
  }
  return Object.fromEntries(found.values()) as OutgoingHttpHeaders
}
