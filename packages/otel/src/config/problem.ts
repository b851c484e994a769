/** A setting whose given value is not used, or used only in part. Values are masked where they may hold credentials. */
export type Problem = InvalidValue | UnknownKey | OverriddenEndpoint

/** The value, or a part of it, is invalid. */
export interface InvalidValue {
  readonly type: 'invalid'
  /** The variable, or the key of the setting with `(in code)`. */
  readonly key: string
  readonly got: string
  /** Continues "expected …". */
  readonly expected: string
  /** The value that is used instead, for each setting that reads this key. */
  readonly using: readonly UsedValue[]
}

/** The value of a setting. */
export interface UsedValue {
  /** Key of the setting. */
  readonly setting: string
  readonly value: string
  /** The variable that the value comes from; `undefined` for a default. */
  readonly source?: string | undefined
}

/** A variable or option that does not exist. */
export interface UnknownKey {
  readonly type: 'unknown'
  /** The variable, or `option "…" of startOtel()`. */
  readonly key: string
  /** The key that was probably meant. */
  readonly suggestion: string | undefined
}

/** An endpoint in a standard variable that a setting of ours overrides. No error: it may be meant for another SDK. */
export interface OverriddenEndpoint {
  readonly type: 'overridden'
  readonly key: string
  readonly got: string
  /** Key of the setting that overrides it. */
  readonly by: string
  readonly using: readonly UsedValue[]
}

/** Returns one line: the problem, and the value that is used instead. */
export function formatProblem(problem: Problem): string {
  const { type, key } = problem
  switch (type) {
    case 'invalid':
      return `${key}: got "${problem.got}", expected ${problem.expected}, using ${formatUsed(problem.using)}`
    case 'unknown': {
      const { suggestion } = problem
      return `${key}: unknown setting, ignored${suggestion === undefined ? '' : `; did you mean ${suggestion}?`}`
    }
    case 'overridden':
      return `${key}: got "${problem.got}", ignored because ${problem.by} is set, using ${formatUsed(problem.using)}`
  }
}

function formatUsed(using: readonly UsedValue[]): string {
  const texts = using.map(({ value, source }) => (source === undefined ? value : `${value} from ${source}`))
  const [only = ''] = texts
  return texts.length === 1 ? only : using.map(({ setting }, i) => `${setting}=${texts[i]}`).join(' ')
}

/** Merges problems that differ only in the settings that read the value: one endpoint sets host, port and more. */
export function mergeInvalid(problems: readonly InvalidValue[]): InvalidValue[] {
  const merged = new Map<string, InvalidValue>()
  for (const problem of problems) {
    const id = JSON.stringify([problem.key, problem.got, problem.expected])
    const { using = [] } = merged.get(id) ?? {}
    const settings = new Map([...using, ...problem.using].map((used) => [used.setting, used]))
    merged.set(id, { ...problem, using: [...settings.values()] })
  }
  return [...merged.values()]
}
