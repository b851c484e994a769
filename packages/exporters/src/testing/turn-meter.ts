import type net from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** Turns in which sockets take nothing, after which they take nothing more by themselves. */
const QUIET_TURNS = 100

/** Counts what a server does in each turn of the event loop. */
export class TurnMeter {
  /** Most bytes that all sockets together were handed in one turn. */
  most = 0
  /** Most bytes that sockets had been handed and the operating system had not taken. */
  mostInFlight = 0
  #quietTurns = 0
  #isStopped = false
  readonly #sockets = new Map<net.Socket, number>()

  constructor(server: net.Server) {
    server.on('connection', (socket) => this.#sockets.set(socket, 0))
    void this.#run()
  }

  stop(): void {
    this.#isStopped = true
  }

  /** Settles when the clients' sockets are full, of those that do not read. */
  async quiet(): Promise<void> {
    this.#quietTurns = 0
    while (this.#quietTurns < QUIET_TURNS) await setImmediate()
  }

  async #run(): Promise<void> {
    let inFlight = 0
    while (!this.#isStopped) {
      const before = inFlight
      let inTurn = 0
      inFlight = 0
      for (const [socket, handed] of this.#sockets) {
        const { bytesWritten, writableLength } = socket
        inTurn += bytesWritten - handed
        inFlight += writableLength
        this.#sockets.set(socket, bytesWritten)
      }
      this.most = Math.max(this.most, inTurn)
      this.mostInFlight = Math.max(this.mostInFlight, inFlight)
      this.#quietTurns = inTurn === 0 && inFlight === before ? this.#quietTurns + 1 : 0
      await setImmediate()
    }
  }
}
