/** A message of JSON-RPC 2.0, as MCP transports pass it. Members of unexpected types are absent. */
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse

/** A request, which has a response with the same id. */
export interface JsonRpcRequest {
  readonly kind: 'request'
  /** The id as text; ids of the protocol are numbers or texts. */
  readonly id: string
  readonly method: string
  readonly params: JsonObject | undefined
}

/** A message without a response. */
export interface JsonRpcNotification {
  readonly kind: 'notification'
  readonly method: string
  readonly params: JsonObject | undefined
}

/** The response to a request: a result, or an error with its code. */
export interface JsonRpcResponse {
  readonly kind: 'response'
  readonly id: string
  readonly result: JsonObject | undefined
  /** The code of the error as text, `_OTHER` if it is not an integer; `undefined` if the response is a result. */
  readonly errorCode: string | undefined
}

/** A parsed JSON object. */
export type JsonObject = Readonly<Record<string, unknown>>

/** Reads a parsed message; `undefined` if it is not one message of JSON-RPC, such as a batch. */
export function readJsonRpc(message: unknown): JsonRpcMessage | undefined {
  const members = objectOf(message)
  if (members === undefined) return undefined
  const { id: givenId, method } = members
  const id = typeof givenId === 'number' || typeof givenId === 'string' ? String(givenId) : undefined
  if (typeof method === 'string') {
    const params = objectOf(members['params'])
    return id === undefined
      ? { kind: 'notification', method, params }
      : { kind: 'request', id, method, params }
  }
  if (id === undefined) return undefined
  const error = objectOf(members['error'])
  const errorCode = error === undefined ? undefined : codeOf(error['code'])
  return { kind: 'response', id, result: objectOf(members['result']), errorCode }
}

/** Returns an object that is not an array; `undefined` for any other value. */
export function objectOf(value: unknown): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

function codeOf(code: unknown): string {
  return Number.isSafeInteger(code) ? String(code) : '_OTHER'
}
