/** A way to start an application with the flag. */
export interface Start {
  readonly flag: '--import' | '--require'
  readonly file: string
}

/** Both kinds of applications under every flag that can start them: `--require` is CommonJS's only. */
export function startsOf(name: string): readonly Start[] {
  return [
    { flag: '--import', file: `${name}.mjs` },
    { flag: '--import', file: `${name}.cjs` },
    { flag: '--require', file: `${name}.cjs` },
  ]
}

/** The start as a person would type it, for the name of a check. */
export function typed({ flag, file }: Start): string {
  return `node ${flag} @vr/otel/register ${file}`
}
