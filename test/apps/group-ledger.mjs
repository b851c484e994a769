// A process of a group, with its own port, which it reports to its parent.
import { runWorker } from './ledger-worker.mjs'

const server = runWorker()
server.once('listening', () => process.send({ port: server.address().port }))
process.once('disconnect', () => process.exit())
