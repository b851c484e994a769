import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** The result of a program and its output. */
export interface Ended {
  /** Exit code; `null` if a signal ended it. */
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Folder and environment of a program. It inherits the environment of this process without the variables of npm and Node. */
export interface Where {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
}

/**
 * Time limit of a program. After it, the program is killed and its check fails. It is long enough to download Node or the
 * dependencies of a project over a slow network while other checks compile.
 */
const DEADLINE_MS = 300_000

const running = new Set<ChildProcessWithoutNullStreams>()

// Also ends the programs of an interrupted test run.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

/** Runs a program to its end. */
export function run(file: string, args: readonly string[], where: Where): Promise<Ended> {
  return new Program(file, args, where).ended
}

/** Runs a program to its end; throws with its output unless its exit code is 0. */
export async function runWell(file: string, args: readonly string[], where: Where): Promise<string> {
  const { code, stdout, stderr } = await run(file, args, where)
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')}\nexit code ${code}\n${stdout}\n${stderr}`)
  return stdout
}

/** Starts a server that prints its port as the first line of stdout, calls `use`, and stops the server afterwards. */
export async function withServer(
  node: string,
  args: readonly string[],
  where: Where,
  use: (origin: string) => Promise<void>,
): Promise<Ended> {
  const server = new Program(node, args, where)
  try {
    await use(`http://127.0.0.1:${await server.firstLine}`)
  } catch (error) {
    server.stop()
    const { stderr } = await server.ended
    throw new Error(`${error instanceof Error ? error.message : error}\nstderr of the server:\n${stderr}`)
  }
  server.stop()
  return server.ended
}

class Program {
  readonly ended: Promise<Ended>
  /** First line of stdout; rejects if the program ends without one. */
  readonly firstLine: Promise<string>
  readonly #child: ChildProcessWithoutNullStreams

  constructor(file: string, args: readonly string[], { cwd, env }: Where) {
    const child = spawn(file, args, { cwd, env: { ...cleanEnvironment(), ...env } })
    running.add(child)
    const deadline = setTimeout(() => child.kill('SIGKILL'), DEADLINE_MS)
    this.#child = child
    const output = { stdout: '', stderr: '' }
    const line = Promise.withResolvers<string>()
    child.stdin.end()
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output.stdout += text
      const end = output.stdout.indexOf('\n')
      if (end >= 0) line.resolve(output.stdout.slice(0, end))
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      output.stderr += text
    })
    const ended = Promise.withResolvers<Ended>()
    child.on('error', ended.reject)
    child.on('close', (code) => {
      clearTimeout(deadline)
      running.delete(child)
      line.reject(new Error(`the program exited with code ${code} before it printed its port`))
      ended.resolve({ code, ...output })
    })
    this.ended = ended.promise
    this.firstLine = line.promise
    // A caller may wait for only one of them.
    this.ended.catch(() => {})
    this.firstLine.catch(() => {})
  }

  stop(): void {
    this.#child.kill('SIGTERM')
  }
}

/**
 * The environment without the variables of `npm run` (with them npm would use the repository as its project), of this
 * product and of Node. The configuration of npm is kept.
 */
function cleanEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !OMITTED.test(name)))
}

const OMITTED =
  /^(npm_(package|lifecycle)_.*|npm_config_local_prefix|npm_command|npm_execpath|npm_node_execpath|INIT_CWD|NODE|NODE_(OPTIONS|PATH|ENV|V8_COVERAGE)|(VR|OTEL)_.*|FORCE_COLOR)$/
