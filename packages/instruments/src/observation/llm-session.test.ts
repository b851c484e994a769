import { type Context, createContextKey, ROOT_CONTEXT } from '@opentelemetry/api'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { StreamOutcome } from '../cardinality/outcome.ts'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'
import { traceIn } from '../testing/server-tracer.ts'
import { excerptOfText, type Message, sessionMessages } from '../testing/session-messages.ts'
import type { TurnSpanFacts } from '../tracing/turn-span.ts'
import { LlmSession, type SessionTools } from './llm-session.ts'

const KEY = createContextKey('turn')
const HANDSHAKE = ROOT_CONTEXT.setValue(KEY, 'handshake')

/** The tool calls of a session are tested with its connection. */
const NO_TOOLS: SessionTools = { sessionRecognised() {}, callShown() {}, turnsEnded() {} }

/** A session whose clock advances by one second with each message. */
class Session {
  readonly provider = new RecordingProvider()
  readonly spans: TurnSpanFacts[] = []
  /** Context of each message that the client has sent. */
  readonly contexts: unknown[] = []
  readonly session: LlmSession
  #now = 0
  #turns = 0

  constructor(startTurn = (context: Context) => context) {
    const instruments = new GatewayInstruments({
      meterProvider: this.provider,
      prefix: '',
      groups: ['websocket'],
      now: () => this.#now,
    })
    const trace = {
      ...traceIn(HANDSHAKE),
      startTurn: () => ({
        context: startTurn(ROOT_CONTEXT.setValue(KEY, ++this.#turns)),
        end: (facts: TurnSpanFacts) => void this.spans.push(facts),
      }),
    }
    this.session = new LlmSession({ instruments, route: '/r', trace }, NO_TOOLS)
  }

  run(messages: readonly Message[]): this {
    for (const { received, sent } of messages) {
      this.#now += 1000
      if (received !== undefined) this.session.onText('received', excerptOfText(JSON.stringify(received)))
      if (sent !== undefined) this.session.onText('sent', excerptOfText(JSON.stringify(sent)))
      if (received !== undefined) this.contexts.push((this.session.context ?? HANDSHAKE).getValue(KEY))
    }
    return this
  }

  /** Outcomes in the order in which the turns ended, each with the context that was recorded. */
  get outcomes(): unknown[] {
    return this.#calls('websocket.turns').map(({ attributes, context }) => [
      attributes['outcome'],
      context?.getValue(KEY),
    ])
  }

  get timesToFirstEvent(): unknown[] {
    return this.#calls('websocket.time_to_first_event').map(({ value }) => value)
  }

  #calls(name: string) {
    return this.provider.calls.filter((call) => call.name === name)
  }
}

const create = (eventId?: string): Message => ({ received: { type: 'response.create', event_id: eventId } })
const cancel: Message = { received: { type: 'response.cancel' } }
const created = (id?: string): Message => ({ sent: { type: 'response.created', response: { id } } })
const delta = (id?: string): Message => ({ sent: { type: 'response.output_text.delta', response_id: id } })
const done = (status: string, id?: string): Message => ({
  sent: { type: 'response.done', response: { id, status } },
})
const error = (eventId?: string | null): Message => ({
  sent: { type: 'error', error: { code: 'no', event_id: eventId } },
})
const errorWith = (members: object): Message => ({ sent: { type: 'error', ...members } })

describe('LlmSession', () => {
  it('records the turns of a Realtime session, each in its context', () => {
    const session = new Session().run(sessionMessages('realtime'))
    expect(session.outcomes).toEqual([
      ['completed', 1],
      ['client_abort', 2],
      ['upstream_error', 3],
      ['upstream_error', 4],
      ['completed', 5],
    ])
    // From `response.create` to the arguments of the tool call; from `response.created` of the server; from `response.create`.
    expect(session.timesToFirstEvent).toEqual([3, 1, 2])
    expect(session.session.hasUpstreamFailed).toBe(false)
  })

  it('describes the spans of turns', () => {
    const { spans } = new Session().run(sessionMessages('realtime'))
    expect(spans[0]).toEqual({
      operation: 'generate_content',
      outcome: 'completed',
      error: undefined,
      requestModel: 'gpt-realtime',
      responseModel: undefined,
      responseId: 'resp_1',
      finishReason: 'completed',
      inputTokens: 127,
      outputTokens: 148,
      cachedInputTokens: 64,
      toolCalls: 2,
      secondsToFirstEvent: 3,
    })
    expect(spans.map((facts) => facts.error)).toEqual([
      undefined,
      undefined,
      'conversation_already_has_active_response',
      'rate_limit_exceeded',
      undefined,
    ])
  })

  it('records the turns of a session of the Responses API', () => {
    const session = new Session().run(sessionMessages('responses'))
    expect(session.outcomes).toEqual([
      ['completed', 1],
      ['upstream_error', 2],
    ])
    expect(session.spans).toMatchObject([
      { operation: 'chat', responseModel: 'gpt-5-2026-01-01', toolCalls: 1, secondsToFirstEvent: 4 },
      { operation: 'chat', error: 'previous_response_not_found', secondsToFirstEvent: undefined },
    ])
    expect(session.session.hasUpstreamFailed).toBe(true)
  })

  it('handles messages in the context of the turn that began last, and between turns in that of the handshake', () => {
    const other: Message = { received: { type: 'conversation.item.create' } }
    const session = new Session().run([
      ...[other, create(), other, created('a'), create(), other, created('b')],
      ...[done('completed', 'b'), other, done('completed', 'a'), other],
    ])
    expect(session.contexts).toEqual(['handshake', 1, 1, 2, 2, 1, 'handshake'])
  })

  it('attributes events to the response that they name', () => {
    const session = new Session().run([
      ...[create(), created('a'), create(), created('b'), delta('b'), delta('b'), delta('a')],
      ...[done('failed', 'b'), done('completed', 'a')],
    ])
    expect(session.timesToFirstEvent).toEqual([2, 6])
    expect(session.outcomes).toEqual([
      ['upstream_error', 2],
      ['completed', 1],
    ])
  })

  it.each<[string, Message[], unknown[]]>([
    ['a request without a response', [create(), error()], ['upstream_error']],
    ['the request that it names', [create('a'), create('b'), error('b')], ['upstream_error', 'timeout']],
    ['no turn if it names another event', [create('a'), error('c')], ['timeout']],
    ['no response in progress', [create(), created(), error(null)], ['timeout']],
    ['no response in progress by a warning', [create(), created(), errorWith({ status: 400 })], ['timeout']],
    [
      'no request by a warning',
      [create(), errorWith({ error: { code: 'connection_expiring' } })],
      ['timeout'],
    ],
    [
      'no request by a warning beside a text',
      [create(), errorWith({ error: 'Connection closes soon', code: 'connection_expiring' })],
      ['timeout'],
    ],
    ['the response in progress', [create(), created(), errorWith({ status: 500 })], ['upstream_error']],
    [
      'the response in progress before a request',
      [create('a'), created(), create('b'), errorWith({ sequence_number: 3 }), error('b'), error('b')],
      ['upstream_error', 'upstream_error'],
    ],
    ['a request if no response is in progress', [create(), errorWith({ status: 500 })], ['upstream_error']],
  ])('ends by an error: %s', (_what, messages, outcomes) => {
    const session = new Session().run(messages)
    session.session.end('timeout')
    expect(session.outcomes.map((pair) => (pair as unknown[])[0])).toEqual(outcomes)
  })

  it.each<[string, Message[], StreamOutcome, StreamOutcome]>([
    ['that the session gives it', [create(), created(), delta()], 'server_error', 'server_error'],
    ['client_abort after a cancel', [create(), created(), cancel], 'server_error', 'client_abort'],
  ])('ends a turn with its session, with the outcome %s', (_what, messages, ofSession, expected) => {
    const session = new Session().run(messages)
    session.session.end(ofSession)
    expect(session.outcomes).toEqual([[expected, 1]])
    expect(session.session.context).toBeUndefined()
  })

  it('has failed by the engine only if its last turn has', () => {
    const session = new Session().run([create(), created(), done('failed')])
    expect(session.session.hasUpstreamFailed).toBe(true)
    expect(session.run([create()]).session.hasUpstreamFailed).toBe(false)
  })

  it('describes each turn by its own messages only', () => {
    const failed = { status: 'failed', status_details: { error: { code: 'unrelated' } } }
    const served: Message = { sent: { type: 'response.created', response: { model: 'm' } } }
    const { spans } = new Session().run([
      { sent: { type: 'response.done', response: failed } },
      ...[create(), served, done('failed'), create(), served, done('completed')],
    ])
    expect(spans).toMatchObject([
      { error: undefined, responseModel: 'm' },
      { error: undefined, responseModel: 'm' },
    ])
  })

  it('wants output only while a turn awaits its first', () => {
    const session = new Session()
    const wanted = [create(), created(), delta(), create()].map((message) =>
      session.run([message]).session.wants.has('turn_output'),
    )
    expect(wanted).toEqual([true, true, false, true])
  })

  it('observes 16 turns at a time', () => {
    const session = new Session().run(Array.from({ length: 100 }, () => create()))
    session.session.end('client_abort')
    expect(session.outcomes).toHaveLength(16)
  })

  it('reads no text of other protocols', () => {
    const { session } = new Session().run(Array.from({ length: 8 }, (_, i) => ({ received: { i } })))
    expect(session.wantsText).toBe(false)
  })

  it('does not throw if the trace of a turn cannot be started', () => {
    const session = new Session(() => {
      throw new Error('in the tracer')
    }).run([create(), created(), delta(), done('completed')])
    expect(session.outcomes).toEqual([['completed', 'handshake']])
  })

  it('ends every turn once, whatever the messages are', () => {
    const id = fc.constantFrom(undefined, 'a', 'b')
    const message = fc.oneof(
      ...[id.map(create), fc.constant(cancel), id.map(created), id.map(delta), id.map(error)],
      fc.tuple(fc.constantFrom('completed', 'failed', 'cancelled', 'x'), id).map((pair) => done(...pair)),
    )
    fc.assert(
      fc.property(fc.array(message, { maxLength: 40 }), (messages) => {
        const session = new Session().run(messages)
        session.session.end('completed')
        const turns = session.outcomes.map((pair) => (pair as unknown[])[1] as number)
        expect(turns.sort((a, b) => a - b)).toEqual(turns.map((_, i) => i + 1))
        expect(session.spans).toHaveLength(turns.length)
      }),
    )
  })
})
