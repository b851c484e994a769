/** Node options that start an application with telemetry. */
export interface Start {
  readonly flag: '--import' | '--require'
  readonly file: string
}

/** ES modules and CommonJS with every flag that supports them: `--require` is for CommonJS only. */
export function startsOf(name: string): readonly Start[] {
  return [
    { flag: '--import', file: `${name}.mjs` },
    { flag: '--import', file: `${name}.cjs` },
    { flag: '--require', file: `${name}.cjs` },
  ]
}

/** The command line, for the name of a check. */
export function typed({ flag, file }: Start): string {
  return `node ${flag} @vr/otel/register ${file}`
}
