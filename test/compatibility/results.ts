/** The result of every test of a run, by the test's name. */
export type Results = ReadonlyMap<string, string>

/** A test with different results without and with the flag. */
export interface Difference {
  readonly test: string
  readonly without: string
  readonly withFlag: string
}

/** Returns the tests whose results differ; a test that only one run has differs too. */
export function differences(without: Results, withFlag: Results): Difference[] {
  const tests = [...new Set([...without.keys(), ...withFlag.keys()])].sort()
  return tests
    .map((test) => ({
      test,
      without: without.get(test) ?? 'missing',
      withFlag: withFlag.get(test) ?? 'missing',
    }))
    .filter((row) => row.without !== row.withFlag)
}

/** Parsers of the output of test runners, by format. */
export const FORMATS: Readonly<Record<string, (text: string) => Results>> = {
  tap: parseTap,
  mocha: parseMocha,
  jest: parseJest,
}

/**
 * Test Anything Protocol, with subtests indented by four spaces as `node --test` prints them: a name is the path of names
 * from the outermost test. Repeated names get a number.
 */
function parseTap(text: string): Results {
  const results = new NumberedResults()
  const path: string[] = []
  for (const line of text.split('\n')) {
    const subtest = /^( *)# Subtest: (.*)$/.exec(line)
    if (subtest !== null) {
      const depth = (subtest[1] as string).length / 4
      path.length = depth
      path[depth] = subtest[2] as string
      continue
    }
    // TAP 14: "ok 3 - name # SKIP reason"; skipped tests are results too, and compared as such.
    const point = /^( *)((?:not )?ok) \d+ -? ?(.*?)( # (?:SKIP|TODO).*)?$/.exec(line)
    if (point === null) continue
    const depth = (point[1] as string).length / 4
    const name = [...path.slice(0, depth), point[3] as string].join(' › ')
    results.add(name, point[4] === undefined ? (point[2] as string) : `${point[2]}${point[4].slice(0, 7)}`)
  }
  return results.all
}

/** The JSON reporter of Mocha. */
function parseMocha(text: string): Results {
  interface Test {
    readonly fullTitle: string
  }
  const report = JSON.parse(text.slice(text.indexOf('{\n  "stats"'))) as {
    readonly passes: readonly Test[]
    readonly failures: readonly Test[]
    readonly pending: readonly Test[]
  }
  const results = new NumberedResults()
  for (const { fullTitle } of report.passes) results.add(fullTitle, 'ok')
  for (const { fullTitle } of report.failures) results.add(fullTitle, 'not ok')
  for (const { fullTitle } of report.pending) results.add(fullTitle, 'skipped')
  return results.all
}

/** The JSON reporter of Jest and Vitest. */
function parseJest(text: string): Results {
  interface File {
    readonly name: string
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[]
  }
  const report = JSON.parse(text.slice(text.indexOf('{'))) as { readonly testResults: readonly File[] }
  const results = new NumberedResults()
  for (const { name, assertionResults } of report.testResults) {
    const file = name.split('/').at(-1)
    for (const { fullName, status } of assertionResults) results.add(`${file} › ${fullName}`, status)
  }
  return results.all
}

class NumberedResults {
  readonly all = new Map<string, string>()
  readonly #seen = new Map<string, number>()

  add(name: string, result: string): void {
    const count = (this.#seen.get(name) ?? 0) + 1
    this.#seen.set(name, count)
    this.all.set(count === 1 ? name : `${name} (${count})`, result)
  }
}
