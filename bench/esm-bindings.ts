/**
 * Loaded after an instrumentation of `node:http`, which patches what is required: an ES module has its own bindings of
 * the module, and would go on unmeasured.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'

const require = createRequire(import.meta.url)

require('node:http')
require('node:https')
syncBuiltinESMExports()
