import type { InstrumentationScope } from '@opentelemetry/core'
import type { Naming } from '../naming/naming.ts'
import { byName, type Labels, labelsOf } from './labels.ts'

const NONE: ReadonlySet<string> = new Set()

/** A scope with attributes, which the specification has and the JavaScript type does not have yet. */
type AttributedScope = InstrumentationScope & { readonly attributes?: Parameters<typeof labelsOf>[0] }

/**
 * Returns `otel_scope_name`, `otel_scope_version`, `otel_scope_schema_url` and one label for every scope
 * attribute. Attributes with the names of the first three are dropped (compatibility rules, "Instrumentation
 * Scope").
 */
export function scopeLabels(scope: AttributedScope, naming: Naming): Labels {
  const { name, schema_url: _url, version: _version, ...attributes } = scope.attributes ?? {}
  const prefixed = Object.fromEntries(
    Object.entries(attributes).map(([key, value]) => [`otel_scope_${key}`, value]),
  )
  const own = {
    otel_scope_name: scope.name,
    otel_scope_version: scope.version || undefined,
    otel_scope_schema_url: scope.schemaUrl || undefined,
  }
  return labelsOf({ ...prefixed, ...own }, naming, NONE)
}

/** Merges two lists of labels; for equal names the first list has precedence. */
export function mergeLabels(first: Labels, second: Labels): Labels {
  return [...new Map([...second, ...first])].sort(byName)
}
