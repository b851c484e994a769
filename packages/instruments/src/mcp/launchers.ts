/** How a program that starts other programs reads its arguments. */
export interface Launcher {
  /** Words before the package, image or script: `run` in `docker run`. The first list that matches is skipped. */
  readonly commands?: readonly (readonly string[])[]
  /** Options that are followed by a value in the next argument. All other options have no value or `=value`. */
  readonly withValue: readonly string[]
  /** Options whose value is the package, image, or module itself: `-m` of `python`, `-p` of `npx`. */
  readonly naming?: readonly string[]
  /** Options after which there is code instead of a file. */
  readonly inline?: readonly string[]
}

const NODE_OPTIONS_WITH_VALUE = [
  '-r',
  '--require',
  '--import',
  '--loader',
  '--experimental-loader',
  '-C',
  '--conditions',
  '--env-file',
  '--env-file-if-exists',
  '--title',
  '--watch-path',
  '--max-old-space-size',
]

const NODE: Launcher = {
  withValue: NODE_OPTIONS_WITH_VALUE,
  inline: ['-e', '--eval', '-p', '--print', '-pe'],
}

const NPM_EXEC: Launcher = {
  commands: [['exec'], ['x']],
  withValue: ['-w', '--workspace', '--registry', '--prefix', '--cache', '--userconfig', '--loglevel'],
  naming: ['-p', '--package'],
  inline: ['-c', '--call'],
}

const DLX: Launcher = {
  commands: [['dlx'], ['exec'], ['x']],
  withValue: ['-C', '--dir', '--registry', '--filter'],
  naming: ['-p', '--package'],
  inline: ['-c', '--shell-mode'],
}

const UV_OPTIONS_WITH_VALUE = [
  '--python',
  '--with',
  '--with-editable',
  '--with-requirements',
  '--directory',
  '--project',
  '--index',
  '--index-url',
  '-i',
  '--default-index',
  '--extra-index-url',
  '--env-file',
  '--refresh-package',
  '--extra',
  '--group',
  '-p',
  '-w',
  '-c',
  '--constraints',
  '--cache-dir',
]

const UVX: Launcher = { withValue: UV_OPTIONS_WITH_VALUE, naming: ['--from'] }

const PYTHON: Launcher = { withValue: ['-W', '-X'], naming: ['-m'], inline: ['-c'] }

const CONTAINER: Launcher = {
  commands: [['container', 'run'], ['run']],
  withValue: [
    '-e',
    '--env',
    '--env-file',
    '-v',
    '--volume',
    '--mount',
    '--name',
    '-p',
    '--publish',
    '-u',
    '--user',
    '-w',
    '--workdir',
    '--network',
    '--net',
    '-h',
    '--hostname',
    '-l',
    '--label',
    '--label-file',
    '-m',
    '--memory',
    '--cpus',
    '--platform',
    '--pull',
    '--entrypoint',
    '--add-host',
    '--dns',
    '--gpus',
    '--device',
    '--cap-add',
    '--cap-drop',
    '--security-opt',
    '--tmpfs',
    '--ulimit',
    '--restart',
    '--log-driver',
    '--log-opt',
    '--secret',
    '--shm-size',
    '--runtime',
    '--ipc',
    '--pid',
    '--userns',
    '--cidfile',
    '--stop-signal',
    '--stop-timeout',
    '-a',
    '--attach',
  ],
}

/** Launchers by the base name of their command, without `.exe` and `.cmd`. */
export const LAUNCHERS: ReadonlyMap<string, Launcher> = new Map([
  ['node', NODE],
  ['nodejs', NODE],
  ['tsx', { withValue: [...NODE_OPTIONS_WITH_VALUE, '--tsconfig'], inline: NODE.inline ?? [] }],
  ['ts-node', { withValue: ['-P', '--project', '-r', '--require'], inline: NODE.inline ?? [] }],
  ['npx', { ...NPM_EXEC, commands: [] }],
  ['npm', NPM_EXEC],
  ['pnpm', DLX],
  ['pnpx', { ...DLX, commands: [] }],
  ['yarn', DLX],
  ['bunx', { withValue: [], naming: ['-p', '--package'] }],
  ['bun', { ...NODE, commands: [['x'], ['run']] }],
  [
    'deno',
    {
      commands: [['run']],
      withValue: ['-c', '--config', '--import-map', '--lock', '--cert', '-L', '--log-level', '--env-file'],
      inline: ['eval'],
    },
  ],
  ['python', PYTHON],
  ['py', PYTHON],
  ['pypy', PYTHON],
  ['pipx', { commands: [['run']], withValue: ['--python', '--pip-args', '--index-url'], naming: ['--spec'] }],
  ['uvx', UVX],
  ['uv', { ...UVX, commands: [['tool', 'run'], ['run']], naming: ['--from', '-m', '--module'] }],
  ['docker', CONTAINER],
  ['podman', CONTAINER],
  ['nerdctl', CONTAINER],
])
