import { type JsonObject, objectOf } from '../wire/json-rpc.ts'

/** Maximum number of names that are read from one list. */
const MAX_NAMES = 1_000

/** Returns the names of the tools in the result of `tools/list`; the array is as long as the list, up to 1,000. */
export function listedTools(result: JsonObject | undefined): string[] {
  return namesIn(result?.['tools'])
}

/** Returns the names of the prompts in the result of `prompts/list`. */
export function listedPrompts(result: JsonObject | undefined): string[] {
  return namesIn(result?.['prompts'])
}

function namesIn(list: unknown): string[] {
  if (!Array.isArray(list)) return []
  return list.slice(0, MAX_NAMES).map((entry) => {
    const name = objectOf(entry)?.['name']
    return typeof name === 'string' ? name : ''
  })
}
