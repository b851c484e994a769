import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Collects all garbage now, whatever flags the process was started with. */
export const collectGarbage: () => void = runInNewContext('gc')
