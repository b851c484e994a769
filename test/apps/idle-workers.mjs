// Cluster workers without a server, each with a worker thread.
import cluster from 'node:cluster'
import { isMainThread, Worker } from 'node:worker_threads'

if (isMainThread && cluster.isPrimary) {
  for (let i = 0; i < 2; i++) cluster.fork().on('exit', () => console.log('a worker has ended'))
} else if (isMainThread) {
  new Worker(new URL(import.meta.url)).on('exit', () => cluster.worker.disconnect())
}
