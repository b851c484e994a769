import { afterAll, describe, expect, it } from 'vitest'
import { PackageCopy } from './package-copy.ts'

const LIST = 'packages/instruments/src/cardinality/outcome.ts'
const DECISION = 'packages/instruments/src/observation/outcome.ts'

const PROGRAM = `
import { CATALOG, setStreamOutcome, STREAM_OUTCOMES, setLogger } from './packages/instruments/dist/index.js'
import { errorType } from './packages/instruments/dist/observation/outcome.js'
const warnings = []
setLogger({ warn: (...args) => warnings.push(args) })
setStreamOutcome({}, 'throw_away')
const values = CATALOG.sse.flatMap(({ attributes }) => attributes).find(({ name }) => name === 'outcome').values
const isListed = STREAM_OUTCOMES.includes('throw_away') && values.includes('throw_away')
process.stdout.write(JSON.stringify([isListed, warnings, errorType('finished', 'throw_away', 200)]))
`

describe('an outcome that is added to STREAM_OUTCOMES', () => {
  const copy = new PackageCopy()
  const original = { [LIST]: copy.read(LIST), [DECISION]: copy.read(DECISION) }

  afterAll(() => copy.remove())

  const reset = (): void => {
    for (const [path, text] of Object.entries(original)) copy.write(path, text)
  }
  const addToList = (): void => copy.insert(LIST, 'after', "  'completed',\n", "  'throw_away',\n")
  const decide = (): void =>
    copy.insert(DECISION, 'after', "  timeout: 'timeout',\n", "  throw_away: 'throw_away',\n")

  it('is reported by the compiler where the value of error.type is decided, and nowhere else', () => {
    reset()
    addToList()
    const errors = copy.compile('instruments')
    expect(errors[0]).toMatch(/'throw_away' is missing in type/)
    expect(new Set(errors.map((error) => error.split('(')[0]))).toEqual(new Set([DECISION]))
  })

  it('is rejected by the compiler where error.type is decided, if it is not on the list', () => {
    reset()
    decide()
    expect(copy.compile('instruments')).toEqual([
      expect.stringMatching(/^packages\/instruments\/src\/observation\/outcome\.ts.*throw_away/),
    ])
  })

  it('is a label value, an error.type and accepted by setStreamOutcome once both are done', () => {
    reset()
    addToList()
    decide()
    expect(copy.compile('instruments')).toEqual([])
    copy.write('program.mjs', PROGRAM)
    const { output } = copy.run(['program.mjs'])
    expect(JSON.parse(output)).toEqual([true, [], 'throw_away'])
  })
}, 60_000)
