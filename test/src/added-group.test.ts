import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PackageCopy } from './package-copy.ts'
import { RunningApp } from './running-app.ts'
import { scrape } from './scrape.ts'

const FOLDER = 'packages/instruments/src/instruments'

const FILE = `import type { InstrumentDefinition, InstrumentFactory } from './definition.ts'

/** Instruments of a test. */
export const THROW_AWAY_DEFINITIONS = {
  starts: {
    name: 'throw_away.starts',
    kind: 'counter',
    unit: '{start}',
    description: 'Starts of a test.',
    attributes: [],
  },
} as const satisfies Record<string, InstrumentDefinition>

/** Counts its own creation. */
export class ThrowAwayInstruments {
  constructor(make: InstrumentFactory) {
    make.counter(THROW_AWAY_DEFINITIONS.starts).add(1)
  }
}
`

const ROW = `  throw_away: {
    definitions: THROW_AWAY_DEFINITIONS,
    hasPrefix: true,
    isDefault: false,
    create: ({ make }: GroupParts) => new ThrowAwayInstruments(make),
  },
`

const USE = `import { GatewayInstruments } from './gateway-instruments.ts'
import type { ThrowAwayInstruments } from './throw-away.ts'

/** Compiles if the field exists and is \`undefined\` while the group is disabled. */
export function field(): ThrowAwayInstruments | undefined {
  // @ts-expect-error use without a check must not compile: the group may be disabled
  const wrong: ThrowAwayInstruments = new GatewayInstruments().throwAway
  return new GatewayInstruments().throwAway ?? wrong
}
`

describe('a group of instruments that is added as one file and one row', () => {
  const copy = new PackageCopy()
  let errors: readonly string[]

  beforeAll(() => {
    copy.write(`${FOLDER}/throw-away.ts`, FILE)
    copy.write(`${FOLDER}/use.ts`, USE)
    copy.insert(`${FOLDER}/catalog.ts`, 'before', '} as const satisfies Record<string, GroupDefinition>', ROW)
    copy.insert(
      `${FOLDER}/catalog.ts`,
      'before',
      'import ',
      "import { THROW_AWAY_DEFINITIONS, ThrowAwayInstruments } from './throw-away.ts'\n",
    )
    errors = copy.compile('instruments')
  }, 60_000)

  afterAll(() => copy.remove())

  it('compiles without any other change, with a field of its type', () => {
    expect(errors).toEqual([])
  })

  it('is in docs/metrics.md and docs/configuration.md once they are generated', () => {
    expect(copy.run(['packages/otel/scripts/docs.ts'])).toEqual({ status: 0, output: '' })
    expect(copy.read('docs/metrics.md')).toContain('## throw_away (off by default)')
    expect(copy.read('docs/configuration.md')).toContain(', throw_away, separated')
  })

  it.each([
    ['default', {}],
    ['default,throw_away', { '': 1 }],
  ])('records as VR_METRICS_GROUPS=%s requires', async (groups, expected) => {
    const app = new RunningApp('plain.mjs', {
      env: { VR_METRICS_GROUPS: groups },
      execArgv: ['--import', copy.register],
    })
    const url = await app.url()
    expect((await scrape(`${url}/metrics`)).values('throw_away_starts_total')).toEqual(expected)
    expect(app.stderr).not.toContain('throw_away')
    await app.kill()
  })
})
