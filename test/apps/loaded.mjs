// Answers with every file and built-in module that the process has loaded, and the built-in modules before it listens. An ES import of node:http would load TLS, because
// it reads every property of the module.
const builtinsBefore = [...process.moduleLoadList]
const { createServer } = process.getBuiltinModule('node:http')

const server = createServer((_request, response) => {
  response.end(
    JSON.stringify({ files: globalThis.loadedFiles, builtins: process.moduleLoadList, builtinsBefore }),
  )
})
server.listen(0, '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}`))
