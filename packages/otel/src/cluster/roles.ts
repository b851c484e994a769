/** The code that only processes load that share their metrics; see `load-roles.ts`. */
export {
  acceptChild,
  connectToParent,
  connectToStarter,
  connectToThread,
  createMemberKey,
  RelayChannel,
  SocketGroup,
} from '@vr/otel-metrics/cluster'
export { AggregatorRole } from './aggregator-role.ts'
export { MemberRole } from './member-role.ts'
export { trackOwnChanges } from './own-changes.ts'
