/** Exports for `@vr/otel` only: the metrics of several processes as one; may change in any version. */

export { acceptRelayed } from './cluster/accept-relayed.ts'
export { Aggregator, type Connection } from './cluster/aggregator.ts'
export type { AggregatorOptions, MergeStore } from './cluster/aggregator-options.ts'
export type { AggregatorStats } from './cluster/aggregator-stats.ts'
export type { Channel, ChannelHandlers } from './cluster/channel.ts'
export type { RefusalReason } from './cluster/codec.ts'
export type { MemberReadiness, Refused, SharedReadiness, Welcome } from './cluster/control-messages.ts'
export type { GaugeMerge } from './cluster/gauge-merge.ts'
export { acceptChild, connectToParent } from './cluster/ipc-channel.ts'
export { IPC_COMMAND } from './cluster/ipc-message.ts'
export { Member } from './cluster/member.ts'
export { createMemberKey } from './cluster/member-key.ts'
export type { MemberOptions } from './cluster/member-options.ts'
export { MergedMetrics, type MergedMetricsOptions, type StateChanges } from './cluster/merged-metrics.ts'
export {
  MAX_MESSAGE_BYTES,
  type MetricIdentity,
  PROTOCOL_VERSION,
  type Push,
  type WireExemplar,
  type WireExponential,
  type WireNumber,
} from './cluster/messages.ts'
export { PushEncoder, type PushEncoderOptions } from './cluster/push-encoder.ts'
export { RelayChannel } from './cluster/relay-channel.ts'
export { applyOwnChanges } from './cluster/replication/apply-own-changes.ts'
export { holdValues } from './cluster/replication/hold-values.ts'
export { ReplicatedStore } from './cluster/replication/replicated-store.ts'
export { SharedStore, type SharedStoreOptions } from './cluster/shared-store.ts'
export { MAX_DIRECTORY_BYTES } from './cluster/socket/socket-directory.ts'
export { type GroupAggregator, SocketGroup, type SocketGroupOptions } from './cluster/socket/socket-group.ts'
export {
  connectToStarter,
  connectToThread,
  type ThreadChannel,
  type ThreadEvents,
} from './cluster/thread-channel.ts'
export { ChangeTracker } from './collect/change-tracker.ts'
