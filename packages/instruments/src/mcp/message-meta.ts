import { type JsonRpcMessage, objectOf } from '../wire/json-rpc.ts'

/**
 * Returns a copy of a message with members added to `params._meta`. The message of the application and its objects are not
 * changed: it may send them again. Members of the application with the same names are replaced, as trace headers are. A message
 * whose parameters are an array is returned itself.
 */
export function withMeta(
  given: object,
  message: JsonRpcMessage,
  meta: Readonly<Record<string, string>>,
): object {
  if (message.kind === 'response') return given
  const { params } = given as { readonly params?: unknown }
  if (params !== undefined && message.params === undefined) return given
  return {
    ...given,
    params: { ...message.params, _meta: { ...objectOf(message.params?.['_meta']), ...meta } },
  }
}
