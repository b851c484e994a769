import { describe, expect, it } from 'vitest'
import type { Group } from '../instruments/catalog.ts'
import { GatewayInstruments } from '../instruments/gateway-instruments.ts'
import { type Recorded, RecordingProvider } from '../testing/recording-provider.ts'
import { RequestObservation } from './request-observation.ts'

type Step = 'sent' | 'chunk' | 'headers' | 'json' | 'body' | 'empty' | 'end'

/** Runs steps at times in milliseconds, of a request that arrives at 0. */
function run(
  steps: readonly (readonly [at: number, step: Step])[],
  groups: Group[] = ['upstream'],
): Recorded[] {
  let time = 0
  const meterProvider = new RecordingProvider()
  const instruments = new GatewayInstruments({ meterProvider, groups, now: () => time })
  const request = new RequestObservation(instruments, {
    method: 'POST',
    scheme: 'http',
    protocolVersion: '1.1',
  })
  request.setRoute('/v1/responses')
  const actions: Readonly<Record<Step, () => void>> = {
    sent: () => request.engineCallSent(time),
    chunk: () => request.engineChunkReceived(time),
    headers: () => request.headersSent({ status: 200, isEventStream: true, isIdentity: true }),
    json: () => request.headersSent({ status: 200, isEventStream: false, isIdentity: true }),
    body: () => request.stream?.sent(10, 'data: 1\n\n'),
    empty: () => request.stream?.sent(0, ''),
    end: () => request.end('finished', 200, 200),
  }
  for (const [at, step] of steps) {
    time = at
    actions[step]()
  }
  return meterProvider.calls.filter(({ name }) => name.endsWith('gateway.overhead'))
}

const overheads = (...steps: (readonly [number, Step])[]): number[] => run(steps).map(({ value }) => value)

describe('the overhead of the gateway', () => {
  it('is the time before the engine call and from its first chunk to the next body bytes', () => {
    const steps = [
      [2, 'sent'],
      [300, 'chunk'],
      [301, 'headers'],
      [303, 'body'],
      [400, 'end'],
    ] as const
    expect(run(steps)).toEqual([
      {
        name: 'vllm_responses.gateway.overhead',
        value: 0.005,
        attributes: { route: '/v1/responses' },
        context: expect.anything(),
      },
    ])
  })

  it('is the same if the stream began before the engine call', () => {
    expect(
      overheads([1, 'headers'], [1, 'body'], [2, 'sent'], [3, 'body'], [300, 'chunk'], [303, 'body']),
    ).toEqual([0.005])
  })

  it('is recorded once for a stream, from the first call and the first chunk', () => {
    const first = [
      [1, 'headers'],
      [2, 'sent'],
      [300, 'chunk'],
      [303, 'body'],
    ] as const
    const second = [
      [500, 'sent'],
      [700, 'chunk'],
      [800, 'body'],
      [900, 'chunk'],
      [950, 'body'],
    ] as const
    expect(overheads(...first, ...second)).toEqual([0.005])
  })

  it('ends with the next bytes, not with an empty chunk', () => {
    expect(overheads([1, 'headers'], [2, 'sent'], [300, 'chunk'], [301, 'empty'], [310, 'body'])).toEqual([
      0.012,
    ])
  })

  it.each<[string, (readonly [number, Step])[]]>([
    [
      'without an engine call',
      [
        [1, 'headers'],
        [2, 'body'],
        [3, 'end'],
      ],
    ],
    [
      'whose engine does not answer',
      [
        [1, 'headers'],
        [2, 'sent'],
        [3, 'body'],
        [4, 'end'],
      ],
    ],
    [
      'that sends nothing after the answer',
      [
        [1, 'headers'],
        [2, 'sent'],
        [3, 'chunk'],
        [4, 'end'],
      ],
    ],
    [
      'with a chunk before the call',
      [
        [1, 'headers'],
        [2, 'chunk'],
        [3, 'body'],
        [4, 'sent'],
        [5, 'body'],
      ],
    ],
    [
      'that is no event stream',
      [
        [1, 'sent'],
        [2, 'chunk'],
        [3, 'json'],
        [4, 'body'],
        [5, 'end'],
      ],
    ],
  ])('is not recorded for a response %s', (_what, steps) => {
    expect(run(steps)).toEqual([])
  })

  it('is not measured while its group is disabled', () => {
    expect(
      run(
        [
          [1, 'headers'],
          [2, 'sent'],
          [3, 'chunk'],
          [4, 'body'],
        ],
        ['sse'],
      ),
    ).toEqual([])
  })
})
