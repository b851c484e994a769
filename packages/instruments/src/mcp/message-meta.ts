import { type JsonObject, type JsonRpcMessage, objectOf } from '../wire/json-rpc.ts'

/**
 * Returns a copy of a message with members added to `params._meta`. The message of the application and its objects are not
 * changed: it may send them again. Members of the application with the same names are replaced, as trace headers are. A message
 * that a copy would change is returned itself: its parameters or their `_meta` are not plain objects. A copy has no `toJSON` and
 * no getters of their class.
 */
export function withMeta(
  given: object,
  message: JsonRpcMessage,
  meta: Readonly<Record<string, string>>,
): object {
  if (message.kind === 'response' || !isPlainObject(given)) return given
  const { params } = given
  if (params !== undefined && !isPlainObject(params)) return given
  const own = params?.['_meta']
  if (own !== undefined && !isPlainObject(own)) return given
  return {
    ...given,
    params: { ...params, _meta: { ...own, ...meta } },
  }
}

/** Whether a value is an object without a class, also one of another realm. */
function isPlainObject(value: unknown): value is JsonObject {
  if (objectOf(value) === undefined) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}
