import { type Token, tokensOf } from './source-tokens.ts'

const MODIFIERS = new Set(['abstract', 'async', 'declare', 'default'])
const DECLARATIONS = new Set(['class', 'function', 'interface', 'type', 'const', 'let', 'enum'])

/**
 * Returns the names that TypeScript source declares and exports without a documentation comment. One documented overload
 * documents a function.
 */
export function undocumentedExports(source: string): string[] {
  const tokens = tokensOf(source)
  const documented = new Map<string, boolean>()
  tokens.forEach((token, i) => {
    if (!isName(token, 'export')) return
    const declared = declarationAfter(tokens, i)
    if (declared === undefined) return
    documented.set(declared, documented.get(declared) === true || token.doc !== undefined)
  })
  return [...documented].filter(([, is]) => !is).map(([name]) => name)
}

/** The name that is declared after `export`; `undefined` for a list of exports or a re-export. */
function declarationAfter(tokens: readonly Token[], i: number): string | undefined {
  let at = i + 1
  while (MODIFIERS.has(tokens[at]?.text ?? '')) at += 1
  if (!DECLARATIONS.has(tokens[at]?.text ?? '')) return undefined
  const name = tokens[at + 1]
  return name?.type === 'name' ? name.text : undefined
}

const isName = (token: Token | undefined, text: string): boolean =>
  token?.type === 'name' && token.text === text
