import { bytesOf, fieldsOf } from './protobuf/read.ts'
import type { SendOutcome } from './send-outcome.ts'

/** Maximum size of a response, in bytes. */
export const MAX_RESPONSE_BYTES = 4 * 1024 * 1024

/**
 * Parses an `ExportTraceServiceResponse` or `ExportMetricsServiceResponse`, which have the same structure.
 * Malformed responses count as accepted, since their status is a success.
 */
export function parseExportResponse(body: Uint8Array, isJson: boolean): SendOutcome {
  try {
    return isJson ? readJson(body) : readProtobuf(body)
  } catch {
    return { kind: 'accepted', rejected: 0 }
  }
}

/** Field 1 `partial_success`: field 1 the number of rejected items, field 2 `error_message`. */
function readProtobuf(body: Uint8Array): SendOutcome {
  let rejected = 0
  let message = ''
  for (const field of fieldsOf(body)) {
    if (field.number !== 1 || field.wireType !== 2) continue
    const partial = bytesOf(body, field)
    for (const part of fieldsOf(partial)) {
      if (part.number === 1 && part.wireType === 0) rejected = part.varint
      if (part.number === 2 && part.wireType === 2) message = new TextDecoder().decode(bytesOf(partial, part))
    }
  }
  return accepted(rejected, message)
}

function readJson(body: Uint8Array): SendOutcome {
  if (body.length === 0) return accepted(0, '')
  const { partialSuccess } = JSON.parse(new TextDecoder().decode(body)) as {
    partialSuccess?: { rejectedSpans?: unknown; rejectedDataPoints?: unknown; errorMessage?: unknown }
  }
  const rejected = Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0)
  return accepted(Number.isFinite(rejected) ? rejected : 0, String(partialSuccess?.errorMessage ?? ''))
}

function accepted(rejected: number, message: string): SendOutcome {
  return message === '' ? { kind: 'accepted', rejected } : { kind: 'accepted', rejected, message }
}
