import { tokensOf } from './source-tokens.ts'

const MODIFIERS = new Set(['abstract', 'async', 'declare', 'get', 'override', 'readonly', 'set', 'static'])

/**
 * Returns the members without a documentation comment of the exported classes and object types of TypeScript source, as
 * `Type.member`. Constructors and private members need none. One documented overload or accessor documents the others. Needs
 * formatted source: members are indented by two spaces, top-level declarations by none.
 */
export function undocumentedMembers(source: string): string[] {
  const tokens = tokensOf(source)
  const documented = new Map<string, boolean>()
  let type: string | undefined
  tokens.forEach((token, i) => {
    const indentation = source.slice(source.lastIndexOf('\n', token.start - 1) + 1, token.start)
    if (indentation === '' && token.type === 'name') type = exportedTypeAt(source, token.start)
    if (type === undefined || indentation !== '  ' || token.type !== 'name') return
    let at = i
    while (MODIFIERS.has(tokens[at]?.text ?? '') && tokens[at + 1]?.type === 'name') at += 1
    const name = tokens[at]?.text ?? ''
    if (name === 'constructor' || name.startsWith('#') || token.text === 'private') return
    const member = `${type}.${name}`
    documented.set(member, documented.get(member) === true || token.doc !== undefined)
  })
  return [...documented].filter(([, is]) => !is).map(([member]) => member)
}

/** The name of the class or object type that is declared and exported at an offset. */
function exportedTypeAt(source: string, start: number): string | undefined {
  const declaration =
    /export (?:abstract )?(?:class|interface) (\w+)|export type (\w+)(?:<[^=\n]*>)? = [^\n]*\{$/my
  declaration.lastIndex = start
  const [, declared, alias] = declaration.exec(source) ?? []
  return declared ?? alias
}
