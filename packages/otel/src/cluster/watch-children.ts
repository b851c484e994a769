import type { ChildProcess } from 'node:child_process'
import { guardVoid, subscribeAll } from '@vr/otel-instruments/internal'

/** The command of the messages of this package on an IPC channel; Node does not pass it to the application. */
const COMMAND = 'NODE_VR_OTEL'

/**
 * Calls `onMember` with each child that sends its first message of this package. Until then a child costs one listener, and
 * nothing is loaded: neither `node:cluster` nor `node:child_process`.
 * @param onMember receives the child and its message
 * @returns stops it
 */
export function watchChildren(onMember: (child: ChildProcess, message: unknown) => void): () => void {
  let isActive = true
  const unsubscribe = subscribeAll({
    child_process: ({ process: child }: { readonly process: ChildProcess }) => {
      const onMessage = guardVoid('child_process', (message: unknown): void => {
        if (!isOurs(message)) return
        child.off('internalMessage', onMessage)
        if (isActive) onMember(child, message)
      })
      child.on('internalMessage', onMessage)
    },
  })
  return () => {
    isActive = false
    unsubscribe()
  }
}

function isOurs(message: unknown): boolean {
  return typeof message === 'object' && message !== null && 'cmd' in message && message.cmd === COMMAND
}
