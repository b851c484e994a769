import type net from 'node:net'
import { setImmediate } from 'node:timers/promises'

/** Turns of the event loop without progress after which sockets are full. */
const QUIET_TURNS = 100

/** Measures the writes of a server in each turn of the event loop. */
export class TurnMeter {
  /** Maximum number of bytes written to all sockets in one turn. */
  most = 0
  /** Maximum number of bytes written to sockets and not taken by the operating system. */
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

  /** Resolves when the sockets of clients that do not read are full. */
  async quiet(): Promise<void> {
    this.#quietTurns = 0
    while (this.#quietTurns < QUIET_TURNS) await setImmediate()
  }

  async #run(): Promise<void> {
    let inFlight = 0
    while (!this.#isStopped) {
      const inFlightBefore = inFlight
      let inTurn = 0
      inFlight = 0
      for (const [socket, before] of this.#sockets) {
        const { bytesWritten, writableLength } = socket
        inTurn += bytesWritten - before
        inFlight += writableLength
        this.#sockets.set(socket, bytesWritten)
      }
      this.most = Math.max(this.most, inTurn)
      this.mostInFlight = Math.max(this.mostInFlight, inFlight)
      this.#quietTurns = inTurn === 0 && inFlight === inFlightBefore ? this.#quietTurns + 1 : 0
      await setImmediate()
    }
  }
}
