import { createHash } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Settings } from '../config/settings.ts'

/** Longest path of a directory for sockets, in bytes; see `prepareDirectory` of the package `metrics`. */
const MAX_BYTES = 92

/** The variables of a process that PM2 has started. */
interface Pm2Environment {
  readonly PM2_HOME?: string
  readonly pm_id?: string
  readonly name?: string
  readonly namespace?: string
}

/**
 * Returns the directory of the sockets over which this process shares its metrics: that of `VR_CLUSTER_SOCKET`, or under PM2 that of
 * the application; `undefined` if there is none.
 * @param isPlainChild whether the process that started this one runs this package, and is no primary of it: then PM2 has started
 * that process, and this one has inherited its variables
 */
export function socketDirectory(
  { clusterSocket }: Pick<Settings, 'clusterSocket'>,
  env: NodeJS.ProcessEnv,
  isPlainChild: boolean,
): string | undefined {
  return clusterSocket ?? (isPlainChild ? undefined : pm2Directory(env))
}

/** Returns a directory in `PM2_HOME` that the processes of one application have in common, and no others. */
function pm2Directory({ PM2_HOME: home, pm_id: id, name, namespace }: Pm2Environment): string | undefined {
  if (!home?.startsWith('/') || !id || !name) return undefined
  const isDefault = namespace === undefined || namespace === 'default'
  const isPlain = isDefault && /^[\w-][\w.-]{0,31}$/.test(name)
  const directory = join(home, `vr-otel-${isPlain ? name : hash(namespace, name)}`)
  if (Buffer.byteLength(directory) <= MAX_BYTES) return directory
  return join(tmpdir(), `vr-otel-${hash(home, namespace, name)}`)
}

const hash = (...parts: readonly (string | undefined)[]): string =>
  createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 16)
