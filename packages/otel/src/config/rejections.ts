/** What was given and could not be used: one line each, though several settings may come from one variable. */
export class Rejections {
  readonly #used = new Map<string, Rejection>()

  /**
   * @param variable what was given
   * @param complaint what was given, and what was expected: `KEY: got "…", expected …`
   * @param key the setting that does not get its value from there
   * @param used what that setting has instead
   */
  add(variable: string, complaint: string, key: string, used: string): void {
    const rejection = this.#used.get(complaint) ?? { variable, used: new Map<string, string>() }
    rejection.used.set(key, used)
    this.#used.set(complaint, rejection)
  }

  /** @param counts whether what is said of a variable is wanted */
  lines(counts: (variable: string) => boolean = () => true): string[] {
    return [...this.#used]
      .filter(([, { variable }]) => counts(variable))
      .map(([complaint, { used }]) => `${complaint}, using ${instead(used)}`)
  }
}

interface Rejection {
  readonly variable: string
  /** What is used instead, by the key of each setting. */
  readonly used: Map<string, string>
}

function instead(used: ReadonlyMap<string, string>): string {
  const [only = ''] = used.values()
  return used.size === 1 ? only : [...used].map(([key, value]) => `${key}=${value}`).join(' ')
}
