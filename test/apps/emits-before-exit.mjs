// Emits `beforeExit` itself in several ways. At the first two real ones it sends itself another request.
import { createServer } from 'node:http'

const print = (text) => console.log(text)
const WRAPPERS = {
  none() {},
  function() {
    const { emit } = process
    process.emit = function wrapper(...args) {
      return Reflect.apply(emit, this, args)
    }
  },
  async 'signal-exit'() {
    const { onExit } = await import('signal-exit')
    onExit((code) => print(`exit: ${code}`))
  },
}
await WRAPPERS[process.env.WRAPPER ?? 'none']()

let requests = 0
const serve = () => {
  const server = createServer((_request, response) => response.end('ok'))
  server.listen(0, '127.0.0.1', async () => {
    const url = `http://127.0.0.1:${server.address().port}`
    await (await fetch(url, { headers: { connection: 'close' } })).text()
    requests += 1
    server.close()
  })
}

process.on('beforeExit', (code) => {
  print(`beforeExit: ${code}, after ${requests} requests`)
  if (code === 0 && requests < 3) serve()
})
const emit = (code) => print(process.emit('beforeExit', code))

emit(1)
await null
emit(2)
process.nextTick(emit, 3)
setTimeout(emit, 0, 4)
setImmediate(process.emit.bind(process), 'beforeExit', 5)
queueMicrotask(() => emit(6))

serve()
