import http from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningApp } from './running-app.ts'
import { startTraced } from './traced-app.ts'

const TRACE = '12345678901234567890123456789012'
const OTHER_TRACE = '12345678901234567890123456789011'
const SPAN = '1234567890123456'
const LOWER = 'abcdefghijklmnopqrstuvwxyz'
/** Every character that a value may have: printable ASCII without comma and equals sign. The last one is not a space. */
const VALUE = Array.from({ length: 95 }, (_, i) => String.fromCharCode(0x20 + i))
  .filter((character) => character !== ',' && character !== '=')
  .join('')

const members = (first: number, last: number): string =>
  Array.from({ length: last - first + 1 }, (_, i) => `bar${first + i}=${first + i}`).join(',')

/** Raw headers of a request: names and values alternate. */
type Lines = readonly string[]

const parent = (value: string): Lines => ['traceparent', value]
const state = (...values: string[]): Lines => [
  'traceparent',
  `00-${TRACE}-${SPAN}-00`,
  ...values.flatMap((value) => ['tracestate', value]),
]

/** Headers that continue the trace of the caller, with the flags of outgoing calls at any ratio. */
const CONTINUES_TRACE: readonly [name: string, lines: Lines, flags: string][] = [
  ['sampled', parent(`00-${TRACE}-${SPAN}-01`), '01'],
  ['not sampled', parent(`00-${TRACE}-${SPAN}-00`), '00'],
  ['random, not sampled', parent(`00-${TRACE}-${SPAN}-02`), '02'],
  ['random and sampled', parent(`00-${TRACE}-${SPAN}-03`), '03'],
  ['flags that are not defined', parent(`00-${TRACE}-${SPAN}-fc`), '00'],
  ...['TraceParent', 'TrAcEpArEnT', 'TRACEPARENT'].map(
    (name) => [`name ${name}`, [name, `00-${TRACE}-${SPAN}-01`], '01'] as [string, Lines, string],
  ),
  ['future version', parent(`cc-${TRACE}-${SPAN}-01`), '01'],
  ['future version with more', parent(`cc-${TRACE}-${SPAN}-01-what-the-future-will-be-like`), '01'],
  ...[' V', '\tV', 'V ', 'V\t', '\t V \t'].map(
    (spaced) =>
      [
        `white space ${JSON.stringify(spaced)}`,
        parent(spaced.replace('V', `00-${TRACE}-${SPAN}-01`)),
        '01',
      ] as [string, Lines, string],
  ),
]

/** Headers that start a new trace. */
const STARTS_TRACE: readonly [name: string, lines: Lines][] = [
  ['no trace', []],
  ['two parents', [...parent(`00-${OTHER_TRACE}-${SPAN}-01`), ...parent(`00-${TRACE}-${SPAN}-01`)]],
  ['name trace-parent', ['trace-parent', `00-${TRACE}-${SPAN}-01`]],
  ['name trace.parent', ['trace.parent', `00-${TRACE}-${SPAN}-01`]],
  ['version 00 with a dot behind', parent(`00-${TRACE}-${SPAN}-01.`)],
  ['version 00 with more', parent(`00-${TRACE}-${SPAN}-01-what-the-future-will-be-like`)],
  ['future version with more behind a dot', parent(`cc-${TRACE}-${SPAN}-01.what-the-future-will-be-like`)],
  ['version ff', parent(`ff-${TRACE}-${SPAN}-01`)],
  ...['.0', '0.', '000', '0000', '0'].map(
    (version) => [`version ${version}`, parent(`${version}-${TRACE}-${SPAN}-01`)] as [string, Lines],
  ),
  ...[
    '0'.repeat(32),
    `.${TRACE.slice(1)}`,
    `${TRACE.slice(0, -1)}.`,
    `${TRACE}3`,
    TRACE.slice(0, -1),
    TRACE.replace('1', 'A'),
  ].map((id) => [`trace id ${id}`, parent(`00-${id}-${SPAN}-01`)] as [string, Lines]),
  ...['0'.repeat(16), `.${SPAN.slice(1)}`, `${SPAN.slice(0, -1)}.`, `${SPAN}7`, SPAN.slice(0, -1)].map(
    (id) => [`parent id ${id}`, parent(`00-${TRACE}-${id}-01`)] as [string, Lines],
  ),
  ...['.0', '0.', '001', '1'].map(
    (flags) => [`flags ${flags}`, parent(`00-${TRACE}-${SPAN}-${flags}`)] as [string, Lines],
  ),
  ['a state without a parent', ['tracestate', 'foo=1,bar=2']],
  ['a state with a parent that is not valid', [...parent('oops'), 'tracestate', 'foo=1']],
]

/** Values of `tracestate` and what is propagated; `undefined`: nothing. */
const STATES: readonly [name: string, lines: Lines, sent: string | undefined][] = [
  ['two members', state('foo=1,bar=2'), 'foo=1,bar=2'],
  ['name trace-state', [...state(), 'trace-state', 'foo=1'], undefined],
  ['name trace.state', [...state(), 'trace.state', 'foo=1'], undefined],
  ...['TraceState', 'TrAcEsTaTe', 'TRACESTATE'].map(
    (name) => [`name ${name}`, [...state(), name, 'foo=1'], 'foo=1'] as [string, Lines, string],
  ),
  ['empty', state(''), undefined],
  ['an empty line last', state('foo=1', ''), 'foo=1'],
  ['an empty line first', state('', 'foo=1'), 'foo=1'],
  [
    'several lines in their order',
    state('foo=1,bar=2', 'rojo=1,congo=2', 'baz=3'),
    'foo=1,bar=2,rojo=1,congo=2,baz=3',
  ],
  ['a key twice', state('foo=1,foo=1'), 'foo=1,foo=1'],
  ['a key with two values', state('foo=1,foo=2'), 'foo=1,foo=2'],
  ['a key on two lines', state('foo=1', 'foo=2'), 'foo=1,foo=2'],
  [
    'every character of key and value',
    state(`${LOWER}0123456789_-*/=${VALUE}`),
    `${LOWER}0123456789_-*/=${VALUE}`,
  ],
  [
    'every character with an at sign',
    state(`${LOWER}0-9@a-z0-9_-*/=${VALUE}`),
    `${LOWER}0-9@a-z0-9_-*/=${VALUE}`,
  ],
  ['white space between members', state('foo=1 \t , \t bar=2, \t baz=3'), 'foo=1,bar=2,baz=3'],
  ['tabs between members', state('foo=1\t \t,\t \tbar=2,\t \tbaz=3'), 'foo=1,bar=2,baz=3'],
  ...[' foo=1', '\tfoo=1', 'foo=1 ', 'foo=1\t', '\t foo=1 \t'].map(
    (spaced) => [`white space ${JSON.stringify(spaced)}`, state(spaced), 'foo=1'] as [string, Lines, string],
  ),
  ['a space in a key', state('foo =1'), undefined],
  ['a key in upper case', state('FOO=1'), undefined],
  ['a dot in a key', state('foo.bar=1'), undefined],
  ['a key that ends with an at sign', state('foo@=1,bar=2'), 'foo@=1,bar=2'],
  ['a key that begins with an at sign', state('@foo=1,bar=2'), undefined],
  ['two at signs', state('foo@@bar=1,bar=2'), 'foo@@bar=1,bar=2'],
  ['at signs apart', state('foo@bar@baz=1,bar=2'), 'foo@bar@baz=1,bar=2'],
  ['a key that begins with a digit', state('1a=1'), '1a=1'],
  ['32 members', state(members(1, 10), members(11, 32)), `${members(1, 10)},${members(11, 32)}`],
  ['33 members', state(members(1, 10), members(11, 33)), undefined],
  ['a key of 256 characters', state('foo=1', `${'z'.repeat(256)}=1`), `foo=1,${'z'.repeat(256)}=1`],
  ['a key of 257 characters', state('foo=1', `${'z'.repeat(257)}=1`), undefined],
  [
    '241 before an at sign and 14 behind',
    state(`${'t'.repeat(241)}@${'v'.repeat(14)}=1`),
    `${'t'.repeat(241)}@${'v'.repeat(14)}=1`,
  ],
  ['242 before an at sign', state('foo=1', `${'t'.repeat(242)}@v=1`), `foo=1,${'t'.repeat(242)}@v=1`],
  ['15 behind an at sign', state('foo=1', `t@${'v'.repeat(15)}=1`), `foo=1,t@${'v'.repeat(15)}=1`],
  ['an equals sign in a value', state('foo=bar=baz'), undefined],
  ['no value', state('foo=,bar=3'), undefined],
]

/** Trace context of one outgoing call. */
interface Sent {
  readonly traceId: string
  readonly parentId: string
  readonly flags: string
  readonly state: string | undefined
}

function sentBy(rawHeaders: readonly string[]): Sent {
  const valuesOf = (name: string): string[] =>
    rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name)
  const parents = valuesOf('traceparent')
  expect(parents).toEqual([expect.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/)])
  const [, traceId = '', parentId = '', flags = ''] = (parents[0] as string).split('-')
  expect(parentId).not.toMatch(/^0*$/)
  const states = valuesOf('tracestate')
  expect(states.length).toBeLessThan(2)
  return { traceId, parentId, flags, state: states[0] }
}

describe.each(['0', '0.01', '1'])('trace context at a ratio of %s', (ratio) => {
  let app: RunningApp
  let url: string
  beforeAll(async () => {
    app = startTraced({ VR_TRACING_SAMPLE_RATIO: ratio }, 'fans-out.mjs')
    url = await app.url()
  })
  afterAll(() => app.kill())

  /** Returns the trace context of the three calls of a request, which differ in the parent id only. */
  async function calls(by: string, lines: Lines): Promise<Sent> {
    const { hostname, port } = new URL(url)
    const answer = await new Promise<string>((resolve, reject) => {
      const headers = ['Host', `${hostname}:${port}`, ...lines]
      http
        .get({ hostname, port, path: `/${by}`, headers }, (response) => {
          let text = ''
          response.on('data', (data) => (text += data)).on('end', () => resolve(text))
        })
        .on('error', reject)
    })
    const sent = (JSON.parse(answer) as string[][]).map(sentBy)
    expect(new Set(sent.map(({ parentId }) => parentId)).size).toBe(3)
    expect(sent.map(({ parentId }) => parentId)).not.toContain(SPAN)
    const [first] = sent as [Sent]
    for (const { parentId: _, ...rest } of sent) expect(first).toMatchObject(rest)
    return first
  }

  describe.each(['fetch', 'http', 'undici'])('by %s', (by) => {
    it.each(CONTINUES_TRACE)('continues the trace of a caller: %s', async (_name, lines, flags) => {
      expect(await calls(by, lines)).toMatchObject({ traceId: TRACE, flags, state: undefined })
    })

    it.each(STARTS_TRACE)('starts a new trace with random ids for: %s', async (_name, lines) => {
      const { traceId, flags, state: sent } = await calls(by, lines)
      expect([TRACE, OTHER_TRACE, '0'.repeat(32)]).not.toContain(traceId)
      expect(['02', '03']).toContain(flags)
      if (ratio !== '0.01') expect(flags).toBe(ratio === '1' ? '03' : '02')
      expect(sent).toBeUndefined()
    })

    it.each(STATES)('propagates tracestate entirely or not at all: %s', async (_name, lines, sent) => {
      expect(await calls(by, lines)).toMatchObject({ traceId: TRACE, flags: '00', state: sent })
    })
  })
})
