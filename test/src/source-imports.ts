import { type Token, tokensOf } from './source-tokens.ts'

/** One import of a module. */
export interface Import {
  /**
   * `value`: an import or export declaration; `type`: one that is erased when compiled; `dynamic`: `import(…)`, of a value
   * or of a type; `require`: `require(…)` or a function that `createRequire` returned; `builtin`: `getBuiltinModule(…)`.
   */
  readonly form: 'value' | 'type' | 'dynamic' | 'require' | 'builtin'
  /** `undefined`: not a string literal. */
  readonly specifier: string | undefined
}

/** Returns every import in TypeScript source, in the order of the text. */
export function importsOf(source: string): Import[] {
  const tokens = tokensOf(source)
  const loaders = requireNames(tokens)
  return tokens.flatMap((token, i) => {
    if (token.type !== 'name') return []
    const found = declarationAt(tokens, i) ?? callAt(tokens, i, loaders)
    return found === undefined ? [] : [found]
  })
}

const is = (token: Token | undefined, text: string): boolean =>
  token !== undefined && token.type !== 'string' && token.type !== 'template' && token.text === text

/** Names to which the source assigns a function that `createRequire` returned. */
function requireNames(tokens: readonly Token[]): Set<string> {
  const names = new Set(['require'])
  tokens.forEach((token, i) => {
    if (token.type !== 'name' || !is(tokens[i + 1], '=')) return
    const call = tokens.findIndex((at, n) => n > i + 1 && at.type === 'name' && at.text === 'createRequire')
    // Only a path of names may stand between: `const load = module.createRequire(…)`.
    const between = tokens.slice(i + 2, call)
    if (call < 0 || between.some((at) => at.type !== 'name' && at.text !== '.')) return
    if (!is(tokens[endOfCall(tokens, call + 1) + 1], '(')) names.add(token.text)
  })
  return names
}

/** `import … from 'x'`, `import 'x'` or `export … from 'x'`. */
function declarationAt(tokens: readonly Token[], i: number): Import | undefined {
  const keyword = tokens[i]?.text
  if ((keyword !== 'import' && keyword !== 'export') || is(tokens[i - 1], '.')) return undefined
  let at = i + 1
  const isType = is(tokens[at], 'type') && !is(tokens[at + 1], 'from') && !is(tokens[at + 1], ',')
  if (isType) at += 1
  if (keyword === 'import' && tokens[at]?.type === 'string') {
    return { form: 'value', specifier: tokens[at]?.text }
  }
  if (keyword === 'export' && !is(tokens[at], '{') && !is(tokens[at], '*')) return undefined
  for (; at < tokens.length; at += 1) {
    const token = tokens[at] as Token
    if (is(token, 'from') && tokens[at + 1]?.type === 'string') {
      return { form: isType ? 'type' : 'value', specifier: tokens[at + 1]?.text }
    }
    const isClause = token.type === 'name' || token.type === 'string' || '{},*'.includes(token.text)
    if (!isClause || token.text === 'import' || token.text === 'export') return undefined
    if (is(token, '}') && !is(tokens[at + 1], 'from')) return undefined
  }
  return undefined
}

/** `import('x')`, `require('x')`, `createRequire(…)('x')`, `process.getBuiltinModule('x')`. */
function callAt(tokens: readonly Token[], i: number, loaders: ReadonlySet<string>): Import | undefined {
  const token = tokens[i] as Token
  const isMember = is(tokens[i - 1], '.') || is(tokens[i - 1], '?.')
  let open = is(tokens[i + 1], '?.') ? i + 2 : i + 1
  if (!is(tokens[open], '(') || is(tokens[i - 1], 'function')) return undefined
  if (token.text === 'createRequire') {
    open = endOfCall(tokens, open) + 1
    return is(tokens[open], '(') ? { form: 'require', specifier: argumentAt(tokens, open) } : undefined
  }
  if (token.text === 'getBuiltinModule') return { form: 'builtin', specifier: argumentAt(tokens, open) }
  if (isMember) return undefined
  if (token.text === 'import') return { form: 'dynamic', specifier: argumentAt(tokens, open) }
  return loaders.has(token.text) ? { form: 'require', specifier: argumentAt(tokens, open) } : undefined
}

/** The argument after the bracket at `open`, if it is a single string literal. */
function argumentAt(tokens: readonly Token[], open: number): string | undefined {
  const [argument, after, last] = tokens.slice(open + 1, open + 4)
  const isLiteral = argument?.type === 'string' || argument?.type === 'template'
  const isSingle = is(after, ')') || (is(after, ',') && is(last, ')'))
  return isLiteral && isSingle ? argument?.text : undefined
}

/** The index of the bracket that closes the one at `open`. */
function endOfCall(tokens: readonly Token[], open: number): number {
  let depth = 0
  for (let at = open; at < tokens.length; at += 1) {
    if (is(tokens[at], '(')) depth += 1
    if (is(tokens[at], ')')) depth -= 1
    if (depth === 0) return at
  }
  return tokens.length
}
