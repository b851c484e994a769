// Loaded first: records every module that is loaded after it.
import { registerHooks } from 'node:module'

globalThis.loadedFiles = []
registerHooks({
  load(url, context, next) {
    globalThis.loadedFiles.push(url)
    return next(url, context)
  },
})
