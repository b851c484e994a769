import { isObject } from './codec.ts'

/**
 * Tag of our messages on the IPC channel of a child process. Node emits messages whose `cmd` starts with `NODE_` as
 * `internalMessage`, so that no `message` listener of the application receives them, and ignores commands that it does not know.
 */
export const IPC_COMMAND = 'NODE_VR_OTEL'

/** A message of ours on an IPC channel. */
export interface IpcMessage {
  readonly cmd: typeof IPC_COMMAND
  readonly text: string
}

/** Returns a text as a message for an IPC channel. */
export const toIpcMessage = (text: string): IpcMessage => ({ cmd: IPC_COMMAND, text })

/** Whether an `internalMessage` is one of ours. Other libraries and Node itself send them too. */
export const isIpcMessage = (message: unknown): message is { readonly cmd: string; readonly text: unknown } =>
  isObject(message) && message['cmd'] === IPC_COMMAND
