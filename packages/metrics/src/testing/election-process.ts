/** Participates in an election when it receives a line on stdin; writes each change of its role, with a monotonic time, to stdout. */
import { once } from 'node:events'
import { processClock } from '../clock.ts'
import { Election } from '../cluster/socket/election.ts'

const [directory = '', hasCopy] = process.argv.slice(2)
const write = (line: string): void => console.log(`${line} ${process.hrtime.bigint()}`)
let connections = 0

const election = new Election(
  directory,
  {
    onElected: () => write('elected'),
    onDeposed: () => write('deposed'),
    onAggregator: (channel) => {
      channel.open({ onMessage: (pid) => write(`member of ${pid}`), onClose: () => write('lost') })
      channel.send('hello')
    },
    onConnection: (channel) => {
      channel.open({
        onMessage: () => {
          connections += 1
          write(`connections ${connections}`)
          channel.send(String(process.pid))
        },
        onClose: () => {},
      })
    },
    onDisconnection: () => {},
    onProblem: (reason) => write(`problem: ${reason}`),
    hasCopy: () => hasCopy === 'copy',
  },
  processClock,
)
write('ready')
await once(process.stdin, 'data')
election.start()
