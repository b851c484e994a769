import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Runs a full garbage collection. Works without `--expose-gc`. */
export const collectGarbage: () => void = runInNewContext('gc')
