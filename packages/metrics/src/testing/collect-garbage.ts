import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')
// Otherwise another thread frees the collected buffers, some time after the collection if the processors are busy.
setFlagsFromString('--no-concurrent-array-buffer-sweeping')

/** Runs a full garbage collection. Works without `--expose-gc`. */
export const collectGarbage: () => void = runInNewContext('gc')
