import { expect, it } from 'vitest'
import { errorTypeOfCancellation, errorTypeOfException, failureOfException } from './mcp-error.ts'

const sdk = (code: unknown, message: string) => Object.assign(new Error(message), { code })

it.each<[string, unknown, string, string]>([
  ['a time-out of 1.x', sdk(-32001, 'MCP error -32001: Request timed out'), 'timeout', 'timeout'],
  ['a time-out of 2.x', sdk('REQUEST_TIMEOUT', 'Request timed out'), 'timeout', 'timeout'],
  [
    'an abort by the caller in 1.x',
    sdk(-32001, 'MCP error -32001: AbortError: stopped'),
    'cancelled',
    'exception',
  ],
  ['an abort by the caller in 2.x', sdk('REQUEST_TIMEOUT', 'AbortError: stopped'), 'cancelled', 'exception'],
  ['a closed connection in 1.x', sdk(-32000, 'Connection closed'), 'connection_closed', 'connection_closed'],
  ['a closed connection in 2.x', sdk('CONNECTION_CLOSED', 'x'), 'connection_closed', 'connection_closed'],
  ['a JSON-RPC error', sdk(-32601, 'Method not found'), '-32601', 'exception'],
  [
    'a command that does not exist',
    Object.assign(sdk('ENOENT', 'x'), { syscall: 'spawn no-such' }),
    'ENOENT',
    'spawn',
  ],
  [
    'a refused connection',
    new TypeError('x', { cause: sdk('ECONNREFUSED', 'x') }),
    'ECONNREFUSED',
    'exception',
  ],
  ['an error of the application', new RangeError('x', { cause: 'x' }), 'RangeError', 'exception'],
  ['a value that is not an error', undefined, '_OTHER', 'exception'],
])('finds the type and the reason of %s', (_name, error, errorType, reason) => {
  expect(errorTypeOfException(error)).toBe(errorType)
  expect(failureOfException(error)).toEqual({ reason, errorType })
})

it('survives errors whose members throw', () => {
  const hostile = new Proxy(new Error('x'), {
    get() {
      throw new Error('hostile')
    },
  })
  expect(failureOfException(hostile)).toEqual({ reason: 'exception', errorType: '_OTHER' })
})

it('tells a time-out from an abort by the reason of the cancellation', () => {
  const reasons = [
    'McpError: MCP error -32001: Request timed out',
    'SdkError: Request timed out',
    'TimeoutError: x',
  ]
  expect(reasons.map(errorTypeOfCancellation)).toEqual(['timeout', 'timeout', 'timeout'])
  expect(['AbortError: This operation was aborted', undefined, {}].map(errorTypeOfCancellation)).toEqual([
    'cancelled',
    'cancelled',
    'cancelled',
  ])
})
