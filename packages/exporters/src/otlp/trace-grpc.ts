import { createRequire } from 'node:module'
import type { Client, ClientUnaryCall, Metadata, ServiceError } from '@grpc/grpc-js'
import { diag } from '@opentelemetry/api'
import type { ExportResult } from '@opentelemetry/core'
import type { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace'

/** Options of {@link createOtlpGrpcTraceExporter}. */
export interface OtlpGrpcTraceOptions {
  /** `host:port`, or a URL with one (`http://collector:4317`); `insecure`, not the scheme, decides about TLS. */
  readonly url: string
  /** Sent with every call, as gRPC metadata. Default: none. */
  readonly headers?: Readonly<Record<string, string>>
  /** Deadline of one call, in milliseconds. Default 10 000. */
  readonly timeoutMillis?: number
  /** Default `none`. */
  readonly compression?: 'gzip' | 'none'
  /** True: no TLS. */
  readonly insecure: boolean
  /** Certificates of the authorities to trust, PEM. Default: those of Node. */
  readonly ca?: Buffer
  /** Certificate chain of this client, PEM; only together with `key`. */
  readonly cert?: Buffer
  /** Private key of this client, PEM; only together with `cert`. */
  readonly key?: Buffer
}

/** A span exporter that can give up what it is sending. */
export interface AbandonableSpanExporter extends SpanExporter {
  /** Cancels every call that has not ended and closes the connection: nothing keeps the process from ending. */
  abandon(): void
}

const DEFAULT_TIMEOUT = 10_000

/** The method of `opentelemetry/proto/collector/trace/v1/trace_service.proto`. */
const METHOD = '/opentelemetry.proto.collector.trace.v1.TraceService/Export'

/** `SUCCESS` and `FAILED` of `ExportResultCode`, whose module would be loaded for two numbers. */
const SUCCESS = 0
const FAILED = 1

/**
 * A span exporter over OTLP/gRPC: upstream's bytes, sent by gRPC for Node. Both are loaded by this call and not
 * before, synchronously. What is given is what is used: no variable of the environment changes anything.
 * Unlike upstream's, it can be abandoned: theirs holds a process that wants to end until the deadline of the call.
 *
 * @throws Error if the URL cannot be parsed, or a certificate or key cannot be read by gRPC
 */
export function createOtlpGrpcTraceExporter(options: OtlpGrpcTraceOptions): AbandonableSpanExporter {
  const require = createRequire(import.meta.url)
  const grpc: typeof import('@grpc/grpc-js') = require('@grpc/grpc-js')
  const { ProtobufTraceSerializer: serializer }: typeof import('@opentelemetry/otlp-transformer') =
    require('@opentelemetry/otlp-transformer')
  const credentials = options.insecure
    ? grpc.credentials.createInsecure()
    : grpc.credentials.createSsl(options.ca, options.key, options.cert)
  const metadata = new grpc.Metadata()
  for (const [name, value] of Object.entries(options.headers ?? {})) metadata.set(name, value)
  const address = authority(options.url)
  const connect = (): Client =>
    new grpc.Client(address, credentials, {
      'grpc.default_compression_algorithm': options.compression === 'gzip' ? 2 : 0,
      'grpc.primary_user_agent': '@vr/otel-exporters',
    })
  const timeout = options.timeoutMillis ?? DEFAULT_TIMEOUT
  return new GrpcTraceExporter({ address, connect, serializer, metadata, timeout, status: grpc.status })
}

/** `host:port` of a URL; a text without a scheme is one already. */
function authority(url: string): string {
  return url.includes('://') ? new URL(url).host : url
}

interface GrpcParts {
  readonly address: string
  readonly connect: () => Client
  readonly serializer: typeof ProtobufTraceSerializer
  readonly metadata: Metadata
  /** In milliseconds. */
  readonly timeout: number
  readonly status: { readonly DEADLINE_EXCEEDED: number; readonly CANCELLED: number }
}

class GrpcTraceExporter implements AbandonableSpanExporter {
  readonly #parts: GrpcParts
  readonly #calls = new Map<ClientUnaryCall, Promise<void>>()
  #client: Client | undefined
  #isShutDown = false
  /** Whether the last call failed: said when that begins and when it ends, not at each call. */
  #isFailing = false

  constructor(parts: GrpcParts) {
    this.#parts = parts
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    if (this.#isShutDown) {
      done({ code: FAILED, error: new Error('the exporter is shut down') })
      return
    }
    const body = this.#parts.serializer.serializeRequest(spans)
    if (body === undefined) done({ code: FAILED, error: new Error('the spans cannot be encoded') })
    else this.#send(Buffer.from(body.buffer, body.byteOffset, body.byteLength), done)
  }

  #send(body: Buffer, done: (result: ExportResult) => void): void {
    this.#client ??= this.#parts.connect()
    const ended = Promise.withResolvers<void>()
    const call = this.#client.makeUnaryRequest<Buffer, Buffer>(
      METHOD,
      (bytes) => bytes,
      (bytes) => bytes,
      body,
      this.#parts.metadata,
      { deadline: Date.now() + this.#parts.timeout },
      (error, response) => {
        this.#calls.delete(call)
        if (error === null) this.#readResponse(response)
        else this.#readError(error)
        done(error === null ? { code: SUCCESS } : { code: FAILED, error })
        ended.resolve()
      },
    )
    this.#calls.set(call, ended.promise)
  }

  #readResponse(response: Buffer | undefined): void {
    if (this.#isFailing) diag.info(`spans reach ${this.#parts.address} again`)
    this.#isFailing = false
    if (response === undefined || response.length === 0) return
    const { partialSuccess } = this.#parts.serializer.deserializeResponse(response)
    const { rejectedSpans, errorMessage } = partialSuccess ?? {}
    if (Number(rejectedSpans ?? 0) > 0 || errorMessage) {
      diag.warn(`the collector rejected ${rejectedSpans ?? 0} spans: ${errorMessage ?? 'no reason given'}`)
    }
  }

  /**
   * A server that accepts connections and never speaks HTTP/2 leaves a channel connecting for ever (grpc-node #2785):
   * after a missed deadline the next call makes a new one.
   */
  #readError({ code, details }: ServiceError): void {
    const { address, status } = this.#parts
    if (!this.#isFailing && code !== status.CANCELLED) {
      diag.warn(
        `spans do not reach ${address} and are lost until it answers: ${details} (gRPC status ${code})`,
      )
      this.#isFailing = true
    }
    if (code !== status.DEADLINE_EXCEEDED) return
    this.#client?.close()
    this.#client = undefined
  }

  async forceFlush(): Promise<void> {
    await Promise.all(this.#calls.values())
  }

  async shutdown(): Promise<void> {
    this.#isShutDown = true
    await this.forceFlush()
    this.#client?.close()
  }

  abandon(): void {
    this.#isShutDown = true
    for (const call of this.#calls.keys()) call.cancel()
    this.#client?.close()
  }
}
