// Answers with the scripts that `record-scripts.mjs` has recorded.
import { createServer } from 'node:http'

const server = createServer((_request, response) => response.end(JSON.stringify(globalThis.scripts)))
server.listen(0, '127.0.0.1', () => console.log(server.address().port))
