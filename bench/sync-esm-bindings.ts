/**
 * Preloaded after an instrumentation that patches the CommonJS exports of `node:http`. Updates the bindings of ES
 * modules, so that the instrumentation applies to them too.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'

const require = createRequire(import.meta.url)

require('node:http')
require('node:https')
syncBuiltinESMExports()
