import { type Attributes, type AttributeValue, ROOT_CONTEXT, type Span, trace } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { RequestObservation } from '../observation/request-observation.ts'
import { RecordingProvider } from '../testing/recording-provider.ts'

/** A span that keeps its attributes and its name, and counts calls of other methods. */
class TestSpan {
  readonly attributes: Attributes = {}
  readonly calls: string[] = []
  readonly #isRecording: boolean

  constructor(isRecording: boolean) {
    this.#isRecording = isRecording
  }

  isRecording(): boolean {
    return this.#isRecording
  }

  setAttribute(key: string, value: AttributeValue): this {
    this.attributes[key] = value
    return this
  }

  setAttributes(attributes: Attributes): this {
    Object.assign(this.attributes, attributes)
    return this
  }

  updateName(name: string): void {
    this.calls.push(name)
  }

  recordException(): void {
    this.calls.push('recordException')
  }

  setStatus(): void {
    this.calls.push('setStatus')
  }

  end(): void {
    this.calls.push('end')
  }
}

function observe(isRecording = true): { span: TestSpan; observation: RequestObservation } {
  const instruments = new GatewayInstruments({ meterProvider: new RecordingProvider() })
  const observation = new RequestObservation(instruments, {
    method: 'GET',
    scheme: 'http',
    protocolVersion: '1.1',
  })
  const span = new TestSpan(isRecording)
  observation.setContext(trace.setSpan(ROOT_CONTEXT, span as unknown as Span))
  observation.setRoute('/users/:id')
  return { span, observation }
}

describe('the server span of another instrumentation', () => {
  it('gets the route and the error, and is not ended', () => {
    const { span, observation } = observe()
    observation.recordException(new Error('in a listener'))
    observation.end('finished', 503, 503)
    expect(span.calls).toEqual(['GET /users/:id', 'setStatus'])
    expect(span.attributes).toEqual({ 'http.route': '/users/:id', 'error.type': '503' })
  })

  it('keeps the status code that the instrumentation sets if one was sent', () => {
    const { span, observation } = observe()
    observation.end('finished', 204, 204)
    span.setAttribute('http.response.status_code', 204)
    expect(span.attributes).toMatchObject({ 'http.response.status_code': 204 })
  })

  it('ignores the status code that the instrumentation sets if none was sent', () => {
    const { span, observation } = observe()
    observation.end('client_closed', undefined, 499)
    span.setAttribute('http.response.status_code', 200)
    span.setAttributes({ 'http.status_code': 200, 'http.status_text': 'OK', other: 1 })
    expect(span.attributes).toEqual({ 'http.route': '/users/:id', 'error.type': 'client_abort', other: 1 })
  })

  it('is not changed if it does not record; the request has a trace nevertheless', () => {
    const { span, observation } = observe(false)
    observation.end('finished', 503, 503)
    expect([observation.hasTrace, span.calls, span.attributes]).toEqual([true, [], {}])
  })
})
