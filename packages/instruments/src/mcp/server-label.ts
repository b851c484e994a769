import { LAUNCHERS, type Launcher } from './launchers.ts'

/** Label of a transport that has neither a URL nor a command. */
export const UNKNOWN_SERVER = 'unknown'

/**
 * Returns the label of an MCP server that a command starts: the base name of the command or, behind a launcher such as `npx`,
 * `uvx`, `python -m` or `docker run`, the base name of its first package or script, without its version. Contains no other
 * arguments and no environment variables, since these may be secrets.
 */
export function labelOfCommand(command: string, args: readonly string[]): string {
  const name = baseName(command).replace(/\.(?:exe|cmd|bat|ps1)$/i, '')
  const launcher = LAUNCHERS.get(name) ?? LAUNCHERS.get(name.replace(/[\d.]+$/, ''))
  const target = launcher && targetOf(launcher, args)
  return (target && labelOfTarget(target)) || name || UNKNOWN_SERVER
}

/** Returns the label of an MCP server that is reached by a URL: its host, with the port if it is not the default. */
export function labelOfUrl(url: URL): string {
  return url.host || UNKNOWN_SERVER
}

/** Returns the argument that names the package, the image or the script; `undefined` if none does. */
function targetOf(launcher: Launcher, args: readonly string[]): string | undefined {
  const rest = withoutCommand(launcher, args)
  for (let at = 0; at < rest.length; at++) {
    const argument = rest[at] as string
    if (argument === '--') return rest[at + 1]
    if (!argument.startsWith('-') || argument === '-') {
      if (launcher.inline?.includes(argument)) return undefined
      if (!isAssignment(argument)) return argument
      continue
    }
    const equals = argument.indexOf('=')
    const option = equals < 0 ? argument : argument.slice(0, equals)
    if (launcher.inline?.includes(option)) return undefined
    if (launcher.naming?.includes(option)) return equals < 0 ? rest[at + 1] : argument.slice(equals + 1)
    if (equals < 0 && launcher.withValue.includes(option)) at++
  }
  return undefined
}

/** Skips the words of the launcher's own command, such as `run`. Options before them have no value. */
function withoutCommand({ commands = [] }: Launcher, args: readonly string[]): readonly string[] {
  const start = args.findIndex((argument) => !argument.startsWith('-'))
  const words = start < 0 ? [] : args.slice(start)
  const found = commands.find((command) => command.every((word, at) => words[at] === word))
  return found === undefined ? args : words.slice(found.length)
}

/** Whether an argument has the form `KEY=value`: the value of an option that is not known here. */
function isAssignment(argument: string): boolean {
  return /^\w+=(?!=)/.test(argument)
}

function labelOfTarget(target: string): string {
  const path = target
    .replace(/^(?:[a-z+]+:\/\/(?:[^/@]*@)?|(?:npm|jsr):)/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
  return baseName(path)
    .replace(/(?<=.)@.*$/s, '')
    .replace(/(?:[[=<>!~;\s]|:[^\\/]*$).*$/s, '')
    .replace(/\.git$/, '')
}

function baseName(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)
}
