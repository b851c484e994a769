/** Calls the inference engine with the global `fetch`. */
import { readEvents } from './sse.ts'

/** A failure of the engine. `statusCode` is the gateway's answer: the engine's status if it is 4xx, else 502. */
export class EngineError extends Error {
  override readonly name = 'EngineError'
  readonly statusCode: number

  constructor(message: string, engineStatus = 502, cause?: unknown) {
    super(message, { cause })
    this.statusCode = engineStatus >= 400 && engineStatus < 500 ? engineStatus : 502
  }
}

/** An item of a Responses API input or output. */
export interface Item {
  readonly type: string
  readonly id?: string
  readonly name?: string
  readonly call_id?: string
  readonly arguments?: string
  readonly [field: string]: unknown
}

/** Token usage of one engine call. */
export interface Usage {
  readonly input_tokens: number
  readonly output_tokens: number
  readonly total_tokens: number
}

/** An event of a Responses API stream. */
export interface ResponseEvent {
  readonly type: string
  readonly output_index?: number
  readonly item?: Item
  readonly message?: string
  readonly response?: { readonly output?: readonly Item[]; readonly usage?: Usage | null }
  readonly [field: string]: unknown
}

/** Client of one engine. The base URL is, for example, `http://127.0.0.1:8000`. */
export class EngineClient {
  readonly #baseUrl: string

  constructor(baseUrl: string) {
    this.#baseUrl = baseUrl.replace(/\/+$/, '')
  }

  /**
   * Sends a request. Resolves when the headers of a successful answer have arrived.
   *
   * @throws EngineError if the engine is unreachable or answers with an error
   */
  async send(path: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
    const init = body === undefined ? {} : { method: 'POST', headers: JSON_BODY, body: JSON.stringify(body) }
    let answer: Response
    try {
      answer = await fetch(this.#baseUrl + path, { ...init, signal })
    } catch (error) {
      throw signal.aborted ? error : new EngineError('the engine is unreachable', 502, error)
    }
    if (answer.ok) return answer
    throw new EngineError(`the engine answered ${answer.status}: ${await messageOf(answer)}`, answer.status)
  }

  /** Opens a Responses API stream. Both the call and the iteration can throw `EngineError`. */
  async openResponse(body: object, signal: AbortSignal): Promise<AsyncGenerator<ResponseEvent, void>> {
    const answer = await this.send('/v1/responses', { ...body, stream: true }, signal)
    return responseEvents(answer, signal)
  }
}

const JSON_BODY = { 'content-type': 'application/json' }

async function* responseEvents(answer: Response, signal: AbortSignal): AsyncGenerator<ResponseEvent, void> {
  for await (const { data } of engineEvents(answer, signal)) {
    const event = JSON.parse(data) as ResponseEvent
    if (event.type === 'error' || event.type === 'response.failed') {
      throw new EngineError(event.message ?? 'the engine failed')
    }
    yield event
    if (event.type === 'response.completed' || event.type === 'response.incomplete') return
  }
  throw new EngineError('the engine ended the stream without a final event')
}

/** Yields the SSE events of an engine's answer. Throws `EngineError` if the connection breaks. */
export async function* engineEvents(answer: Response, signal: AbortSignal): ReturnType<typeof readEvents> {
  if (answer.body === null) throw new EngineError('the engine sent no body')
  try {
    yield* readEvents(answer.body)
  } catch (error) {
    throw signal.aborted ? error : new EngineError('the connection to the engine broke', 502, error)
  }
}

async function messageOf(answer: Response): Promise<string> {
  const text = await answer.text().catch(() => '')
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message
  } catch {
    return text.slice(0, 200)
  }
}
