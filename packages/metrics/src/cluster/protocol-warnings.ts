import { logger } from '../logger.ts'
import type { Hello, Refused } from './control-messages.ts'
import { PROTOCOL_VERSION } from './messages.ts'

/**
 * Warns that a member has another version of the protocol, so that its metrics are missing.
 * @param version that of the package in this process, the aggregator
 */
export function warnOfMemberProtocol(member: Hello, version: string): void {
  logger.warn(
    `metrics of a process are missing: it has version ${member.version} of the package with protocol ${member.protocol}, this process version ${version} with protocol ${PROTOCOL_VERSION}; install one version of @vr/otel for all processes (reported once)`,
  )
}

/**
 * Warns that the aggregator has another version of the protocol, so that the metrics of this process are not shared.
 * @param version that of the package in this process, the member
 */
export function warnOfAggregatorProtocol(refused: Refused, version: string): void {
  logger.warn(
    `the metrics of this process are not shared: the process that aggregates them has version ${refused.version} of the package with protocol ${refused.protocol}, this process version ${version} with protocol ${PROTOCOL_VERSION}; install one version of @vr/otel for all processes`,
  )
}
