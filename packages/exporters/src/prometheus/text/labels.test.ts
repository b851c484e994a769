import type { Attributes } from '@opentelemetry/api'
import { describe, expect, it } from 'vitest'
import { NAMING } from '../../testing/metric-data.ts'
import { createNaming } from '../naming/naming.ts'
import { labelsOf, renderLabels } from './labels.ts'
import { mergeLabels, scopeLabels } from './scope-labels.ts'

const naming = createNaming(NAMING, 'underscores')

function rendered(attributes: object, reserved: readonly string[] = []): string {
  return renderLabels(labelsOf(attributes as Attributes, naming, new Set(reserved)))
}

describe('labels', () => {
  it('are sorted by name, whatever the order of the attributes', () => {
    expect(rendered({ b: '2', a: '1' })).toBe('a="1",b="2"')
  })

  it('with the same name are joined in the order of their keys', () => {
    expect(rendered({ a_b: 'second', 'a.b': 'first', 'a-b': 'zeroth' })).toBe('a_b="zeroth;first;second"')
  })

  it('escape backslashes, quotes and line ends', () => {
    expect(rendered({ a: 'a"\n} 5\nevil_metric 42\n#\\' })).toBe(
      String.raw`a="a\"\n} 5\nevil_metric 42\n#\\"`,
    )
  })

  it('are JSON for values that are not text, and omitted without a value', () => {
    const attributes = { a: 1, b: true, c: ['x', 'y'], d: undefined, e: null, f: Number.NaN, g: '' }
    expect(rendered(attributes)).toBe(String.raw`a="1",b="true",c="[\"x\",\"y\"]",f="NaN",g=""`)
  })

  it('never throw for unusual values', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    const hostile = {
      toJSON() {
        throw new Error('no')
      },
    }
    expect(rendered({ a: 10n, b: cycle, c: hostile, d: () => 0, e: Symbol('s') })).toBe(
      'a="10",b="object",c="object",d="function",e="symbol"',
    )
  })

  it('with a reserved name get the prefix exported_ until the name is free', () => {
    expect(rendered({ le: 'user', exported_le: 'other' }, ['le'])).toBe('exported_le="other;user"')
    expect(rendered({ le: 'user' }, ['le', 'exported_le'])).toBe('exported_exported_le="user"')
  })

  it('can have names of Object members', () => {
    const attributes = JSON.parse('{"__proto__":"a","constructor":"b","toString":"c"}')
    expect(rendered(attributes)).toBe('_proto_="a",constructor="b",toString="c"')
  })
})

describe('labels of scopes', () => {
  it('are its name, version, schema URL and attributes, without attributes of these names', () => {
    const attributes = { name: 'x', version: 'x', schema_url: 'x', team: 'a' }
    const scope = { name: 's', version: '1', schemaUrl: 'u', attributes }
    expect(renderLabels(scopeLabels(scope, naming))).toBe(
      'otel_scope_name="s",otel_scope_schema_url="u",otel_scope_team="a",otel_scope_version="1"',
    )
    expect(renderLabels(scopeLabels({ name: 's', version: '' }, naming))).toBe('otel_scope_name="s"')
  })

  it('are merged in sorted order; the first of two equal names is kept', () => {
    const first = [['b', '1']] as const
    const second = [
      ['a', '2'],
      ['b', '3'],
    ] as const
    expect(mergeLabels(first, second)).toEqual([
      ['a', '2'],
      ['b', '1'],
    ])
  })
})
