// A server on the port of PORT, which the processes of PM2 in cluster mode share.
import { createServer } from 'node:http'

createServer((_request, response) => response.end('ok')).listen(Number(process.env.PORT), '127.0.0.1')
