import protobuf from 'protobufjs'

const { root } = protobuf.parse(`
  syntax = "proto3";
  message Status { int32 code = 1; string message = 2; repeated Any details = 3; }
  message Any { string type_url = 1; bytes value = 2; }
  message RetryInfo { Duration retry_delay = 1; }
  message Duration { int64 seconds = 1; int32 nanos = 2; }
`)

/** Encodes a `google.rpc.Status` with a `RetryInfo` among its details, by protobufjs. */
export function statusWithRetryInfo(seconds: number, nanos: number): Buffer {
  const encode = (name: string, message: object): Uint8Array => {
    const type = root.lookupType(name)
    return type.encode(type.fromObject(message)).finish()
  }
  const value = encode('RetryInfo', { retryDelay: { seconds, nanos } })
  const details = [
    { typeUrl: 'type.googleapis.com/google.rpc.Help', value: Buffer.from('x') },
    { typeUrl: 'type.googleapis.com/google.rpc.RetryInfo', value },
  ]
  return Buffer.from(encode('Status', { code: 8, message: 'busy', details }))
}
