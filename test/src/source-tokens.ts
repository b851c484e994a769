/** One token of TypeScript source; comments and white space are not tokens. */
export interface Token {
  /** `name`: an identifier or keyword; `template`: one literal part of a template. */
  readonly type: 'name' | 'string' | 'template' | 'number' | 'regex' | 'punctuator'
  /** The value of a string without quotes; the source text of any other token. */
  readonly text: string
  /** Offset of its first character. */
  readonly start: number
  /** The comment directly before it, if that is a documentation comment. */
  readonly doc?: string
}

const WHITE_SPACE = /\s+/y
const LINE_COMMENT = /\/\/[^\n]*/y
const BLOCK_COMMENT = /\/\*[\s\S]*?\*\//y
const NAME = /#?[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*/uy
const NUMBER = /\.?\d(?:[eE][+-]|[\w.])*/y
const STRING = /'((?:[^'\\\n]|\\[\s\S])*)'|"((?:[^"\\\n]|\\[\s\S])*)"/y
const REGEX = /\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y
const TEMPLATE_PART = /(?:[^`\\$]|\\[\s\S]|\$(?!\{))*/y
const PUNCTUATOR = /=>|\?\.(?!\d)|\.\.\.|[^\s\w]/y

/** After one of these names `/` begins a regular expression, after any other it divides. */
const BEFORE_EXPRESSION = new Set(
  'await case delete do else in instanceof new of return throw typeof void yield'.split(' '),
)

/** Returns the tokens of TypeScript source in their order, those inside the placeholders of templates included. */
export function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  /** For each template that is open, how many braces are open in its current placeholder. */
  const templates: number[] = []
  let position = 0
  let doc: string | undefined

  const match = (pattern: RegExp): RegExpExecArray | undefined => {
    pattern.lastIndex = position
    return pattern.exec(source) ?? undefined
  }
  const push = (type: Token['type'], text: string, length: number): void => {
    tokens.push({ type, text, start: position, ...(doc !== undefined && { doc }) })
    doc = undefined
    position += length
  }
  const templatePart = (): void => {
    position += 1 // the back-tick, or the brace that ends a placeholder
    const part = match(TEMPLATE_PART)?.[0] ?? ''
    push('template', part, part.length)
    if (source.startsWith('${', position)) {
      templates.push(0)
      position += 2
    } else position += 1
  }

  while (position < source.length) {
    const space = match(WHITE_SPACE) ?? match(LINE_COMMENT)
    const comment = match(BLOCK_COMMENT)
    const open = templates.at(-1)
    if (space !== undefined) position += space[0].length
    else if (comment !== undefined) {
      if (comment[0].startsWith('/**')) doc = comment[0]
      position += comment[0].length
    } else if (source[position] === '`') templatePart()
    else if (source[position] === '}' && open === 0) {
      templates.pop()
      templatePart()
    } else {
      const [type, found] = plainToken(match, beginsExpression(tokens.at(-1)))
      if (found[0] === '{' && open !== undefined) templates[templates.length - 1] = open + 1
      if (found[0] === '}' && open !== undefined) templates[templates.length - 1] = open - 1
      push(type, found[1] ?? found[2] ?? found[0], found[0].length)
    }
  }
  return tokens
}

function plainToken(
  match: (pattern: RegExp) => RegExpExecArray | undefined,
  mayBeRegex: boolean,
): [Token['type'], RegExpExecArray] {
  const regex = mayBeRegex ? match(REGEX) : undefined
  if (regex !== undefined) return ['regex', regex]
  for (const [type, pattern] of [
    ['name', NAME],
    ['number', NUMBER],
    ['string', STRING],
    ['punctuator', PUNCTUATOR],
  ] as const) {
    const found = match(pattern)
    if (found !== undefined) return [type, found]
  }
  throw new Error('the source has a character that begins no token')
}

function beginsExpression(previous: Token | undefined): boolean {
  if (previous === undefined) return true
  if (previous.type === 'name') return BEFORE_EXPRESSION.has(previous.text)
  return previous.type === 'punctuator' && ![')', ']'].includes(previous.text)
}
