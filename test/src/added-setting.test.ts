import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { PackageCopy } from './package-copy.ts'

const TABLE = 'packages/otel/src/config/general-settings.ts'

const ROW = `  throwAway: setting({
    key: 'VR_OTEL_THROW_AWAY',
    codec: integer(1, 10),
    default: 3,
    description: 'A number of a test.',
  }),
`

/** Prints the value of the setting that `startOtel` ends up with. */
const PROGRAM = `
import { startOtel } from './packages/otel/dist/index.js'
const handle = startOtel(JSON.parse(process.env.OPTIONS ?? '{}'))
process.stdout.write('value: ' + handle.settings.VR_OTEL_THROW_AWAY + '\\n')
await handle.shutdown()
`

describe('a setting that is added as a row of the table', () => {
  const copy = new PackageCopy()
  let errors: readonly string[]

  beforeAll(() => {
    copy.insert(TABLE, 'after', 'export const GENERAL_SETTINGS = {\n', ROW)
    if (!/\binteger\b/.test(copy.read(TABLE).replace(ROW, ''))) {
      copy.insert(TABLE, 'before', 'import { setting }', "import { integer } from './codecs.ts'\n")
    }
    errors = copy.compile('otel')
    copy.write('start.mjs', PROGRAM)
  }, 60_000)

  afterAll(() => copy.remove())

  const start = (env: NodeJS.ProcessEnv): string =>
    copy.run(['start.mjs'], { VR_METRICS_EXPORTER: 'none', ...env }).output

  it('compiles without any other change', () => {
    expect(errors).toEqual([])
  })

  it('is in docs/configuration.md once it is generated', () => {
    expect(copy.run(['packages/otel/scripts/docs.ts'])).toEqual({ status: 0, output: '' })
    expect(copy.read('docs/configuration.md')).toMatch(
      /^\| `VR_OTEL_THROW_AWAY` \| `throwAway` \| {2}\| {2}\| `3` \| .*1 to 10.* \| A number of a test\. \|$/m,
    )
  })

  it.each<[string, NodeJS.ProcessEnv, string]>([
    ['has its default', {}, '3'],
    ['is read from its variable', { VR_OTEL_THROW_AWAY: '7' }, '7'],
    ['is read from code first', { VR_OTEL_THROW_AWAY: '7', OPTIONS: '{"throwAway":9}' }, '9'],
  ])('%s and is in the settings of the handle', (_what, env, value) => {
    expect(start(env)).toContain(`value: ${value}\n`)
  })

  it('is reported with what it expects if its value is invalid, and suggested for a key that is nearly its own', () => {
    const output = start({ VR_OTEL_THROW_AWAY: '11', VR_OTEL_THROW_AWYA: '1' })
    expect(output).toMatch(/VR_OTEL_THROW_AWAY: got "11", expected .*1 to 10.*, using 3\n/)
    expect(output).toMatch(/VR_OTEL_THROW_AWYA: .*did you mean VR_OTEL_THROW_AWAY\?/)
    expect(output).toContain('value: 3\n')
  })

  it('is a typed option of startOtel once that is generated', () => {
    copy.write(
      'packages/otel/src/typed-option.ts',
      `import { startOtel } from './index.ts'
startOtel({ throwAway: 5 })
// @ts-expect-error a string must not compile: the type of the option is number
startOtel({ throwAway: 'five' })
`,
    )
    expect(copy.compile('otel')).toEqual([])
  })
})
