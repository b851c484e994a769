import { describe, expect, it } from 'vitest'
import { type SourceFile, sources } from './package-sources.ts'
import { undocumentedExports } from './undocumented-exports.ts'
import { undocumentedMembers } from './undocumented-members.ts'

/** Wraps that are never undone (of one connection), or that are stopped together. */
const WITHOUT_IS_UNDONE = [
  'node-http/on-socket-close.ts',
  'node-http/websocket/net-socket.ts',
  'node-http/websocket/socket-hooks.ts',
  'client/http-bodies.ts',
  'node-http/http2/extended-connect.ts',
  'node-http/event-context.ts',
]

describe('the source of a package', () => {
  it('checks in each wrapped method whether the wrap has been undone', () => {
    const wrapping = sources.filter(
      ({ path, text }) => /\bwrapMethod\(/.test(text) && !WITHOUT_IS_UNDONE.includes(path),
    )
    expect(wrapping.length).toBeGreaterThan(8)
    const count = (text: string, pattern: RegExp): number => [...text.matchAll(pattern)].length
    const wrong = wrapping.filter(({ text }) => count(text, /\bwrapMethod\(/g) > count(text, /\.isUndone\b/g))
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('uses the timers and clocks of load time, not the globals, which tests of applications replace', () => {
    const global = /(?<![\w.#'"])(set(Timeout|Interval|Immediate)|clear(Timeout|Interval|Immediate))\(/
    const moving = /(?<!#)\b(performance|timers)\.\w+\(|\bDate\.now\b|\bnew Date\(\)|node:timers/
    const wrong = sources.filter(({ path, text }) => {
      if (/(^|\/)real-(timers|clocks)\.ts$/.test(path)) return false
      // Compares with a time that the MCP SDK has read from the global clock.
      if (path === 'mcp/request-timeout.ts') return false
      const code = text.replaceAll(/\/\*\*[\s\S]*?\*\/|\/\/.*/g, '')
      return (
        moving.test(code) ||
        (global.test(code) && !/real-timers\.ts'|@vr\/otel-metrics\/internal'/.test(code))
      )
    })
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('has at most 300 lines in a file that is not generated', () => {
    const written = sources.filter(({ text }) => !text.startsWith('// Generated'))
    const long = written.filter(({ text }) => text.split('\n').length > 300)
    expect(long.map(({ name }) => name)).toEqual([])
  })

  it('never writes to stdout, and to stderr only by functions that survive a broken one', () => {
    const writes = /process\.std(err|out)\.write|\bconsole\.\w+\(/
    const wrong = sources.filter(({ text }) => writes.test(text.replaceAll(/^ *\* .*$/gm, ''))) // without examples
    expect(wrong.map(({ name }) => name)).toEqual([])
  })

  it('documents every exported name', () => {
    const wrong = sources.flatMap(({ name, text }) =>
      undocumentedExports(text).map((exported) => `${name}: ${exported}`),
    )
    expect(wrong).toEqual([])
  })

  it('documents every member of the types that entry points export', () => {
    const entryPoints = sources.filter(({ path }) => path === 'index.ts' || path === 'adapters.ts')
    expect(entryPoints.length).toBe(5)
    const exported = entryPoints.flatMap(exportsOf)
    expect(exported.length).toBeGreaterThan(100)
    const wrong = exported.flatMap(({ name, source }) =>
      undocumentedMembers(source.text)
        .filter((member) => member.startsWith(`${name}.`))
        .map((member) => `${source.name}: ${member}`),
    )
    expect(wrong).toEqual([])
  })
})

/** Returns the names that an entry point exports from files of its package. */
function exportsOf({ pkg, text }: SourceFile): { readonly name: string; readonly source: SourceFile }[] {
  return [...text.matchAll(/^export (?:type )?\{([^}]*)\} from '\.\/(.*)'$/gm)].flatMap(([, names, path]) => {
    const source = sources.find((file) => file.pkg === pkg && file.path === path) as SourceFile
    return [...(names as string).matchAll(/(?:^|,)\s*(?:type )?(\w+)/g)].map(([, name]) => ({
      name: name as string,
      source,
    }))
  })
}
