// A cluster whose workers write what they have counted into a ledger. The primary replaces every worker that ends. It reports workers
// to its parent over IPC, and passes on the parent's requests to end one.
import cluster from 'node:cluster'
import { runWorker } from './ledger-worker.mjs'

if (cluster.isPrimary) runPrimary()
else runWorker()

function runPrimary() {
  let started = 0
  const fork = () => {
    const number = started++
    const worker = cluster.fork({ WORKER: String(number) })
    const report = (event) => process.connected && process.send({ event, number, pid: worker.process.pid })
    let hasListened = false
    worker.once('listening', () => {
      hasListened = true
      report('listening')
    })
    worker.once('exit', () => {
      if (!hasListened) process.exit(1)
      report('exit')
      if (process.connected) fork()
    })
  }
  for (let n = 0; n < Number(process.env.WORKERS); n++) fork()
  process.on('message', ({ pid, how }) => {
    const worker = Object.values(cluster.workers).find((each) => each.process.pid === pid)
    worker?.send({ how })
  })
  process.once('disconnect', () => process.exit())
}
