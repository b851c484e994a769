import { bytesOf, fieldsOf } from './protobuf/read.ts'
import { refused, retryable, type SendOutcome } from './send-outcome.ts'

const NAMES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const

type StatusName = (typeof NAMES)[number]

/** Retryable status codes (OTLP specification, "Failures"). */
const RETRYABLE: ReadonlySet<StatusName> = new Set([
  'CANCELLED',
  'DEADLINE_EXCEEDED',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNAVAILABLE',
  'DATA_LOSS',
])

/** Status of a gRPC call. */
export interface GrpcStatus {
  readonly code: number
  /** `grpc-message`, decoded. */
  readonly message: string
  /** `grpc-status-details-bin`, decoded: a `google.rpc.Status`. */
  readonly details: Uint8Array | undefined
}

/** Maps a status other than OK to an outcome (OTLP specification, "Failures" and "OTLP/gRPC Throttling"). */
export function outcomeOfGrpcStatus({ code, message, details }: GrpcStatus): SendOutcome {
  const name = NAMES[code] ?? 'UNKNOWN'
  const reason = message === '' ? `gRPC status ${name}` : `gRPC status ${name}: ${message.slice(0, 200)}`
  const delay = details === undefined ? undefined : retryDelay(details)
  if (RETRYABLE.has(name)) return retryable(reason, delay)
  if (name === 'RESOURCE_EXHAUSTED')
    return delay === undefined ? refused(reason, 'data') : retryable(reason, delay)
  if (name === 'UNAUTHENTICATED' || name === 'PERMISSION_DENIED') return refused(reason, 'credentials')
  return refused(reason, name === 'UNIMPLEMENTED' || name === 'NOT_FOUND' ? 'endpoint' : 'data')
}

/** Maps the HTTP status of a response without gRPC status (gRPC, "HTTP to gRPC Status Code Mapping"). */
export function grpcStatusOfHttp(status: number): GrpcStatus {
  const code =
    status === 400
      ? 13
      : status === 401
        ? 16
        : status === 403
          ? 7
          : status === 404
            ? 12
            : UNAVAILABLE_BY_HTTP.has(status)
              ? 14
              : 2
  return { code, message: `HTTP status ${status}`, details: undefined }
}

const UNAVAILABLE_BY_HTTP = new Set([429, 502, 503, 504])

/**
 * Returns `retry_delay` of the `google.rpc.RetryInfo` in the details of a `google.rpc.Status`, in
 * milliseconds. Status: 3 details (Any: 1 type_url, 2 value); RetryInfo: 1 retry_delay (Duration: 1 seconds,
 * 2 nanos).
 */
function retryDelay(status: Uint8Array): number | undefined {
  try {
    for (const field of fieldsOf(status)) {
      if (field.number !== 3) continue
      const any = bytesOf(status, field)
      const [url, value] = [message(any, 1), message(any, 2)]
      if (!new TextDecoder().decode(url).endsWith('google.rpc.RetryInfo')) continue
      const duration = message(value ?? new Uint8Array(), 1) ?? new Uint8Array()
      return varint(duration, 1) * 1000 + varint(duration, 2) / 1e6
    }
  } catch {
    // Malformed details are ignored.
  }
  return undefined
}

function message(bytes: Uint8Array, number: number): Uint8Array | undefined {
  for (const field of fieldsOf(bytes)) if (field.number === number) return bytesOf(bytes, field)
  return undefined
}

function varint(bytes: Uint8Array, number: number): number {
  for (const field of fieldsOf(bytes)) if (field.number === number) return field.varint
  return 0
}
